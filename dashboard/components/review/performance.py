"""Performance of readers and model: figures as HTML tables, and over time as charts."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from core.domain import Band, ReadingMode
from core.reading.review.performance import NO_PART, Group, Performance, Period
from core.statistics.agreement import Figure
from dashboard.components.charts import ACCENT, AXIS, FAINT
from dashboard.components.format import interval, percent, printable
from dashboard.components.review.batches import MODES
from dashboard.components.theme import AMBER, BANDS

HEIGHT = 180
EMPTY_NOTE = '<p class="note">{}</p>'


def model(performance: Performance) -> str:
    """The model at each operating point against all verdicts, and against unaided verdicts alone."""
    rows = [
        (
            f"{point.name.replace('_', ' ')} point, {'unaided verdicts' if point.unaided else 'all verdicts'}",
            *(_share(figure) for figure in (point.sensitivity, point.specificity)),
            _kappa(point.kappa),
        )
        for point in performance.model
        if point.kappa.n
    ]
    heads = ("The model against the reviews", "sensitivity", "specificity", "kappa")
    return _table(heads, rows, "No clear verdict on a radiograph with a probability yet.")


def readers(performance: Performance) -> str:
    """Kappa between readers, and between each and the model."""
    rows = [
        (f"{_name(pair.first)} and {_name(pair.second)}", _kappa(pair.kappa)) for pair in performance.between_readers
    ]
    rows += [(f"{_name(group.name)} and the model", _kappa(group.figure)) for group in performance.with_model]
    return _table(("Agreement", "kappa"), rows, "Nobody has read yet.")


def overruled(performance: Performance) -> str:
    """How often readers overrule the model, by band and by body part."""
    rows = [
        (BANDS[Band(group.name)].label, _share(group.figure))
        for group in performance.overruled_by_band
        if group.figure.n
    ]
    rows += [(_part(group.name), _share(group.figure)) for group in performance.overruled_by_part if group.figure.n]
    heads = ("The model overruled, by band and body part", "overruled")
    return _table(heads, rows, "No verdict for or against a clear band yet.")


def switches(performance: Performance) -> str:
    """How often unaided verdicts changed once the model's answer was shown."""
    switches = performance.switches
    rows = [
        ("changed", switches.all),
        ("to what the model says", switches.towards),
        ("from what the model says", switches.away),
    ]
    lines = [(name, _share(figure)) for name, figure in rows if figure.n]
    heads = ("Unaided first: once the answer was shown", "of confirmed or changed")
    return _table(heads, lines, "No batch was read unaided first yet.")


def seconds(performance: Performance) -> str:
    """The median time to a first verdict, by mode."""
    longest = max((_high(group.figure) for group in performance.seconds), default=1.0)
    rows = [(MODES[ReadingMode(group.name)], _seconds(group, longest)) for group in performance.seconds]
    return _table(("Reading time", "median to a verdict"), rows, "No reading was timed yet.")


def probabilities(periods: Sequence[Period]) -> dict:
    """Chart the mean probability over time; a filled diamond marks a period whose distribution has drifted."""
    return _over_time(periods, lambda period: period.probability, "mean probability")


def overruling(periods: Sequence[Period]) -> dict:
    """Chart the share of clear verdicts that overrule the model, over time."""
    return _over_time(periods, lambda period: period.overruled, "overruled")


def drifted(periods: Sequence[Period]) -> list[Period]:
    """The periods whose probabilities are distributed otherwise than at the beginning."""
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
    if figure.value is None:
        return ""
    around = f"{figure.interval[0]:.1f} to {figure.interval[1]:.1f} s" if figure.interval else ""
    return _cell(figure, f"{figure.value:.1f} s", around, longest)


def _cell(figure: Figure, value: str, around: str, most: float = 1.0) -> str:
    return f"{_plot(figure, most)}<b>{value}</b><small>{around} of {figure.n:,}</small>"


def _plot(figure: Figure, most: float) -> str:
    """Draw a figure as a point on a line from 0 to `most`, and its interval as a bar; below 0 is drawn at 0."""
    value = figure.value or 0.0
    low, high = figure.interval or (value, value)
    left, point, right = (100 * min(1.0, max(0.0, place / most)) for place in (low, value, high))
    bar = f'<i style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
    return f'<span class="plot" aria-hidden="true">{bar}<b style="left:{point:.1f}%"></b></span>'


def _high(figure: Figure) -> float:
    return figure.interval[1] if figure.interval else figure.value or 0.0


def _signed(value: float) -> str:
    """Write a number with two digits and a true minus sign; zero has none."""
    rounded = round(value, 2) or 0.0
    return f"{rounded:.2f}".replace("-", "\N{MINUS SIGN}")


def _part(name: str) -> str:
    return "body part not said" if name == NO_PART else _name(name)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], otherwise: str) -> str:
    """Build a table whose cells are HTML already; without rows, the note `otherwise`."""
    if not rows:
        return EMPTY_NOTE.format(otherwise)
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="card figures"><tr>{head}</tr>{body}</table>'


def _name(text: str) -> str:
    return html.escape(printable(text, 60))
