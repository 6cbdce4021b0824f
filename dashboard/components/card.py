"""A model card as tables and lists. A card may come from another version of the product, so nothing in it is taken
for granted: what is not there is not shown, what has an unknown form is shown as it is written."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from dashboard.components import scale
from dashboard.components.text import interval, percent, printable, probability

CELL_LETTERS = 600
LIST_DEPTH = 3
SUBGROUPS = ("subgroups", "groups", "by_region", "regions")
METRICS = {
    "auc": "AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "calibration error",
    "brier": "Brier score",
    "hit_rate": "peak inside the fracture",
    "prevalence": "fractured",
}
SHARES = {"sensitivity", "specificity", "hit_rate", "prevalence"}
SPLITS = {"val": "tuning (val)", "tuning": "tuning", "train": "train", "test": "test"}


def figures(card: Mapping[str, object]) -> str:
    """One row a split or subgroup: size, prevalence, and each metric with its confidence interval beneath."""
    found = card.get("figures")
    rows = list(_figure_rows(found)) if isinstance(found, Mapping) else []
    if not rows:
        return ""
    used = [name for name in METRICS if any(_value(row, name) is not None for _, row in rows)]
    heads = "".join(f"<th>{METRICS[name]}</th>" for name in used)
    body = "".join(
        f'<tr class="{"sub" if " / " in title else ""}"><td>{_escaped(title.split(" / ")[-1])}</td>'
        f"<td>{_size(row)}</td>{''.join(f'<td>{_figure(row, name)}</td>' for name in used)}</tr>"
        for title, row in rows
    )
    remarks = "".join(f"<p>{_escaped(text)}</p>" for text in _remarks(found))
    return f'<table class="card"><tr><th>measured on</th><th>radiographs</th>{heads}</tr>{body}</table>{remarks}'


def operating_points(card: Mapping[str, object]) -> str:
    """Threshold, sensitivity and specificity with their intervals, on what, at which prevalence."""
    points = scale.operating_points(card)
    if not points:
        return ""
    body = "".join(
        f"<tr><td>{_escaped(str(point.get('name', '')).replace('_', ' '))}</td>"
        f"<td>{probability(point['threshold'])}</td>"
        f"<td>{_figure(point, 'sensitivity')}</td><td>{_figure(point, 'specificity')}</td>"
        f"<td>{_escaped(str(point.get('measured_on', '')))}</td><td>{_figure(point, 'prevalence')}</td></tr>"
        for point in points
    )
    heads = ("operating point", "from", "sensitivity", "specificity", "measured on", "fractured")
    return f'<table class="card"><tr>{"".join(f"<th>{head}</th>" for head in heads)}</tr>{body}</table>'


def sentences(value: object) -> str:
    """A list of limits as a list; a single text as a paragraph."""
    if isinstance(value, str):
        return f"<p>{_escaped(value)}</p>"
    if isinstance(value, (list, tuple)):
        return f'<ul class="card">{"".join(f"<li>{_escaped(str(item))}</li>" for item in value)}</ul>'
    return listing(value)


def listing(value: object, depth: int = 0) -> str:
    """Names and values, nested where they are."""
    if not isinstance(value, Mapping):
        return _escaped(_written(value)) if value not in (None, "", [], {}) else ""
    lines = []
    for name, part in value.items():
        if part in (None, "", [], {}):
            continue
        text = listing(part, depth + 1) if depth < LIST_DEPTH else _escaped(_written(part))
        lines.append(f"<dt>{_escaped(str(name).replace('_', ' '))}</dt><dd>{text}</dd>")
    return f'<dl class="card">{"".join(lines)}</dl>'


def _figure_rows(found: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every split, each followed by its subgroups, titled `split / group / name`."""
    for split, row in found.items():
        if split in SUBGROUPS or not isinstance(row, Mapping):
            continue
        yield SPLITS.get(str(split), str(split).replace("_", " ")), row
        for key in SUBGROUPS:
            yield from _groups(f"{split}", row.get(key))
    for key in SUBGROUPS:
        yield from _groups("all", found.get(key))


def _groups(split: str, groups: object, path: str = "") -> Iterator[tuple[str, Mapping[str, object]]]:
    if not isinstance(groups, Mapping):
        return
    for name, row in groups.items():
        title = f"{path} {name}".strip().replace("_", " ")
        if isinstance(row, Mapping) and any(_value(row, metric) is not None for metric in METRICS):
            yield f"{split} / {title}", row
        else:
            yield from _groups(split, row, title)


def _remarks(found: Mapping[str, object]) -> list[str]:
    """What the figures say in words, such as how often `test` was looked at."""
    said = ((name, value) for name, value in found.items() if isinstance(value, (str, int)))
    return [f"{str(name).replace('_', ' ')}: {value}" for name, value in said]


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


def _figure(row: Mapping[str, object], name: str) -> str:
    value, bounds = _value(row, name), _bounds(row, name)
    if value is None:
        return ""
    if name in SHARES:
        return f"{percent(value)}<small>{interval(bounds)}</small>"
    around = f"{bounds[0]:.2f} to {bounds[1]:.2f}" if bounds else ""
    return f"{value:.2f}<small>{around}</small>"


def _size(row: Mapping[str, object]) -> str:
    total, fractured = _value(row, "n"), _value(row, "n_fractured")
    if total is None:
        return ""
    return f"{total:,.0f}<small>{fractured:,.0f} fractured</small>" if fractured is not None else f"{total:,.0f}"


def _written(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_written(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_written(part)}" for name, part in value.items())
    return str(value)


def _escaped(text: str) -> str:
    return html.escape(printable(text, CELL_LETTERS))
