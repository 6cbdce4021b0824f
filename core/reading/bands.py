"""The one rule that turns a probability into a band."""

from __future__ import annotations

from core.domain import Band


def band(probability: float | None, low: float, high: float) -> Band:
    """Place a probability between two thresholds; each threshold belongs to the band above it.

    Args:
        probability: of *fractured*, calibrated; None where the radiograph is not assessable.
        low, high: the thresholds of the high-sensitivity and the high-specificity operating point.
    """
    if probability is None:
        return Band.NOT_ASSESSABLE
    if probability >= high:
        return Band.POSITIVE
    return Band.DOUBT if probability >= low else Band.NEGATIVE
