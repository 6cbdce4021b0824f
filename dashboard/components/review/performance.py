"""Figures of readers and of the model as tables, and over time as charts."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from core.reading.review.performance import NO_PART, Figure, Group, Performance, Period
from dashboard.components.charts import ACCENT, AXIS, FAINT
from dashboard.components.format import interval, percent, printable
from dashboard.components.review.batches import MODES
from dashboard.components.theme import AMBER, BANDS

HEIGHT = 180
NOTHING = '<p class="note">{}</p>'


def model(found: Performance) -> str:
    """The model at each operating point against the readers, all verdicts and the unaided ones."""
    rows = [
        (
            f"{point.name.replace('_', ' ')} point, {'unaided verdicts' if point.unaided else 'all verdicts'}",
            *(_share(figure) for figure in (point.sensitivity, point.specificity)),
            _kappa(point.kappa),
        )
        for point in found.model
        if point.kappa.n
    ]
    heads = ("The model against the reviews", "sensitivity", "specificity", "kappa")
    return _table(heads, rows, "No clear verdict on a radiograph with a probability yet.")


def readers(found: Performance) -> str:
    """Kappa between readers, and between each and the model."""
    rows = [(f"{_name(pair.first)} and {_name(pair.second)}", _kappa(pair.kappa)) for pair in found.between_readers]
    rows += [(f"{_name(group.name)} and the model", _kappa(group.figure)) for group in found.with_model]
    return _table(("Agreement", "kappa"), rows, "Nobody has read yet.")


def overruled(found: Performance) -> str:
    """How often readers overrule the model, by band and by body part."""
    rows = [(BANDS[group.name].label, _share(group.figure)) for group in found.overruled_by_band if group.figure.n]
    rows += [(_part(group.name), _share(group.figure)) for group in found.overruled_by_part if group.figure.n]
    heads = ("The model overruled, by band and body part", "overruled")
    return _table(heads, rows, "No verdict for or against a clear band yet.")


def switches(found: Performance) -> str:
    """What became of unaided verdicts once the answer was shown."""
    said = found.switches
    rows = [("changed", said.all), ("to what the model says", said.towards), ("from what the model says", said.away)]
    lines = [(name, _share(figure)) for name, figure in rows if figure.n]
    heads = ("Unaided first: once the answer was shown", "of confirmed or changed")
    return _table(heads, lines, "No batch was read unaided first yet.")


def seconds(found: Performance) -> str:
    """The median time to a first verdict, by mode."""
    longest = max((_high(group.figure) for group in found.seconds), default=1.0)
    rows = [(MODES[group.name], _seconds(group, longest)) for group in found.seconds]
    return _table(("Reading time", "median to a verdict"), rows, "No reading was timed yet.")


def probabilities(periods: Sequence[Period]) -> dict:
    """The mean probability over time; where its distribution has drifted the mark is a filled diamond."""
    return _over_time(periods, lambda period: period.probability, "mean probability")


def overruling(periods: Sequence[Period]) -> dict:
    """The share of clear verdicts that overrule the model, over time."""
    return _over_time(periods, lambda period: period.overruled, "overruled")


def drifted(periods: Sequence[Period]) -> list[Period]:
    """Those whose probabilities are distributed otherwise than at the beginning."""
    return [period for period in periods if period.drift is not None and period.drift.is_flagged]


def _over_time(periods: Sequence[Period], figure_of: Callable[[Period], Figure], title: str) -> dict:
    rows = []
    for period in periods:
        figure = figure_of(period)
        if figure.value is not None:
            low, high = figure.interval or (figure.value, figure.value)
            row = {"start": period.start.isoformat(), "value": figure.value, "low": low, "high": high, "n": figure.n}
            rows.append(row | {"drift": bool(period.drift and period.drift.is_flagged)})
    starts = [row["start"] for row in rows]
    labels = {**AXIS, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8}
    x = {"field": "start", "type": "ordinal", "sort": starts, "title": None, "axis": labels}
    y = {"type": "quantitative", "title": title, "axis": AXIS, "scale": {"domain": [0, 1], "clamp": True}}
    mark = {"condition": {"test": "datum.drift", "value": AMBER}, "value": ACCENT}
    shape = {"condition": {"test": "datum.drift", "value": "diamond"}, "value": "circle"}
    tooltip = [
        {"field": "start", "title": "from"},
        *({"field": name, "format": ".2f", "title": name} for name in ("value", "low", "high")),
        {"field": "n", "title": "of"},
    ]
    layers = [
        {
            "mark": {"type": "line", "color": FAINT, "strokeWidth": 1},
            "encoding": {"x": x, "y": {**y, "field": "value"}},
        },
        {
            "mark": {"type": "rule", "color": ACCENT, "opacity": 0.5},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": {**y, "field": "value"}, "color": mark, "shape": shape, "tooltip": tooltip},
        },
    ]
    view = {"background": "transparent", "height": HEIGHT, "config": {"view": {"stroke": None}}}
    return {**view, "data": {"values": rows}, "layer": layers}


def _share(figure: Figure) -> str:
    if figure.value is None:
        return ""
    return _cell(figure, percent(figure.value), interval(figure.interval))


def _kappa(figure: Figure) -> str:
    if figure.value is None:
        return f"<small>not defined, of {figure.n:,}</small>" if figure.n else ""
    around = f"{_signed(figure.interval[0])} to {_signed(figure.interval[1])}" if figure.interval else ""
    return _cell(figure, _signed(figure.value), around)


def _seconds(group: Group, longest: float) -> str:
    figure = group.figure
    around = f"{figure.interval[0]:.1f} to {figure.interval[1]:.1f} s" if figure.interval else ""
    return _cell(figure, f"{figure.value:.1f} s", around, longest)


def _cell(figure: Figure, value: str, around: str, most: float = 1.0) -> str:
    return f"{_plot(figure, most)}<b>{value}</b><small>{around} of {figure.n:,}</small>"


def _plot(figure: Figure, most: float) -> str:
    """The figure as a point on a line from 0 to `most`, and its interval as a bar; what is below 0 stands at 0."""
    low, high = figure.interval or (figure.value, figure.value)
    left, point, right = (100 * min(1.0, max(0.0, value / most)) for value in (low, figure.value, high))
    bar = f'<i style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
    return f'<span class="plot" aria-hidden="true">{bar}<b style="left:{point:.1f}%"></b></span>'


def _high(figure: Figure) -> float:
    return figure.interval[1] if figure.interval else figure.value


def _signed(value: float) -> str:
    """Two digits, with a true minus sign, and zero without one."""
    rounded = round(value, 2) or 0.0
    return f"{rounded:.2f}".replace("-", "\N{MINUS SIGN}")


def _part(name: str) -> str:
    return "body part not said" if name == NO_PART else _name(name)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], otherwise: str) -> str:
    """Cells are HTML already."""
    if not rows:
        return NOTHING.format(otherwise)
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="card figures"><tr>{head}</tr>{body}</table>'


def _name(text: str) -> str:
    return html.escape(printable(text, 60))
