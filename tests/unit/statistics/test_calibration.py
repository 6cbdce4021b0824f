"""How well probabilities hold, by hand and against samples whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from core.statistics import calibration


def sample(count: int, slope: float = 1.0, intercept: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn with the probability sigmoid(slope * logit + intercept)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, count)
    return logits, (rng.random(count) < 1 / (1 + np.exp(-(slope * logits + intercept)))).astype(float)


def test_expected_calibration_error_by_hand() -> None:
    """Two bins of five: [0, 0.2) has mean 0.1 against 1 of 2, [0.8, 1] has 0.9 against 2 of 3; 1.0 is in the last."""
    values = np.array([0.05, 0.15, 0.8, 0.9, 1.0])
    labels = np.array([0, 1, 1, 0, 1])
    expected = (2 * abs(0.1 - 0.5) + 3 * abs(0.9 - 2 / 3)) / 5
    assert calibration.expected_calibration_error(labels, values, bins=5) == pytest.approx(expected)
    points = calibration.reliability(labels, values, bins=5)
    assert [point.n for point in points] == [2, 3]
    assert points[1].share == pytest.approx(2 / 3)
    assert points[1].probability == pytest.approx(0.9)
    assert points[1].interval == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_a_perfect_one_lies_in_the_range_of_chance() -> None:
    rng = np.random.default_rng(1)
    values = rng.random(400)
    low, high = calibration.chance_range(values)
    inside = [
        low <= calibration.expected_calibration_error(rng.random(400) < values, values) <= high for _ in range(100)
    ]
    assert 0.88 <= np.mean(inside) <= 1.0
    squared = values**2
    assert calibration.expected_calibration_error(rng.random(400) < squared, values) > high


def test_slope_and_intercept_of_a_perfect_and_of_an_overconfident_one() -> None:
    logits, labels = sample(20_000, slope=0.5)
    perfect = calibration.recalibration(labels, 1 / (1 + np.exp(-0.5 * logits)))
    assert (perfect.slope, perfect.intercept) == pytest.approx((1, 0), abs=0.06)
    assert perfect.slope_interval[0] < 1 < perfect.slope_interval[1]
    assert perfect.intercept_interval[0] < 0 < perfect.intercept_interval[1]
    extreme = calibration.recalibration(labels, 1 / (1 + np.exp(-logits)))
    assert extreme.slope == pytest.approx(0.5, abs=0.03) and extreme.slope_interval[1] < 1


def test_the_intervals_of_slope_and_intercept_cover_the_truth_about_95_times_in_100() -> None:
    rng, covered = np.random.default_rng(5), np.zeros(2)
    for _ in range(200):
        logits = rng.normal(size=300)
        found = calibration.recalibration(rng.random(300) < 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(-logits)))
        intervals = (found.slope_interval, found.intercept_interval)
        covered += [low <= truth <= high for (low, high), truth in zip(intervals, (1, 0), strict=True)]
    assert np.all((covered / 200 >= 0.9) & (covered / 200 <= 0.99))


def test_scores_by_hand() -> None:
    assert calibration.brier(np.array([1, 0]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)
    expected = -(np.log(0.8) + np.log(0.6)) / 2
    assert calibration.log_losses(np.array([1, 0]), np.array([0.8, 0.4])).mean() == pytest.approx(expected)
    assert np.all(np.isfinite(calibration.log_losses(np.array([1, 0]), np.array([0.0, 1.0]))))
