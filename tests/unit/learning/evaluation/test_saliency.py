"""Where a heatmap points, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.imaging.preprocess import InputSpec, fit
from core.learning.evaluation.saliency import box_mask, distance_to_boxes, energy_inside, overlap

BOX = (0.25, 0.5, 0.25, 0.25)  # of 200 x 100 pixels: 50 to 100 across, 50 to 75 down


@pytest.mark.parametrize(
    ("point", "distance"),
    [
        ((50, 50), 0.0),
        ((99, 74), 0.0),
        ((70, 60), 0.0),
        ((100, 60), 0.5),
        ((49, 60), 0.5),
        ((39, 60), 10.5),
        ((102, 78), math.hypot(2.5, 3.5)),
        ((70, 19), 30.5),
    ],
)
def test_distance_to_a_box(point: tuple[int, int], distance: float) -> None:
    assert distance_to_boxes(point, [BOX], 200, 100) == pytest.approx(distance)


def test_the_nearest_of_several_boxes_counts() -> None:
    assert distance_to_boxes((10, 10), [BOX, (0.0, 0.0, 0.1, 0.2)], 200, 100) == 0
    assert distance_to_boxes((10, 10), [], 200, 100) == math.inf


def test_the_mask_lies_in_the_letterbox() -> None:
    """200 x 100 in a square of 64: rows 16 to 48. The box covers columns 16 to 32 and rows 32 to 40 of 64."""
    mask = box_mask([BOX], fit(200, 100, InputSpec(64, True, 1)), (8, 8))
    expected = np.zeros((8, 8))
    expected[4, 2:4] = 1.0
    np.testing.assert_array_equal(mask, expected)


def test_cells_partly_inside_count_by_their_share() -> None:
    geometry = fit(80, 80, InputSpec(64, True, 1))
    mask = box_mask([(0.0, 0.0, 0.1875, 0.125)], geometry, (8, 8))
    assert mask[0].tolist() == [1, 0.5, 0, 0, 0, 0, 0, 0] and not mask[1:].any()


def test_a_box_smaller_than_an_eighth_of_a_cell_is_still_there() -> None:
    mask = box_mask([(0.5, 0.5, 1e-4, 1e-4)], fit(80, 80, InputSpec(64, True, 1)), (8, 8))
    assert mask[4, 4] == pytest.approx(1 / 64) and mask.sum() == mask[4, 4]


def test_energy_inside() -> None:
    values = np.array([[1.0, 0.5], [0.5, 0.0]])
    assert energy_inside(values, np.array([[1.0, 0.5], [0.0, 1.0]])) == pytest.approx(1.25 / 2)
    assert energy_inside(np.zeros((2, 2)), np.ones((2, 2))) == 0


def test_overlap() -> None:
    values = np.array([[1.0, 0.6, 0.1], [0.0, 0.7, 0.0]])
    mask = np.array([[1.0, 0.5, 0.4], [0.0, 0.0, 0.0]])
    assert overlap(values, mask, 0.5) == pytest.approx(2 / 3)
    assert overlap(values, mask, 0.65) == pytest.approx(1 / 3)
    assert overlap(np.zeros((2, 2)), np.zeros((2, 2)), 0.5) == 0


def test_overlap_with_a_box_that_fills_no_cell_half() -> None:
    """The cell it fills most stands for it."""
    mask = np.array([[0.3, 0.2], [0.0, 0.0]])
    assert overlap(np.array([[0.9, 0.0], [0.0, 0.0]]), mask, 0.5) == 1
