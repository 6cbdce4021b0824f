"""The probability's scale: what is drawn stays on it, and labels do not touch."""

from __future__ import annotations

import pytest

from dashboard.components import scale
from tests.cards import card_of


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.01, 0.02), (0.98, 0.99), (0.5, 0.5), (0.1, 0.15), (0.2, 0.8)])
def test_labels_stay_apart_and_on_the_scale(low: float, high: float) -> None:
    left, right = scale.places(low, high)
    half = scale.LABEL_WIDTH / 2
    assert half <= left <= right <= 100 - half
    assert right - left >= scale.LABEL_WIDTH - 1e-9


def test_points_come_in_order() -> None:
    points = [{"name": "b", "threshold": 0.7}, {"name": "a", "threshold": 0.2}]
    assert [point.name for point in scale.operating_points(card_of(operating_points=points))] == ["a", "b"]
    assert scale.operating_points(None) == []
