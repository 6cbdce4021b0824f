"""The probability of a fracture on a scale from 0 to 1, with both operating points on it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from core.domain import Band
from core.reading.worklist import WorklistRow
from dashboard.components.format import interval, percent, printable, probability, threshold
from dashboard.components.theme import AMBER, BANDS, SLATE, VIOLET

LABEL_WIDTH = 10.0  # per cent of the scale


def draw(row: WorklistRow, points: Sequence[Mapping[str, object]]) -> str:
    """HTML of band, probability, scale and operating points of one prediction.

    Args:
        row: where it is not assessable, the reason takes the place of the scale; empty without a prediction.
        points: the card's operating points, with the names of `core.domain.OperatingPoint`.
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


def operating_points(card: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The operating points of a card, lowest threshold first; none where the card has them in no readable form."""
    points = card.get("operating_points")
    if isinstance(points, Mapping):
        points = [{"name": name, **point} for name, point in points.items() if isinstance(point, Mapping)]
    if not isinstance(points, (list, tuple)):
        return []
    known = [point for point in points if isinstance(point, Mapping) and _is_number(point.get("threshold"))]
    return sorted(known, key=lambda point: point["threshold"])


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


def _points(points: Sequence[Mapping[str, object]]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(str(point.get('name', '')).replace('_', ' '))}</th>"
        f"<td>{_share(point.get('threshold'))}</td>"
        f"<td>{_measured(point, 'sensitivity')}</td><td>{_measured(point, 'specificity')}</td></tr>"
        for point in points
    )
    if not rows:
        return ""
    heads = "<tr><th>operating point</th><td>from</td><td>sensitivity</td><td>specificity</td></tr>"
    sources = {(str(point.get("measured_on", "")), point.get("prevalence")) for point in points}
    measured = "; ".join(
        html.escape(f"measured on {where}" + (f", where {percent(share)} are fractured" if _is_number(share) else ""))
        for where, share in sorted(sources, key=str)
    )
    return f'<table class="points">{heads}{rows}</table><p class="measured">{measured}</p>'


def _measured(point: Mapping[str, object], name: str) -> str:
    value, bounds = point.get(name), point.get(f"{name}_ci")
    if not _is_number(value):
        return ""
    around = f"<small>{interval(bounds)}</small>" if isinstance(bounds, (list, tuple)) and len(bounds) == 2 else ""
    return f"{percent(value)}{around}"


def _share(value: object) -> str:
    return threshold(value) if _is_number(value) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
