"""Fit the map from a network's logits to probabilities, and choose between the maps there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from scipy import optimize
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from core.card import Calibration, CalibrationMethod
from core.prediction.calibration import probabilities
from core.statistics.calibration import log_losses

FOLDS = 10


def fit_logistic(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """Fit a temperature and a shift by maximum likelihood, with Platt's smoothed targets (Platt 1999).

    Args:
        logits: (N,) as *fractured*.
        labels: (N,) 1 for fractured, 0 for others.
    """
    fractured, others = float(np.sum(labels)), float(len(labels) - np.sum(labels))
    targets = np.where(np.asarray(labels, bool), (fractured + 1) / (fractured + 2), 1 / (others + 2))

    def loss(parameters: np.ndarray) -> float:
        values = parameters[0] * logits + parameters[1]
        return float(np.mean(np.logaddexp(0, values) - targets * values))

    found = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    slope, intercept = map(float, found.x)
    return Calibration(method=CalibrationMethod.LOGISTIC, slope=slope, intercept=intercept)


def fit_isotonic(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """Fit the monotonous step function of least squares, kept off 0 and 1; see `fit_logistic` for the arguments."""
    margin = 1.0 / (len(labels) + 2)
    model = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip").fit(logits, labels)
    corners = tuple(model.X_thresholds_.tolist()), tuple(model.y_thresholds_.tolist())
    return Calibration(method=CalibrationMethod.ISOTONIC, logits=corners[0], probabilities=corners[1])


FITS: Mapping[CalibrationMethod, Callable[[np.ndarray, np.ndarray], Calibration]] = MappingProxyType(
    {CalibrationMethod.LOGISTIC: fit_logistic, CalibrationMethod.ISOTONIC: fit_isotonic}
)


def cross_fitted(logits: np.ndarray, labels: np.ndarray, method: CalibrationMethod, seed: int = 0) -> np.ndarray:
    """Calibrate each logit with a map that was fitted without its own fold.

    Where a class has fewer than two radiographs there is one map for all of them.

    Returns:
        (N,) probabilities.
    """
    calibrated = np.zeros(len(labels))
    folds = min(FOLDS, int(np.sum(labels)), int(len(labels) - np.sum(labels)))
    if folds < 2:
        return probabilities(logits, FITS[method](logits, labels))
    for rest, fold in StratifiedKFold(folds, shuffle=True, random_state=seed).split(logits[:, None], labels):
        calibrated[fold] = probabilities(logits[fold], FITS[method](logits[rest], labels[rest]))
    return calibrated


def choose(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """Fit the logistic map, or the isotonic one where its cross-fitted log loss is lower by more than a standard error.

    Of two that are alike the simpler one (Breiman et al. 1984): the steps of an isotonic map give many radiographs one
    probability, and so no order among them.

    Returns:
        The chosen map, with the log loss of every method beside.
    """
    each = {method: log_losses(labels, cross_fitted(logits, labels, method)) for method in FITS}
    gain = each[CalibrationMethod.LOGISTIC] - each[CalibrationMethod.ISOTONIC]
    is_worth_it = gain.mean() > gain.std() / math.sqrt(len(gain))
    chosen = CalibrationMethod.ISOTONIC if is_worth_it else CalibrationMethod.LOGISTIC
    losses = {str(method): float(values.mean()) for method, values in each.items()}
    return replace(FITS[chosen](logits, labels), cross_fitted_log_loss=losses)
