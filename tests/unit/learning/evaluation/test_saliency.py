"""Where a heatmap points, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.card import InputSpec, PointingFigures, to_document
from core.imaging.preprocess import fit
from core.learning.evaluation.saliency import (
    OVERLAP_THRESHOLDS,
    Pointing,
    box_mask,
    distance_to_boxes,
    energy_inside,
    mean_interval,
    overlap,
    pointing,
    rank_correlation,
    similarity,
    structural_similarity,
    summarise,
)

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


def test_one_heatmap_by_hand() -> None:
    """160 x 80 pixels in a square of 64: 64 x 32 of it, 16 from the top. The box is the radiograph's left half."""
    spec = InputSpec(size=64, letterbox=True, channels=1)
    image = np.zeros((64, 64), np.float32)
    image[16:48, 16:48] = 1.0  # bone: half of it inside the box
    values = np.zeros((8, 8), np.float32)
    values[4, 1], values[4, 7] = 1.0, 0.5
    found = pointing(values, (30, 50), [(0.0, 0.0, 0.5, 1.0)], fit(160, 80, spec), image)
    assert found.distance == 0
    assert found.energy == pytest.approx(2 / 3)
    assert found.chance == pytest.approx(0.5) and found.chance_on_bone == pytest.approx(0.5)
    # 15 of 512 pixels are 1.875 of 64: one column of pixels beyond the 32 inside.
    assert found.chance_near == pytest.approx(33 / 64)
    # Of the box's 4 x 4 cells one is shown; up to one half, another one outside as well.
    sharp = np.kron(values, np.ones((8, 8), np.float32))
    found = pointing(sharp, (30, 50), [(0.0, 0.0, 0.5, 1.0)], fit(160, 80, spec), image)
    assert found.overlaps[OVERLAP_THRESHOLDS.index(0.9)] == pytest.approx(1 / 16)
    assert found.overlaps[OVERLAP_THRESHOLDS.index(0.3)] == pytest.approx(1 / 17)
    assert found.energy == pytest.approx(2 / 3)
    assert pointing(values, None, [(0.0, 0.0, 0.5, 1.0)], fit(160, 80, spec), image).distance == math.inf


def test_chance_is_what_blind_throws_give() -> None:
    spec = InputSpec(size=128, letterbox=True, channels=1)
    geometry, box = fit(500, 400, spec), (0.3, 0.4, 0.2, 0.1)
    found = pointing(np.ones((16, 16), np.float32), (0, 0), [box], geometry, np.ones((128, 128), np.float32))
    throws = np.random.default_rng(0).random((20_000, 2)) * (500, 400)
    distances = [distance_to_boxes((x - 0.5, y - 0.5), [box], 500, 400) * 512 / 500 for x, y in throws]
    assert found.chance == pytest.approx(np.mean(np.array(distances) == 0), abs=0.006)
    assert found.chance_near == pytest.approx(np.mean(np.array(distances) <= 15), abs=0.01)


def test_a_group_by_hand() -> None:
    overlaps = [0.0] * len(OVERLAP_THRESHOLDS)
    overlaps[3] = 0.5
    good = Pointing(0.0, 0.8, tuple(overlaps), 0.01, 0.05, 0.02)
    near = Pointing(12.0, 0.2, (0.0,) * len(OVERLAP_THRESHOLDS), 0.03, 0.07, 0.04)
    figures = summarise([good, near, good], [True, True, False])
    assert (figures.hit_rate, figures.near_rate) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert figures.energy_inside == pytest.approx(1 / 3)
    assert (figures.iou, figures.iou_threshold) == (pytest.approx(0.5 / 3), OVERLAP_THRESHOLDS[3])
    assert figures.hit_rate_by_chance == pytest.approx(0.05 / 3)
    assert summarise([good], [True], threshold=OVERLAP_THRESHOLDS[5]).iou == 0
    assert summarise([], []) == PointingFigures()


def test_a_mean_lies_in_its_interval() -> None:
    values = np.random.default_rng(0).random(100)
    low, high = mean_interval(values)
    half = 1.96 * values.std(ddof=1) / 10
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)
    assert mean_interval(values[:1]) == (0.0, 1.0)


def test_structural_similarity_by_its_definition() -> None:
    """At the middle of a map that the window fills: the formula of Wang et al. 2004, written out."""
    rng = np.random.default_rng(0)
    first, second = rng.random((41, 41)), rng.random((41, 41))
    assert structural_similarity(first, first) == pytest.approx(1.0)
    assert structural_similarity(first, 1 - first) < 0 < structural_similarity(first, 0.5 * first)
    steps = np.arange(-5, 6)
    window = np.exp(-(steps[:, None] ** 2 + steps[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for row in range(5, 36):
        for column in range(5, 36):
            a, b = (m[row - 5 : row + 6, column - 5 : column + 6] for m in (first, second))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            covariance = (window * (a - mean_a) * (b - mean_b)).sum()
            spread_a, spread_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            top = (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4)
            values.append(top / ((mean_a**2 + mean_b**2 + 1e-4) * (spread_a + spread_b + 9e-4)))
    inner = structural_similarity(first, second)
    assert inner == pytest.approx(np.mean(values), abs=0.02)  # the border is reflected, and counts as well


def test_ranks_are_correlated_and_a_flat_map_is_not() -> None:
    values = np.arange(16.0).reshape(4, 4)
    assert rank_correlation(values, values**3) == pytest.approx(1.0)
    assert rank_correlation(values, -values) == pytest.approx(-1.0)
    assert rank_correlation(values, np.zeros((4, 4))) == 0
    maps = np.stack([values / 15, values / 15])
    figures = similarity(maps, np.stack([values / 15, -values / 15]))
    assert figures.ssim < 1 and figures.rank_correlation == pytest.approx(0.0)
    assert figures.share_empty == 1 / 2
    assert to_document(similarity(maps, maps)) == pytest.approx(
        {"ssim": 1.0, "ssim_sd": 0.0, "rank_correlation": 1.0, "share_empty": 0.0}
    )
