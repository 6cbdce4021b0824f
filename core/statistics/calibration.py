"""How well probabilities hold. Labels are 1 for fractured; values are probabilities of *fractured*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from core.statistics.intervals import DEVIATIONS, LOWER, UPPER, Interval, wilson

BINS = 15
CHANCE_DRAWS = 2000
MARGIN = 1e-6  # a probability is kept so far off 0 and 1, where it has no logarithm
MAX_LOGIT = 60.0  # beyond it a sigmoid is 0 or 1 to the last bit that matters, and its exponential might overflow


def log_losses(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The log loss of each radiograph.

    Args:
        labels: (N,) 0 or 1.
        values: (N,) in [0, 1].

    Returns:
        (N,) in nats.
    """
    clipped = np.clip(values, MARGIN, 1 - MARGIN)
    return np.asarray(-np.where(np.asarray(labels, bool), np.log(clipped), np.log1p(-clipped)))


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


def chance_range(values: np.ndarray, seed: int = 0, bins: int = BINS) -> Interval:
    """The central 95 % of the error that a perfectly calibrated model would show by chance on these probabilities."""
    rng = np.random.default_rng(seed)
    draws = [expected_calibration_error(rng.random(len(values)) < values, values, bins) for _ in range(CHANCE_DRAWS)]
    return float(np.quantile(draws, LOWER)), float(np.quantile(draws, UPPER))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The logistic map that would make probabilities right, with 95 % intervals; 1 and 0 are perfect."""

    slope: float
    slope_interval: Interval
    intercept: float
    intercept_interval: Interval


def recalibration(labels: np.ndarray, values: np.ndarray) -> Recalibration:
    """Slope and intercept of the observed classes over the logit of the probabilities (Cox 1958).

    By maximum likelihood, the intervals Wald's. A slope below 1 means probabilities too extreme; an intercept below 0
    means probabilities too high.
    """
    clipped = np.clip(values, MARGIN, 1 - MARGIN)
    design = np.stack([np.log(clipped) - np.log1p(-clipped), np.ones(len(clipped))], axis=1)
    targets = np.asarray(labels, np.float64)

    def loss(parameters: np.ndarray) -> float:
        fitted = design @ parameters
        return float(np.mean(np.logaddexp(0, fitted) - targets * fitted))

    found = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -MAX_LOGIT, MAX_LOGIT)))
    information = design.T @ (design * (fitted * (1.0 - fitted))[:, np.newaxis])
    spread = np.sqrt(np.maximum(np.diag(np.linalg.pinv(information)), 0.0)) * DEVIATIONS
    intervals = [(float(middle - half), float(middle + half)) for middle, half in zip(found, spread, strict=True)]
    return Recalibration(float(found[0]), intervals[0], float(found[1]), intervals[1])


@dataclass(frozen=True, slots=True)
class ProbabilityBin:
    """A point of a reliability plot.

    Attributes:
        probability: mean of the bin's probabilities.
        share, interval: of its radiographs that are fractured, with Wilson's interval.
        n: radiographs in the bin.
    """

    probability: float
    share: float
    interval: Interval
    n: int


def reliability(labels: np.ndarray, values: np.ndarray, bins: int = BINS) -> list[ProbabilityBin]:
    """The points of a reliability plot, for bins of equal width that are not empty.

    Args:
        labels: (N,) 0 or 1.
        values: (N,) in [0, 1].
    """
    labels, values = np.asarray(labels, np.float64), np.asarray(values, np.float64)
    which = np.minimum((values * bins).astype(int), bins - 1)
    points = []
    for number in range(bins):
        inside = which == number
        if inside.any():
            fractured, n = int(labels[inside].sum()), int(inside.sum())
            points.append(
                ProbabilityBin(float(values[inside].mean()), float(labels[inside].mean()), wilson(fractured, n), n)
            )
    return points
