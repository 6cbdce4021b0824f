"""Charts of an evaluation, in Vega-Lite, as dark and as quiet as the rest. From figures to a specification each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.components.theme import AMBER, BANDS, SLATE, SOFT

ACCENT, GRID, FAINT = "#5fb3d4", "#1b2027", "#8c97a5"
# The version itself, then those beside it: told apart by dash and by name, not by colour alone.
COLOURS = (ACCENT, AMBER, "#a993f5", SLATE)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])
HEIGHT = 260
AXIS = {"gridColor": GRID, "domainColor": "#262c34", "tickColor": "#262c34", "labelColor": FAINT, "titleColor": FAINT}
AXIS |= {"titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11, "tickCount": 5}
UNIT = {"domain": [0, 1], "nice": False}

Curves = Mapping[str, Mapping[str, Sequence[float]]]


def roc(curves: Curves, points: Sequence[Mapping[str, object]]) -> dict:
    """Sensitivity over false positives, one curve a version, with the operating points of the first one on it.

    Args:
        curves: version to `false_positive_rate` and `sensitivity`.
        points: `name`, `sensitivity`, `specificity` of each operating point.
    """
    marks = [
        {"x": 1 - float(point["specificity"]), "y": point["sensitivity"], "name": str(point["name"]).replace("_", " ")}
        for point in points
    ]
    titles = ("1 - specificity", "sensitivity")
    layers = [
        _line(_points(curves, "false_positive_rate", "sensitivity"), list(curves), *titles),
        _diagonal(*titles),
        {
            "data": {"values": marks},
            "mark": {"type": "point", "filled": True, "size": 60, "color": SOFT, "shape": "diamond"},
            "encoding": {**_unit_axes("x", "y", *titles), "tooltip": [{"field": "name"}, _rounded("y", "sensitivity")]},
        },
    ]
    return _chart(layers)


def precision_recall(curves: Curves, prevalence: float) -> dict:
    """Share of the positive that are fractured over sensitivity; the dashed floor is the prevalence."""
    titles = ("sensitivity", "fractured among positive")
    layers = [
        _line(_points(curves, "sensitivity", "precision"), list(curves), *titles),
        _dashed([{"x": 0, "y": prevalence}, {"x": 1, "y": prevalence}], *titles),
    ]
    return _chart(layers)


def reliability(points: Sequence[Mapping[str, object]]) -> dict:
    """Observed share over mean probability by bin, its interval as a bar; perfect is the diagonal."""
    rows = []
    for point in points:
        low, high = point.get("share_fractured_ci") or (None, None)
        rows.append({"x": point["probability"], "y": point["share_fractured"], "n": point["count"]})
        rows[-1] |= {"low": low, "high": high}
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


def bands(counted: Mapping[str, Mapping[str, object]]) -> dict:
    """Each band as a bar of its radiographs, the fractured among them solid."""
    rows, order = [], [look.label for look in BANDS.values()]
    for band, look in BANDS.items():
        part = counted.get(band) or {}
        n, fractured = int(part.get("n") or 0), int(part.get("n_fractured") or 0)
        rows.append({"band": look.label, "what": "fractured", "n": fractured, "colour": look.colour, "opacity": 1.0})
        rows.append({"band": look.label, "what": "others", "n": n - fractured, "colour": look.colour, "opacity": 0.35})
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


def subgroups(rows: Sequence[Mapping[str, object]]) -> dict:
    """The AUC of each subgroup with its interval, one mark a version.

    Args:
        rows: `group`, `axis`, `version`, `auc`, `low`, `high`.
    """
    groups = list(dict.fromkeys(row["group"] for row in rows))
    versions = list(dict.fromkeys(str(row["version"]) for row in rows))
    y = {"field": "group", "type": "nominal", "sort": groups, "title": None, "axis": {**AXIS, "labelLimit": 240}}
    x_axis = {"type": "quantitative", "scale": {"domain": [0.4, 1], "clamp": True}, "title": "AUC", "axis": AXIS}
    shared = {"y": y, "yOffset": {"field": "version", "sort": versions}, "color": _colour(versions)}
    numbers = [_rounded("auc", "AUC"), _rounded("low", "from"), _rounded("high", "to")]
    tooltip = [{"field": "group"}, {"field": "version"}, *numbers]
    layers = [
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
    return {**chart, "data": {"values": list(rows)}}


def randomisation(steps: Sequence[Mapping[str, object]], between: float | None) -> dict:
    """Similarity to the trained network's heatmaps, down the network; dashed: two different radiographs."""
    order = [str(step["randomised_down_to"]) for step in steps]
    rows = [{"block": step["randomised_down_to"], "y": step["ssim"]} for step in steps]
    y = {"field": "y", "type": "quantitative", "title": "structural similarity", "axis": AXIS}
    x = {"field": "block", "type": "nominal", "sort": order, "title": "shuffled down to"}
    x |= {"axis": {**AXIS, "labelAngle": -60}}
    mark = {"type": "line", "point": True, "color": ACCENT}
    layers: list[dict] = [{"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y}}]
    if between is not None:
        rule = {"type": "rule", "strokeDash": [4, 4], "color": FAINT}
        layers.append({"data": {"values": [{"y": between}]}, "mark": rule, "encoding": {"y": y}})
    return _chart(layers)


def _points(curves: Curves, x: str, y: str) -> list[dict]:
    return [
        {"x": a, "y": b, "version": version, "place": place}
        for version, curve in curves.items()
        for place, (a, b) in enumerate(zip(curve.get(x, ()), curve.get(y, ()), strict=False))
    ]


def _line(rows: list[dict], versions: list[str], x: str, y: str) -> dict:
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


def _colour(versions: list[str]) -> dict:
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(versions))]
    legend = {"title": None, "orient": "top", "labelColor": FAINT, "labelLimit": 220} if len(versions) > 1 else None
    scale = {"domain": versions, "range": colours}
    return {"field": "version", "type": "nominal", "scale": scale, "legend": legend}


def _unit_axes(x: str, y: str, x_title: str, y_title: str) -> dict:
    """Layers that share their axes must agree on the titles, or all of them lose theirs."""

    def axis(field: str, title: str) -> dict:
        return {"field": field, "type": "quantitative", "scale": UNIT, "title": title, "axis": AXIS}

    return {"x": axis(x, x_title), "y": axis(y, y_title)}


def _diagonal(x_title: str, y_title: str) -> dict:
    return _dashed([{"x": 0, "y": 0}, {"x": 1, "y": 1}], x_title, y_title)


def _dashed(rows: list[dict], x_title: str, y_title: str) -> dict:
    mark = {"type": "line", "strokeDash": [4, 4], "color": FAINT, "opacity": 0.6, "strokeWidth": 1}
    return {"data": {"values": rows}, "mark": mark, "encoding": _unit_axes("x", "y", x_title, y_title)}


def _rounded(field: str, title: str) -> dict:
    return {"field": field, "type": "quantitative", "title": title, "format": ".3f"}


def _chart(layers: Sequence[dict], height: int = HEIGHT) -> dict:
    return {"layer": list(layers), "height": height, "background": "transparent", "config": {"view": {"stroke": None}}}
