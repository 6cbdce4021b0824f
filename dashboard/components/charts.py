"""Charts of figures, in Vega-Lite: each function makes a specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain import Band
from dashboard.components.theme import AMBER, BANDS, SLATE, SOFT

ACCENT, GRID, FAINT = "#5fb3d4", "#1b2027", "#8c97a5"
# The version itself, then those beside it: told apart by dash and by name, not by colour alone.
COLOURS = (ACCENT, AMBER, "#a993f5", SLATE)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])
HEIGHT = 260
AXIS: dict[str, Any] = {
    "gridColor": GRID,
    "domainColor": "#262c34",
    "tickColor": "#262c34",
    "labelColor": FAINT,
    "titleColor": FAINT,
    "titleFontWeight": "normal",
    "labelFontSize": 11,
    "titleFontSize": 11,
    "tickCount": 5,
}
UNIT = {"domain": [0, 1], "nice": False}

Specification = dict[str, Any]  # as Vega-Lite takes it
Curves = Mapping[str, Sequence[tuple[float, float]]]  # version to its (x, y) points


@dataclass(frozen=True, slots=True)
class RocPoint:
    """An operating point on a ROC curve."""

    name: str
    sensitivity: float
    specificity: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """A bin of a reliability plot: mean probability, share fractured with its interval, and number of radiographs."""

    probability: float
    share: float
    interval: tuple[float, float] | None
    n: int


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many radiographs came into a band, and how many of them are fractured."""

    n: int
    n_fractured: int


@dataclass(frozen=True, slots=True)
class SubgroupAuc:
    """The AUC of one version on one subgroup, with its interval."""

    group: str
    version: str
    auc: float
    interval: tuple[float, float]


def roc(curves: Curves, points: Sequence[RocPoint]) -> Specification:
    """Sensitivity over false positives, one curve a version, with the operating points of the first one on it.

    Args:
        curves: (1 - specificity, sensitivity) points.
        points: of the first version.
    """
    marks = [
        {"x": 1 - point.specificity, "y": point.sensitivity, "name": point.name.replace("_", " ")} for point in points
    ]
    titles = ("1 - specificity", "sensitivity")
    layers = [
        _line(_points(curves), list(curves), *titles),
        _diagonal(*titles),
        {
            "data": {"values": marks},
            "mark": {"type": "point", "filled": True, "size": 60, "color": SOFT, "shape": "diamond"},
            "encoding": {**_unit_axes("x", "y", *titles), "tooltip": [{"field": "name"}, _rounded("y", "sensitivity")]},
        },
    ]
    return _chart(layers)


def precision_recall(curves: Curves, prevalence: float) -> Specification:
    """Share of the positive that are fractured over sensitivity; the dashed floor is the prevalence.

    Args:
        curves: (sensitivity, precision) points.
    """
    titles = ("sensitivity", "fractured among positive")
    layers = [
        _line(_points(curves), list(curves), *titles),
        _dashed([{"x": 0, "y": prevalence}, {"x": 1, "y": prevalence}], *titles),
    ]
    return _chart(layers)


def reliability(bins: Sequence[CalibrationBin]) -> Specification:
    """Observed share over mean probability by bin, its interval as a bar; perfect is the diagonal."""
    rows = []
    for each in bins:
        low, high = each.interval or (None, None)
        rows.append({"x": each.probability, "y": each.share, "n": each.n, "low": low, "high": high})
    titles = ("probability", "share fractured")
    axes = _unit_axes("x", "y", *titles)
    tooltip = [_rounded("x", "probability"), _rounded("y", "share fractured"), {"field": "n", "title": "radiographs"}]
    bars = {"x": axes["x"], "y": {**axes["y"], "field": "low"}, "y2": {"field": "high"}}
    layers = [
        _diagonal(*titles),
        {"data": {"values": rows}, "mark": {"type": "rule", "color": ACCENT, "opacity": 0.5}, "encoding": bars},
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "color": ACCENT, "opacity": 1},
            "encoding": {
                **axes,
                "size": {"field": "n", "type": "quantitative", "scale": {"range": [20, 200]}, "legend": None},
                "tooltip": tooltip,
            },
        },
    ]
    return _chart(layers)


def bands(counted: Mapping[Band, BandCount]) -> Specification:
    """Each band as a bar of its radiographs, the fractured among them solid."""
    rows, order = [], [style.label for style in BANDS.values()]
    for band, style in BANDS.items():
        found = counted.get(band, BandCount(0, 0))
        shared = {"band": style.label, "colour": style.colour}
        rows.append({**shared, "what": "fractured", "n": found.n_fractured, "opacity": 1.0})
        rows.append({**shared, "what": "others", "n": found.n - found.n_fractured, "opacity": 0.35})
    axis = {**AXIS, "labelFontSize": 12}
    mark = {
        "data": {"values": rows},
        "mark": {"type": "bar", "height": 18},
        "encoding": {
            "y": {"field": "band", "type": "nominal", "sort": order, "title": None, "axis": axis},
            "x": {"field": "n", "type": "quantitative", "title": "radiographs", "axis": AXIS},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "opacity": {"field": "opacity", "type": "quantitative", "scale": None},
            "order": {"field": "what", "type": "nominal"},
            "tooltip": [{"field": "band"}, {"field": "what"}, {"field": "n", "title": "radiographs"}],
        },
    }
    return _chart([mark], height=140)


