"""Figures of discrimination, each with a 95 % interval. Labels are 1 for fractured; higher values mean fractured."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

CONFIDENCE = 0.95


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927); (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    interval = stats.binomtest(int(successes), int(trials)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def auc(labels: np.ndarray, values: np.ndarray) -> float:
    """Area under the ROC curve; NaN where one class is missing."""
    return float(roc_auc_score(labels, values)) if 0 < np.sum(labels) < len(labels) else math.nan


def auc_interval(labels: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """DeLong's interval of the AUC (DeLong et al. 1988; fast form of Sun and Xu 2014), clipped to [0, 1]."""
    labels, values = np.asarray(labels, bool), np.asarray(values, np.float64)
    positives, negatives = values[labels], values[~labels]
    m, n = len(positives), len(negatives)
    if m < 2 or n < 2:
        return 0.0, 1.0
    ranks = stats.rankdata(np.concatenate([positives, negatives]))
    by_positive = (ranks[:m] - stats.rankdata(positives)) / n
    by_negative = 1.0 - (ranks[m:] - stats.rankdata(negatives)) / m
    variance = by_positive.var(ddof=1) / m + by_negative.var(ddof=1) / n
    middle, half = float(by_positive.mean()), stats.norm.ppf(0.5 + CONFIDENCE / 2) * math.sqrt(variance)
    return max(0.0, middle - half), min(1.0, middle + half)


def average_precision(labels: np.ndarray, values: np.ndarray) -> float:
    """Area under the precision-recall curve; its floor is the prevalence."""
    return float(average_precision_score(labels, values)) if np.sum(labels) else math.nan


def at_threshold(labels: np.ndarray, positive: np.ndarray) -> dict:
    """Sensitivity and specificity of a decision with Wilson's intervals.

    Args:
        labels: (N,) bool.
        positive: (N,) bool, the decision.
    """
    labels, positive = np.asarray(labels, bool), np.asarray(positive, bool)
    hits, rejections = int(np.sum(labels & positive)), int(np.sum(~labels & ~positive))
    fractured, others = int(labels.sum()), int((~labels).sum())
    return {
        "sensitivity": hits / fractured if fractured else math.nan,
        "sensitivity_ci": wilson(hits, fractured),
        "specificity": rejections / others if others else math.nan,
        "specificity_ci": wilson(rejections, others),
    }


def sensitivity_at_specificity(labels: np.ndarray, values: np.ndarray, specificity: float) -> float:
    """The highest sensitivity among thresholds whose specificity is at least the one given."""
    false_positive, true_positive, _ = roc_curve(labels, values, drop_intermediate=False)
    return float(true_positive[false_positive <= 1.0 - specificity + 1e-12].max())


def threshold_at_sensitivity(labels: np.ndarray, values: np.ndarray, sensitivity: float) -> float:
    """The highest threshold (value >= threshold is positive) with at least this sensitivity."""
    ordered = np.sort(np.asarray(values)[np.asarray(labels, bool)])
    allowed_misses = math.floor((1.0 - sensitivity) * len(ordered) + 1e-9)
    return float(ordered[min(allowed_misses, len(ordered) - 1)])


def threshold_at_specificity(labels: np.ndarray, values: np.ndarray, specificity: float) -> float:
    """The lowest threshold (value >= threshold is positive) with at least this specificity."""
    ordered = np.sort(np.asarray(values, np.float64)[~np.asarray(labels, bool)])
    rejected = math.ceil(specificity * len(ordered) - 1e-9)
    highest = ordered[min(max(rejected, 1), len(ordered)) - 1]
    return float(np.nextafter(highest, np.inf))
