"""The probability's scale: what is drawn stays on it, and labels do not touch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.config import SHIPPED_MODELS
from core.registry import Registry
from dashboard.components import scale


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.01, 0.02), (0.98, 0.99), (0.5, 0.5), (0.1, 0.15), (0.2, 0.8)])
def test_labels_stay_apart_and_on_the_scale(low: float, high: float) -> None:
    left, right = scale.places(low, high)
    half = scale.LABEL_WIDTH / 2
    assert half <= left <= right <= 100 - half
    assert right - left >= scale.LABEL_WIDTH - 1e-9


def test_points_come_in_order(tmp_path: Path) -> None:
    card = Registry(SHIPPED_MODELS, tmp_path / "models").default().card
    low, high = scale.operating_points(card)
    assert low.threshold < high.threshold
    backwards = replace(card, operating_points=(high, low))
    assert scale.operating_points(backwards) == [low, high]
    assert scale.operating_points(None) == []
