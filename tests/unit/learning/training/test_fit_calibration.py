"""Calibration is fitted on one part and judged on another."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from core.card import CalibrationMethod
from core.learning.training import fit_calibration
from core.prediction.calibration import probabilities
from core.statistics.calibration import log_losses


def sample(count: int, slope: float = 1.0, intercept: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn with the probability sigmoid(slope * logit + intercept)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, count)
    return logits, (rng.random(count) < 1 / (1 + np.exp(-(slope * logits + intercept)))).astype(float)


def test_the_logistic_map_finds_what_made_the_labels() -> None:
    fitted = fit_calibration.fit_logistic(*sample(20_000, slope=0.6, intercept=-1.2))
    assert fitted.slope == pytest.approx(0.6, abs=0.03)
    assert fitted.intercept == pytest.approx(-1.2, abs=0.05)


def test_separable_logits_do_not_run_away() -> None:
    logits = np.array([-3.0, -2.0, 2.0, 3.0])
    fitted = fit_calibration.fit_logistic(logits, np.array([0, 0, 1, 1.0]))
    found = probabilities(logits, fitted)
    assert 0 < found.min() < 0.5 < found.max() < 1


def test_isotonic_is_monotonous_and_off_the_ends() -> None:
    logits, labels = sample(300)
    fitted = fit_calibration.fit_isotonic(logits, labels)
    found = probabilities(np.linspace(-20, 20, 200), fitted)
    assert np.all(np.diff(found) >= 0)
    assert found.min() > 0 and found.max() < 1
    assert probabilities(logits, fitted).mean() == pytest.approx(labels.mean(), abs=0.01)


@pytest.mark.parametrize("method", list(fit_calibration.FITS))
def test_cross_fitting_never_uses_its_own_fold(method: CalibrationMethod) -> None:
    """Each fold's probabilities are those of a map that was fitted on the others."""
    logits, labels = sample(100)
    found = fit_calibration.cross_fitted(logits, labels, method)
    splits = StratifiedKFold(fit_calibration.FOLDS, shuffle=True, random_state=0).split(logits[:, None], labels)
    for rest, fold in splits:
        expected = probabilities(logits[fold], fit_calibration.FITS[method](logits[rest], labels[rest]))
        np.testing.assert_allclose(found[fold], expected)


@pytest.mark.parametrize("method", list(fit_calibration.FITS))
def test_cross_fitting_finds_nothing_in_noise(method: CalibrationMethod) -> None:
    """A map that had seen the labels it is judged by would do better than knowing the prevalence alone."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=60), (np.arange(60) < 20).astype(float)
    ignorant = log_losses(labels, np.full(60, 1 / 3)).mean()
    assert log_losses(labels, fit_calibration.cross_fitted(logits, labels, method)).mean() > ignorant
    own = probabilities(logits, fit_calibration.fit_isotonic(logits, labels))
    assert log_losses(labels, own).mean() < ignorant


def test_too_few_for_folds_is_no_error() -> None:
    found = fit_calibration.cross_fitted(
        np.array([-1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0]), CalibrationMethod.LOGISTIC
    )
    assert np.all((found > 0) & (found < 1))


def test_the_better_method_is_chosen() -> None:
    """A step in the middle is no sigmoid."""
    rng = np.random.default_rng(0)
    logits = rng.uniform(-5, 5, 2000)
    steps = np.where(np.abs(logits) < 2, 0.5, np.where(logits > 0, 0.95, 0.45))
    assert fit_calibration.choose(logits, (rng.random(2000) < steps).astype(float)).method is CalibrationMethod.ISOTONIC
    chosen = fit_calibration.choose(*sample(400, seed=3))
    assert chosen.method is CalibrationMethod.LOGISTIC
    losses = chosen.cross_fitted_log_loss
    assert losses["logistic"] == min(losses.values())


def test_a_loss_that_is_lower_by_chance_costs_no_order() -> None:
    """The steps of the isotonic map give many radiographs one probability; they have to be worth it."""
    rng = np.random.default_rng(20)
    logits = rng.normal(0, 2, 400)
    labels = (rng.random(400) < np.clip(1 / (1 + np.exp(-logits)), 0.12, 0.88)).astype(float)
    chosen = fit_calibration.choose(logits, labels)
    losses = chosen.cross_fitted_log_loss
    assert losses["isotonic"] < losses["logistic"]
    assert len(np.unique(probabilities(logits, chosen))) == 400
