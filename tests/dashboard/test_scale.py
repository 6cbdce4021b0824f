"""The probability's scale: what is drawn stays on it, and labels do not touch."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from core.imaging.overlay import COLOUR_MAPS
from dashboard.components import scale
from dashboard.components.viewer import COLOUR_RAMPS


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.01, 0.02), (0.98, 0.99), (0.5, 0.5), (0.1, 0.15), (0.2, 0.8)])
def test_labels_stay_apart_and_on_the_scale(low: float, high: float) -> None:
    left, right = scale.places(low, high)
    half = scale.LABEL_WIDTH / 2
    assert half <= left <= right <= 100 - half
    assert right - left >= scale.LABEL_WIDTH - 1e-9


def test_points_come_in_order_and_only_readable_ones() -> None:
    points = [
        {"name": "b", "threshold": 0.7},
        {"name": "a", "threshold": 0.2},
        {"name": "c"},
        "x",
        {"threshold": "0.1"},
    ]
    assert [point["name"] for point in scale.operating_points({"operating_points": points})] == ["a", "b"]
    named = {"operating_points": {"high_sensitivity": {"threshold": 0.1}}}
    assert scale.operating_points(named)[0]["name"] == "high_sensitivity"


def test_colours_of_the_overlay_scale_match_opencv() -> None:
    """The ramp's ends are the maps' own."""
    for name, stops in COLOUR_RAMPS.items():
        table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], COLOUR_MAPS[name])[0, :, ::-1]
        for position, stop in zip(np.linspace(0, 255, len(stops)).round().astype(int), stops, strict=True):
            assert re.fullmatch(r"#[0-9a-f]{6}", stop)
            wanted = np.array([int(stop[index : index + 2], 16) for index in (1, 3, 5)])
            assert np.abs(table[position].astype(int) - wanted).max() <= 12, (name, position)
