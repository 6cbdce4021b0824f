"""Calibration is fitted on one part and judged on another."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from core.prediction.calibration import probabilities
from core.statistics import calibration


def sample(count: int, slope: float = 1.0, intercept: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn with the probability sigmoid(slope * logit + intercept)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, count)
    return logits, (rng.random(count) < 1 / (1 + np.exp(-(slope * logits + intercept)))).astype(float)


def test_the_logistic_map_finds_what_made_the_labels() -> None:
    fitted = calibration.fit_logistic(*sample(20_000, slope=0.6, intercept=-1.2))
    assert fitted["slope"] == pytest.approx(0.6, abs=0.03)
    assert fitted["intercept"] == pytest.approx(-1.2, abs=0.05)


def test_separable_logits_do_not_run_away() -> None:
    logits = np.array([-3.0, -2.0, 2.0, 3.0])
    fitted = calibration.fit_logistic(logits, np.array([0, 0, 1, 1.0]))
    found = probabilities(logits, fitted)
    assert 0 < found.min() < 0.5 < found.max() < 1


def test_isotonic_is_monotonous_and_off_the_ends() -> None:
    logits, labels = sample(300)
    fitted = calibration.fit_isotonic(logits, labels)
    found = probabilities(np.linspace(-20, 20, 200), fitted)
    assert np.all(np.diff(found) >= 0)
    assert found.min() > 0 and found.max() < 1
    assert probabilities(logits, fitted).mean() == pytest.approx(labels.mean(), abs=0.01)


@pytest.mark.parametrize("method", list(calibration.FITS))
def test_cross_fitting_never_uses_its_own_fold(method: str) -> None:
    """Each fold's probabilities are those of a map that was fitted on the others."""
    logits, labels = sample(100)
    found = calibration.cross_fitted(logits, labels, method)
    splits = StratifiedKFold(calibration.FOLDS, shuffle=True, random_state=0).split(logits[:, None], labels)
    for rest, fold in splits:
        expected = probabilities(logits[fold], calibration.FITS[method](logits[rest], labels[rest]))
        np.testing.assert_allclose(found[fold], expected)


@pytest.mark.parametrize("method", list(calibration.FITS))
def test_cross_fitting_finds_nothing_in_noise(method: str) -> None:
    """A map that had seen the labels it is judged by would do better than knowing the prevalence alone."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=60), (np.arange(60) < 20).astype(float)
    ignorant = calibration.log_loss(labels, np.full(60, 1 / 3))
    assert calibration.log_loss(labels, calibration.cross_fitted(logits, labels, method)) > ignorant
    own = probabilities(logits, calibration.FITS["isotonic"](logits, labels))
    assert calibration.log_loss(labels, own) < ignorant


def test_too_few_for_folds_is_no_error() -> None:
    found = calibration.cross_fitted(np.array([-1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0]), "logistic")
    assert np.all((found > 0) & (found < 1))


def test_the_better_method_is_chosen() -> None:
    """A step in the middle is no sigmoid."""
    rng = np.random.default_rng(0)
    logits = rng.uniform(-5, 5, 2000)
    steps = np.where(np.abs(logits) < 2, 0.5, np.where(logits > 0, 0.95, 0.45))
    assert calibration.choose(logits, (rng.random(2000) < steps).astype(float))["method"] == "isotonic"
    chosen = calibration.choose(*sample(400, seed=3))
    assert chosen["method"] == "logistic"
    losses = chosen["cross_fitted_log_loss"]
    assert losses["logistic"] == min(losses.values())


def test_a_loss_that_is_lower_by_chance_costs_no_order() -> None:
    """The steps of the isotonic map give many radiographs one probability; they have to be worth it."""
    rng = np.random.default_rng(20)
    logits = rng.normal(0, 2, 400)
    labels = (rng.random(400) < np.clip(1 / (1 + np.exp(-logits)), 0.12, 0.88)).astype(float)
    chosen = calibration.choose(logits, labels)
    losses = chosen["cross_fitted_log_loss"]
    assert losses["isotonic"] < losses["logistic"]
    assert len(np.unique(probabilities(logits, chosen))) == 400


def test_expected_calibration_error_by_hand() -> None:
    """Two bins of five: [0, 0.2) has mean 0.1 against 1 of 2, [0.8, 1] has 0.9 against 2 of 3; 1.0 is in the last."""
    values = np.array([0.05, 0.15, 0.8, 0.9, 1.0])
    labels = np.array([0, 1, 1, 0, 1])
    expected = (2 * abs(0.1 - 0.5) + 3 * abs(0.9 - 2 / 3)) / 5
    assert calibration.expected_calibration_error(labels, values, bins=5) == pytest.approx(expected)
    points = calibration.reliability(labels, values, bins=5)
    assert [point["count"] for point in points] == [2, 3]
    assert points[1]["share_fractured"] == pytest.approx(2 / 3)
    assert points[1]["probability"] == pytest.approx(0.9)
    assert points[1]["share_fractured_ci"] == pytest.approx((0.2077, 0.9385), abs=1e-4)


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
    assert calibration.log_loss(np.array([1, 0]), np.array([0.8, 0.4])) == pytest.approx(expected)
    assert np.isfinite(calibration.log_loss(np.array([1, 0]), np.array([0.0, 1.0])))
