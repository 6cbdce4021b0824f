"""The probability of a fracture on a scale from 0 to 1, with both operating points on it."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.card import ModelCard, OperatingPoint
from core.domain import Band
from core.reading.worklist import WorklistRow
from dashboard.components.format import interval, percent, printable, probability, threshold
from dashboard.components.theme import AMBER, BANDS, SLATE, VIOLET

LABEL_WIDTH = 10.0  # per cent of the scale


def draw(row: WorklistRow, points: Sequence[OperatingPoint]) -> str:
    """HTML of band, probability, scale and operating points of one prediction.

    Args:
        row: where it is not assessable, the reason takes the place of the scale; empty without a prediction.
        points: the card's operating points.
    """
    if row.band is None:
        return ""
    style = BANDS[row.band]
    kind = "hatched" if row.band is Band.NOT_ASSESSABLE else ""
    head = (
        f'<div class="band {kind}" style="--band:{style.colour}"><span>{style.shape}</span><span>{style.word}</span>'
        f'<span class="probability">{html.escape(probability(row.probability))}</span></div>'
    )
    if row.probability is None:
        return f'{head}<p class="reason">{html.escape(printable(row.reason, 400))}</p>'
    return f"{head}{_line(row)}{_points(points)}"


def operating_points(card: ModelCard | None) -> list[OperatingPoint]:
    """The operating points of a card, lowest threshold first; none without a card."""
    return sorted(card.operating_points, key=lambda point: point.threshold) if card else []


def _line(row: WorklistRow) -> str:
    low, high = row.threshold_low, row.threshold_high
    if low is None or high is None or row.probability is None:
        return ""
    pieces = "".join(
        f'<i style="left:{start * 100:.1f}%;width:{(end - start) * 100:.1f}%;background:{colour}"></i>'
        for start, end, colour in ((0.0, low, SLATE), (low, high, VIOLET), (high, 1.0, AMBER))
    )
    ticks = "".join(f'<u style="left:{point * 100:.1f}%"></u>' for point in (low, high))
    labels = "".join(
        f'<s style="left:{place:.1f}%">{threshold(point)}</s>'
        for place, point in zip(places(low, high), (low, high), strict=True)
    )
    label = f"Probability {probability(row.probability)}; operating points at {threshold(low)} and {threshold(high)}"
    return (
        f'<div class="scale" role="img" aria-label="{html.escape(label)}">{pieces}{ticks}{labels}'
        f'<b style="left:{row.probability * 100:.1f}%">▼</b></div>'
    )


def places(low: float, high: float) -> tuple[float, float]:
    """Place the two labels, in per cent of the scale, so that they neither touch nor leave it."""
    half = LABEL_WIDTH / 2
    middle = (low + high) * 50
    left, right = min(low * 100, middle - half), max(high * 100, middle + half)
    shift = max(0.0, half - left) - max(0.0, right - (100 - half))
    return max(half, left + shift), min(100 - half, right + shift)


def _points(points: Sequence[OperatingPoint]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(point.name.replace('_', ' '))}</th>"
        f"<td>{threshold(point.threshold)}</td>"
        f"<td>{_measured(point.sensitivity, point.sensitivity_ci)}</td>"
        f"<td>{_measured(point.specificity, point.specificity_ci)}</td></tr>"
        for point in points
    )
    if not rows:
        return ""
    heads = "<tr><th>operating point</th><td>from</td><td>sensitivity</td><td>specificity</td></tr>"
    sources = {(point.measured_on or "", point.prevalence) for point in points}
    measured = "; ".join(
        html.escape(f"measured on {where}" + (f", where {percent(share)} are fractured" if share is not None else ""))
        for where, share in sorted(sources, key=str)
    )
    return f'<table class="points">{heads}{rows}</table><p class="measured">{measured}</p>'


def _measured(share: float | None, bounds: tuple[float, float] | None) -> str:
    if share is None:
        return ""
    return percent(share) + (f"<small>{interval(bounds)}</small>" if bounds else "")
