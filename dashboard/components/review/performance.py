"""Performance of readers and model: figures as tables, and over time as charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.domain import Band, ReadingMode
from core.reading.review.performance import NO_PART, Performance, Period
from core.statistics.agreement import Figure
from core.table import Align, BandCell, Column, NumberCell, Row, ShareCell, Table, columns
from dashboard.components import html
from dashboard.components.charts import ACCENT, AXIS, FAINT
from dashboard.components.format import printable
from dashboard.components.html import Html
from dashboard.components.review.batches import MODES
from dashboard.components.theme import AMBER

HEIGHT = 180


def model(performance: Performance) -> Html:
    """The model at each operating point against all verdicts, and against unaided verdicts alone."""
    rows: list[Row] = [
        (
            f"{point.name.replace('_', ' ')} point, {'unaided verdicts' if point.unaided else 'all verdicts'}",
            *(_share(figure) for figure in (point.sensitivity, point.specificity)),
            _kappa(point.kappa),
        )
        for point in performance.model
        if point.kappa.n
    ]
    heads = columns("The model against the reviews", "sensitivity", "specificity", "kappa")
    return _table(heads, rows, "No clear verdict on a radiograph with a probability yet.")


def readers(performance: Performance) -> Html:
    """Kappa between readers, and between each and the model."""
    rows: list[Row] = [
        (f"{_name(pair.first)} and {_name(pair.second)}", _kappa(pair.kappa)) for pair in performance.between_readers
    ]
    rows += [(f"{_name(group.name)} and the model", _kappa(group.figure)) for group in performance.with_model]
    return _table(columns("Agreement", "kappa"), rows, "Nobody has read yet.")


def overruled(performance: Performance) -> Html:
    """How often readers overrule the model, by band and by body part."""
    rows: list[Row] = [
        (BandCell(Band(group.name)), _share(group.figure)) for group in performance.overruled_by_band if group.figure.n
    ]
    rows += [(_part(group.name), _share(group.figure)) for group in performance.overruled_by_part if group.figure.n]
    heads = columns("The model overruled, by band and body part", "overruled")
    return _table(heads, rows, "No verdict for or against a clear band yet.")


def switches(performance: Performance) -> Html:
    """How often unaided verdicts changed once the model's answer was shown."""
    switches = performance.switches
    rows = [
        ("changed", switches.all),
        ("to what the model says", switches.towards),
        ("from what the model says", switches.away),
    ]
    lines: list[Row] = [(name, _share(figure)) for name, figure in rows if figure.n]
    heads = columns("Unaided first: once the answer was shown", "of confirmed or changed")
    return _table(heads, lines, "No batch was read unaided first yet.")


def seconds(performance: Performance) -> Html:
    """The median time to a first verdict, by mode."""
    longest = max((_high(group.figure) for group in performance.seconds), default=1.0)
    rows: list[Row] = [(MODES[ReadingMode(group.name)], _cell(group.figure, digits=1)) for group in performance.seconds]
    heads = (Column("Reading time", align=Align.LEFT), Column("median to a verdict", unit="s"))
    return _table(heads, rows, "No reading was timed yet.", longest)


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


def _share(figure: Figure) -> ShareCell:
    return ShareCell(figure.value, interval=figure.interval, of=figure.n)


def _kappa(figure: Figure) -> NumberCell:
    if figure.value is None:
        return NumberCell(None, note=f"not defined, of {figure.n:,}" if figure.n else "")
    return _cell(figure)


def _cell(figure: Figure, digits: int = 2) -> NumberCell:
    return NumberCell(figure.value, digits, figure.interval, of=figure.n)


def _high(figure: Figure) -> float:
    return figure.interval[1] if figure.interval else figure.value or 0.0


def _part(name: str) -> str:
    return "body part not said" if name == NO_PART else _name(name)


def _table(heads: tuple[Column, ...], rows: Sequence[Row], otherwise: str, longest: float = 1.0) -> Html:
    """Build a table whose figures are plotted from 0 to `longest`; without rows, the note `otherwise`."""
    return html.table(Table(heads, tuple(rows)), "figures", plotted=longest) if rows else html.note(otherwise)


def _name(text: str) -> str:
    return printable(text, 60)
