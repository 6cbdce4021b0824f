"""The curves of a training, epoch by epoch, in Vega-Lite: loss, AUC, sensitivity and specificity."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import EpochFigures
from dashboard.components.charts import ACCENT, AXIS, FAINT
from dashboard.components.theme import AMBER

HEIGHT = 170
PANELS = (  # title, where its axis begins, a line each
    ("loss", None, (("train", "loss"), ("tuning", "tuning_loss"))),
    ("AUC on tuning", 0.5, (("AUC", "auc"),)),
    ("tuning, at 0.5", 0.0, (("sensitivity", "sensitivity"), ("specificity", "specificity"))),
)


def curves(epochs: Sequence[EpochFigures]) -> list[tuple[str, dict]]:
    """One chart a panel, as (title, specification)."""
    return [(title, _panel(epochs, title, low, lines)) for title, low, lines in PANELS]


def _panel(epochs: Sequence[EpochFigures], title: str, low: float | None, lines: Sequence[tuple[str, str]]) -> dict:
    rows = [
        {"epoch": number, "value": getattr(figures, field), "line": name}
        for name, field in lines
        for number, figures in enumerate(epochs, start=1)
    ]
    names = [name for name, _ in lines]
    scale = {"zero": False} if low is None else {"domain": [min([low, *(row["value"] for row in rows)]), 1]}
    colour = {"field": "line", "type": "nominal", "scale": {"domain": names, "range": [ACCENT, AMBER]}}
    colour["legend"] = {"title": None, "orient": "top", "labelColor": FAINT}  # of one line too: all are of one height
    dash = {"field": "line", "type": "nominal", "scale": {"domain": names, "range": [[1, 0], [5, 3]]}, "legend": None}
    x_axis = {**AXIS, "tickMinStep": 1, "format": "d"}
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "point": {"size": 25}, "strokeWidth": 1.8},
        "encoding": {
            "x": {"field": "epoch", "type": "quantitative", "axis": x_axis, "scale": {"nice": False, "zero": False}},
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": scale, "axis": AXIS},
            "color": colour,
            "strokeDash": dash,
            "tooltip": [
                {"field": "line", "title": " "},
                {"field": "epoch"},
                {"field": "value", "format": ".3f", "title": " "},
            ],
        },
        "height": HEIGHT,
        "background": "transparent",
        "config": {"view": {"stroke": None}},
    }