def subgroups(found: Sequence[SubgroupAuc]) -> Specification:
    """The AUC of each subgroup with its interval, one mark a version."""
    groups = list(dict.fromkeys(each.group for each in found))
    versions = list(dict.fromkeys(each.version for each in found))
    rows = [
        {
            "group": each.group,
            "version": each.version,
            "auc": each.auc,
            "low": each.interval[0],
            "high": each.interval[1],
        }
        for each in found
    ]
    y = {"field": "group", "type": "nominal", "sort": groups, "title": None, "axis": {**AXIS, "labelLimit": 240}}
    x_axis: dict[str, Any] = {
        "type": "quantitative",
        "scale": {"domain": [0.4, 1], "clamp": True},
        "title": "AUC",
        "axis": AXIS,
    }
    shared = {"y": y, "yOffset": {"field": "version", "sort": versions}, "color": _colour(versions)}
    numbers = [_rounded("auc", "AUC"), _rounded("low", "from"), _rounded("high", "to")]
    tooltip = [{"field": "group"}, {"field": "version"}, *numbers]
    layers: list[Specification] = [
        {"mark": {"type": "rule"}, "encoding": {**shared, "x": {"field": "low", **x_axis}, "x2": {"field": "high"}}},
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {
                **shared,
                "x": {"field": "auc", **x_axis},
                "shape": {"field": "version", "type": "nominal", "sort": versions, "legend": None},
                "tooltip": tooltip,
            },
        },
    ]
    chart = _chart(layers, height=max(120, 12 * len(groups) * (1 + len(versions))))
    return {**chart, "data": {"values": rows}}


def randomisation(similarity: Sequence[tuple[str, float]], between: float | None) -> Specification:
    """Similarity to the trained network's heatmaps, down the network; dashed: two different radiographs.

    Args:
        similarity: the block that the weights were shuffled down to, and the structural similarity there.
        between: the similarity of two different radiographs' heatmaps.
    """
    order = [block for block, _ in similarity]
    rows = [{"block": block, "y": value} for block, value in similarity]
    y = {"field": "y", "type": "quantitative", "title": "structural similarity", "axis": AXIS}
    angled = {**AXIS, "labelAngle": -60}
    x = {"field": "block", "type": "nominal", "sort": order, "title": "shuffled down to", "axis": angled}
    mark = {"type": "line", "point": True, "color": ACCENT}
    layers: list[Specification] = [{"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y}}]
    if between is not None:
        rule = {"type": "rule", "strokeDash": [4, 4], "color": FAINT}
        layers.append({"data": {"values": [{"y": between}]}, "mark": rule, "encoding": {"y": y}})
    return _chart(layers)


def _points(curves: Curves) -> list[dict]:
    return [
        {"x": x, "y": y, "version": version, "place": place}
        for version, curve in curves.items()
        for place, (x, y) in enumerate(curve)
    ]


def _line(rows: list[dict], versions: list[str], x: str, y: str) -> Specification:
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 1.8, "interpolate": "linear"},
        "encoding": {
            **_unit_axes("x", "y", x, y),
            "order": {"field": "place"},
            "color": _colour(versions),
            "strokeDash": {
                "field": "version",
                "type": "nominal",
                "scale": {"domain": versions, "range": [DASHES[i % len(DASHES)] for i in range(len(versions))]},
                "legend": None,
            },
        },
    }


def _colour(versions: list[str]) -> Specification:
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(versions))]
    legend = {"title": None, "orient": "top", "labelColor": FAINT, "labelLimit": 220} if len(versions) > 1 else None
    scale = {"domain": versions, "range": colours}
    return {"field": "version", "type": "nominal", "scale": scale, "legend": legend}


def _unit_axes(x: str, y: str, x_title: str, y_title: str) -> Specification:
    """Layers that share their axes must agree on the titles, or all of them lose theirs."""

    def axis(field: str, title: str) -> Specification:
        return {"field": field, "type": "quantitative", "scale": UNIT, "title": title, "axis": AXIS}

    return {"x": axis(x, x_title), "y": axis(y, y_title)}


def _diagonal(x_title: str, y_title: str) -> Specification:
    return _dashed([{"x": 0, "y": 0}, {"x": 1, "y": 1}], x_title, y_title)


def _dashed(rows: list[dict], x_title: str, y_title: str) -> Specification:
    mark = {"type": "line", "strokeDash": [4, 4], "color": FAINT, "opacity": 0.6, "strokeWidth": 1}
    return {"data": {"values": rows}, "mark": mark, "encoding": _unit_axes("x", "y", x_title, y_title)}


def _rounded(field: str, title: str) -> Specification:
    return {"field": field, "type": "quantitative", "title": title, "format": ".3f"}


def _chart(layers: Sequence[Specification], height: int = HEIGHT) -> Specification:
    return {"layer": list(layers), "height": height, "background": "transparent", "config": {"view": {"stroke": None}}}
