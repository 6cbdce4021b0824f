"""A model card as tables and lists. A card may come from another version of the product, so nothing in it is taken
for granted: what is not there is not shown, what has an unknown form is shown as it is written.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from dashboard.components import scale
from dashboard.components.format import count, interval, percent, printable, threshold
from dashboard.components.theme import BANDS

CELL_LETTERS = 600
LIST_DEPTH = 3
LIST_LENGTH = 12
TEST = "test"
LEAKS = ' <b class="leaks">leaks</b>'  # its pictures were trained on, so the figures do not count
SPLITS = {"val": "tuning (val)"}
METRICS = {"auc": "AUC", "ece": "calibration error", "hit_rate": "peak inside the fracture"}
SHARES = frozenset(
    {
        "sensitivity",
        "specificity",
        "hit_rate",
        "near_rate",
        "coverage",
        "declined",
        "noted",
        "neither",
        "moved",
        "other_band",
        "prevalence",
        "share",
        "share_fractured",
        "accuracy",
        "rate",
        "error_rate",
    }
)
LONG = frozenset({"history", "refused", "excluded", "reliability", "curves"})  # of use to programs, not on a screen


def figures(card: Mapping[str, object]) -> str:
    """One row a split: size, prevalence, and every metric with its confidence interval beneath."""
    found = mapping(card.get("figures"))
    rows = [(SPLITS.get(split, split), mapping(found[split])) for split in sorted(found, key=lambda name: name != TEST)]
    table = _table(rows)
    return f'{table}<p class="note">{escaped(_looks(card))}</p>' if table else ""


def subgroups(card: Mapping[str, object]) -> str:
    """The same for the subgroups of each split."""
    found = mapping(card.get("figures"))
    rows = [
        (str(name).replace("_", " "), mapping(group))
        for split in found
        for name, group in mapping(mapping(found[split]).get("subgroups")).items()
    ]
    return _table(rows)


def _table(titled: Sequence[tuple[str, Mapping[str, object]]]) -> str:
    rows = [(title, row) for title, row in titled if _points_of(row) or any(_value(row, name) for name in METRICS)]
    if not rows:
        return ""
    points = list(dict.fromkeys(name for _, row in rows for name in _points_of(row)))
    metrics = [name for name in METRICS if any(_value(row, name) is not None for _, row in rows)]
    groups = "".join(f'<th colspan="2">{escaped(name.replace("_", " "))}</th>' for name in points)
    heads = "<th>sensitivity</th><th>specificity</th>" * len(points)
    lines = "".join(_line(title, row, metrics, points) for title, row in rows)
    rest = "".join(f"<th>{METRICS[name]}</th>" for name in metrics)
    return (
        f'<table class="card"><tr><td colspan="{3 + len(metrics)}"></td>{groups}</tr>'
        f"<tr><th>measured on</th><th>radiographs</th><th>fractured</th>{rest}{heads}</tr>{lines}</table>"
    )


def bands(card: Mapping[str, object]) -> str:
    """What stood in each band: how many radiographs, and how many of them were fractured."""
    found = mapping(card.get("figures"))
    split = TEST if TEST in found else next(iter(found), "")
    counted = mapping(mapping(found.get(split)).get("bands"))
    rows = [
        (
            f'<span style="color:{look.colour}">{look.label}</span>',
            whole(row, "n"),
            cell(row, "share"),
            whole(row, "n_fractured"),
            cell(row, "share_fractured"),
        )
        for band, look in BANDS.items()
        if (row := mapping(counted.get(band)))
    ]
    table = table_of(("band", "radiographs", "of all", "fractured", "of the band"), rows)
    return f'{table}<p class="note">Counted on {escaped(SPLITS.get(split, split))}.</p>' if table else ""


def operating_points(card: Mapping[str, object]) -> str:
    """Threshold, sensitivity and specificity with their intervals, on what, at which prevalence."""
    rows = [
        (
            escaped(str(point.get("name", "")).replace("_", " ")),
            threshold(point["threshold"]),
            cell(point, "sensitivity"),
            cell(point, "specificity"),
            escaped(str(point.get("measured_on", ""))),
            cell(point, "prevalence"),
        )
        for point in scale.operating_points(card)
    ]
    return table_of(("operating point", "from", "sensitivity", "specificity", "measured on", "fractured"), rows)


def sentences(value: object) -> str:
    """A list of limits as a list; a single text as a paragraph."""
    if isinstance(value, str):
        return f"<p>{escaped(value)}</p>"
    if isinstance(value, (list, tuple)):
        return f'<ul class="card">{"".join(f"<li>{escaped(str(item))}</li>" for item in value)}</ul>'
    return listing(value)


def purpose(card: Mapping[str, object]) -> str:
    """What the version is for, for whom, under whose eyes, and when not to trust its overlay."""
    said = mapping(card.get("about"))
    lines = [
        f"<dt>{escaped(str(name).replace('_', ' '))}</dt><dd>{sentences(part)}</dd>" for name, part in said.items()
    ]
    return f'<dl class="card">{"".join(lines)}</dl>' if lines else ""


def listing(value: object, depth: int = 0) -> str:
    """Names and values, nested where they are."""
    if not isinstance(value, Mapping):
        return escaped(_written(value)) if value not in (None, "", [], {}) else ""
    lines = []
    for name, part in value.items():
        if part in (None, "", [], {}) or name in LONG:
            continue
        text = listing(part, depth + 1) if depth < LIST_DEPTH else escaped(_written(part))
        lines.append(f"<dt>{escaped(str(name).replace('_', ' '))}</dt><dd>{text}</dd>")
    return f'<dl class="card">{"".join(lines)}</dl>'


def _line(title: str, row: Mapping[str, object], metrics: Sequence[str], points: Sequence[str]) -> str:
    mine = _points_of(row)
    cells = [whole(row, "n"), cell(row, "prevalence"), *(cell(row, name) for name in metrics)]
    cells += [cell(mapping(mine.get(name)), part) for name in points for part in ("sensitivity", "specificity")]
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><td>{escaped(title)}{LEAKS if row.get('leaks') is True else ''}</td>{body}</tr>"


def _points_of(row: Mapping[str, object]) -> Mapping[str, object]:
    """What was measured at each operating point; a row with one unnamed measure has it under an empty name."""
    if "points" in row:
        return mapping(row["points"])
    return {"": row} if _value(row, "sensitivity") is not None else {}


def _looks(card: Mapping[str, object]) -> str:
    """How often `test` was looked at."""
    looks = mapping(mapping(card.get("figures")).get(TEST)).get("looks")
    if not isinstance(looks, (list, tuple)) or not looks:
        return "Small numbers are 95 % confidence intervals."
    times = ", ".join(dict.fromkeys(str(mapping(look).get("at", ""))[:10] for look in looks))
    return f"Small numbers are 95 % confidence intervals. Test was looked at {count(len(looks), 'time')}: {times}."


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already; empty without rows."""
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="card"><tr>{_heads(heads)}</tr>{lines}</table>' if lines else ""


