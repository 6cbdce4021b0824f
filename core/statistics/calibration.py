"""Fitting a calibration map and measuring how well it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import optimize, stats
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from core.prediction.calibration import probabilities
from core.statistics.discrimination import wilson

BINS = 15
FOLDS = 10
CHANCE_DRAWS = 2000


def fit_logistic(logits: np.ndarray, labels: np.ndarray) -> dict:
    """A temperature and a shift by maximum likelihood, with Platt's smoothed targets (Platt 1999)."""
    fractured, others = float(np.sum(labels)), float(len(labels) - np.sum(labels))
    targets = np.where(np.asarray(labels, bool), (fractured + 1) / (fractured + 2), 1 / (others + 2))

    def loss(parameters: np.ndarray) -> float:
        values = parameters[0] * logits + parameters[1]
        return float(np.mean(np.logaddexp(0, values) - targets * values))

    found = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    return {"method": "logistic", "slope": float(found.x[0]), "intercept": float(found.x[1])}


def fit_isotonic(logits: np.ndarray, labels: np.ndarray) -> dict:
    """The monotonous step function of least squares, kept off 0 and 1."""
    margin = 1.0 / (len(labels) + 2)
    model = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip").fit(logits, labels)
    points = (model.X_thresholds_.tolist(), model.y_thresholds_.tolist())
    return {"method": "isotonic", "logits": points[0], "probabilities": points[1]}


FITS = MappingProxyType({"logistic": fit_logistic, "isotonic": fit_isotonic})


def cross_fitted(logits: np.ndarray, labels: np.ndarray, method: str, seed: int = 0) -> np.ndarray:
    """(N,) probabilities, each from a map fitted without its own fold."""
    calibrated = np.zeros(len(labels))
    folds = min(FOLDS, int(np.sum(labels)), int(len(labels) - np.sum(labels)))
    if folds < 2:
        return probabilities(logits, FITS[method](logits, labels))
    for rest, fold in StratifiedKFold(folds, shuffle=True, random_state=seed).split(logits[:, None], labels):
        calibrated[fold] = probabilities(logits[fold], FITS[method](logits[rest], labels[rest]))
    return calibrated


def choose(logits: np.ndarray, labels: np.ndarray) -> dict:
    """Fit the logistic map, or the isotonic one where its cross-fitted log loss is lower by more than a standard error.

    Of two that are alike the simpler one (Breiman et al. 1984): the steps of an isotonic map give many radiographs one
    probability, and so no order among them.

    Returns:
        The card's `calibration`, with the log loss of every method beside.
    """
    each = {method: log_losses(labels, cross_fitted(logits, labels, method)) for method in FITS}
    gain = each["logistic"] - each["isotonic"]
    chosen = "isotonic" if gain.mean() > gain.std() / math.sqrt(len(gain)) else "logistic"
    losses = {method: float(values.mean()) for method, values in each.items()}
    return {**FITS[chosen](logits, labels), "cross_fitted_log_loss": losses}


def log_losses(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(N,) the log loss of each, in nats."""
    clipped = np.clip(values, 1e-6, 1 - 1e-6)
    return -np.where(np.asarray(labels, bool), np.log(clipped), np.log1p(-clipped))


def log_loss(labels: np.ndarray, values: np.ndarray) -> float:
    return float(log_losses(labels, values).mean())


def brier(labels: np.ndarray, values: np.ndarray) -> float:
    """Mean squared difference of probability and label (Brier 1950)."""
    return float(np.mean((np.asarray(values) - np.asarray(labels, np.float64)) ** 2))


def expected_calibration_error(labels: np.ndarray, values: np.ndarray, bins: int = BINS) -> float:
    """Mean distance of observed share and mean probability over bins of equal width (Naeini et al. 2015)."""
    labels, values = np.asarray(labels, np.float64), np.asarray(values, np.float64)
    which = np.minimum((values * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.abs(np.bincount(which, labels, bins) - np.bincount(which, values, bins))
    return float(gaps.sum() / max(1, counts.sum()))


def chance_range(values: np.ndarray, seed: int = 0, bins: int = BINS) -> tuple[float, float]:
    """The central 95 % of the error that a perfectly calibrated model would show by chance on these probabilities."""
    rng = np.random.default_rng(seed)
    draws = [expected_calibration_error(rng.random(len(values)) < values, values, bins) for _ in range(CHANCE_DRAWS)]
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The logistic map that would make probabilities right, with 95 % intervals; 1 and 0 are perfect."""

    slope: float
    slope_interval: tuple[float, float]
    intercept: float
    intercept_interval: tuple[float, float]


def recalibration(labels: np.ndarray, values: np.ndarray) -> Recalibration:
    """Slope and intercept of the observed classes over the logit of the probabilities (Cox 1958).

    By maximum likelihood, the intervals Wald's. A slope below 1 means probabilities too extreme; an intercept below 0
    means probabilities too high.
    """
    clipped = np.clip(values, 1e-6, 1 - 1e-6)
    design = np.stack([np.log(clipped) - np.log1p(-clipped), np.ones(len(clipped))], axis=1)
    targets = np.asarray(labels, np.float64)

    def loss(parameters: np.ndarray) -> float:
        fitted = design @ parameters
        return float(np.mean(np.logaddexp(0, fitted) - targets * fitted))

    found = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -60.0, 60.0)))
    information = design.T @ (design * (fitted * (1.0 - fitted))[:, np.newaxis])
    spread = np.sqrt(np.maximum(np.diag(np.linalg.pinv(information)), 0.0)) * stats.norm.ppf(0.975)
    intervals = [(float(middle - half), float(middle + half)) for middle, half in zip(found, spread, strict=True)]
    return Recalibration(float(found[0]), intervals[0], float(found[1]), intervals[1])


def reliability(labels: np.ndarray, values: np.ndarray, bins: int = BINS) -> list[dict]:
    """The points of a reliability plot: mean probability, observed share with Wilson's interval and count of each bin
    that is not empty.
    """
    labels, values = np.asarray(labels, np.float64), np.asarray(values, np.float64)
    which = np.minimum((values * bins).astype(int), bins - 1)
    points = []
    for number in range(bins):
        inside = which == number
        if inside.any():
            points.append(
                {
                    "probability": float(values[inside].mean()),
                    "share_fractured": float(labels[inside].mean()),
                    "share_fractured_ci": wilson(int(labels[inside].sum()), int(inside.sum())),
                    "count": int(inside.sum()),
                }
            )
    return points if points and not math.isnan(points[0]["probability"]) else []
