"""The probability of a fracture on a scale from 0 to 1, with both operating points on it."""

from __future__ import annotations

from collections.abc import Sequence

from core.card import ModelCard, OperatingPoint
from core.domain import Band
from core.reading.worklist import WorklistRow
from dashboard.components import html
from dashboard.components.format import interval, percent, printable, probability, threshold
from dashboard.components.html import Html, el
from dashboard.components.theme import AMBER, BANDS, SLATE, VIOLET

LABEL_WIDTH = 10.0  # per cent of the scale


def draw(row: WorklistRow, points: Sequence[OperatingPoint]) -> Html:
    """Build band, probability, scale and operating points of one prediction.

    Args:
        row: where it is not assessable, the reason takes the place of the scale; empty without a prediction.
        points: the card's operating points.
    """
    if row.band is None:
        return Html()
    style = BANDS[row.band]
    kind = "band hatched" if row.band is Band.NOT_ASSESSABLE else "band"
    head = el(
        "div",
        el("span", style.shape),
        el("span", style.word),
        el("span", probability(row.probability), cls="probability"),
        cls=kind,
        style=f"--band:{style.colour}",
    )
    if row.probability is None:
        return head + el("p", printable(row.reason, 400), cls="reason")
    return head + _line(row) + _points(points)


def operating_points(card: ModelCard | None) -> list[OperatingPoint]:
    """The operating points of a card, lowest threshold first; none without a card."""
    return sorted(card.operating_points, key=lambda point: point.threshold) if card else []


def _line(row: WorklistRow) -> Html:
    low, high = row.threshold_low, row.threshold_high
    if low is None or high is None or row.probability is None:
        return Html()
    pieces = (
        el("i", style=f"left:{start * 100:.1f}%;width:{(end - start) * 100:.1f}%;background:{colour}")
        for start, end, colour in ((0.0, low, SLATE), (low, high, VIOLET), (high, 1.0, AMBER))
    )
    ticks = (el("u", style=f"left:{point * 100:.1f}%") for point in (low, high))
    labels = (
        el("s", threshold(point), style=f"left:{place:.1f}%")
        for place, point in zip(places(low, high), (low, high), strict=True)
    )
    label = f"Probability {probability(row.probability)}; operating points at {threshold(low)} and {threshold(high)}"
    pointer = el("b", "▼", style=f"left:{row.probability * 100:.1f}%")
    return el("div", *pieces, *ticks, *labels, pointer, cls="scale", role="img", aria_label=label)


def places(low: float, high: float) -> tuple[float, float]:
    """Place the two labels, in per cent of the scale, so that they neither touch nor leave it."""
    half = LABEL_WIDTH / 2
    middle = (low + high) * 50
    left, right = min(low * 100, middle - half), max(high * 100, middle + half)
    shift = max(0.0, half - left) - max(0.0, right - (100 - half))
    return max(half, left + shift), min(100 - half, right + shift)


def _points(points: Sequence[OperatingPoint]) -> Html:
    if not points:
        return Html()
    heads = el("tr", el("th", "operating point"), *(el("td", name) for name in ("from", "sensitivity", "specificity")))
    rows = (
        el(
            "tr",
            el("th", printable(point.name.replace("_", " "))),
            el("td", threshold(point.threshold)),
            el("td", _measured(point.sensitivity, point.sensitivity_ci)),
            el("td", _measured(point.specificity, point.specificity_ci)),
        )
        for point in points
    )
    sources = {(point.measured_on or "", point.prevalence) for point in points}
    measured = "; ".join(
        f"measured on {where}" + (f", where {percent(share)} are fractured" if share is not None else "")
        for where, share in sorted(sources, key=str)
    )
    return el("table", heads, *rows, cls="points") + el("p", printable(measured, 400), cls="measured")


def _measured(share: float | None, bounds: tuple[float, float] | None) -> Html:
    if share is None:
        return Html()
    return html.join(percent(share), el("small", interval(bounds)) if bounds else "")