def mapping(value: object) -> Mapping[str, object]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _heads(names: Sequence[str]) -> str:
    return "".join(f"<th>{name}</th>" for name in names)


def whole(row: Mapping[str, object], name: str) -> str:
    """A count; empty where the row does not have it."""
    value = _value(row, name)
    return "" if value is None else f"{value:,.0f}"


def _value(row: Mapping[str, object], name: str) -> float | None:
    value = row.get(name)
    if isinstance(value, Mapping):
        value = value.get("value")
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _bounds(row: Mapping[str, object], name: str) -> tuple[float, float] | None:
    value = row.get(name)
    bounds = value.get("ci") if isinstance(value, Mapping) else row.get(f"{name}_ci")
    if isinstance(bounds, (list, tuple)) and len(bounds) == 2:
        return float(bounds[0]), float(bounds[1])
    return None


def cell(row: Mapping[str, object], name: str) -> str:
    """One figure with its interval beneath; empty where the row does not have it."""
    value, bounds = _value(row, name), _bounds(row, name)
    if value is None:
        return ""
    if name in SHARES:
        return f"{percent(value)}<small>{interval(bounds)}</small>"
    around = f"{bounds[0]:.2f} to {bounds[1]:.2f}" if bounds else ""
    return f"{value:.2f}<small>{around}</small>"


def _written(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_written(item) for item in value) if len(value) <= LIST_LENGTH else f"{len(value):,} values"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_written(part)}" for name, part in value.items())
    return str(value)


def escaped(text: str) -> str:
    """Text of a card, as HTML that cannot be anything but text."""
    return html.escape(printable(text, CELL_LETTERS))
