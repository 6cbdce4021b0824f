"""Figures of discrimination, each with a 95 % interval. Labels are 1 for fractured; higher values mean fractured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from core.statistics.intervals import DEVIATIONS, DRAWS, LOWER, UPPER, Interval, wilson


def auc(labels: np.ndarray, values: np.ndarray) -> float:
    """Area under the ROC curve; NaN where one class is missing."""
    return float(roc_auc_score(labels, values)) if 0 < np.sum(labels) < len(labels) else math.nan


def auc_interval(labels: np.ndarray, values: np.ndarray) -> Interval:
    """DeLong's interval of the AUC.

    With the placements V of the m fractured and of the n other radiographs (see `_placements`)

        AUC = mean(V_fractured) = mean(V_other)
        variance = var(V_fractured) / m + var(V_other) / n
        interval = AUC ± 1.96 sqrt(variance), clipped to [0, 1]

    where var is the sample variance, with m - 1 and n - 1 in its denominator.

    Args:
        labels: (N,) bool, True for fractured.
        values: (N,) float; higher values mean fractured.

    Returns:
        (0, 1) where a class has fewer than two radiographs.

    Source: DeLong et al. 1988, doi 10.2307/2531595; the fast form of Sun and Xu 2014, doi 10.1109/LSP.2014.2337313.
    """
    labels, values = np.asarray(labels, bool), np.asarray(values, np.float64)
    m, n = int(labels.sum()), int((~labels).sum())
    if m < 2 or n < 2:
        return 0.0, 1.0
    by_positive, by_negative = _placements(labels, values)
    variance = by_positive.var(ddof=1) / m + by_negative.var(ddof=1) / n
    middle, half = float(by_positive.mean()), DEVIATIONS * math.sqrt(variance)
    return max(0.0, middle - half), min(1.0, middle + half)


def _placements(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each fractured radiograph the share of the others below it, and for each other that of the fractured above.

    With ranks R among all N values, midranks where values are equal, and ranks R_c among the values of a class,

        V_fractured = (R - R_fractured) / n    and    V_other = 1 - (R - R_other) / m

    so that ties count half (Sun and Xu 2014).

    Args:
        labels: (N,) bool.
        values: (N,) float.

    Returns:
        (m,) and (n,) float64 in [0, 1], of the fractured and of the others.
    """
    values = np.asarray(values, np.float64)
    positives, negatives = values[labels], values[~labels]
    ranks = stats.rankdata(np.concatenate([positives, negatives]))
    by_positive = (ranks[: len(positives)] - stats.rankdata(positives)) / len(negatives)
    by_negative = 1.0 - (ranks[len(positives) :] - stats.rankdata(negatives)) / len(positives)
    return by_positive, by_negative


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two AUCs on the same radiographs, first minus second: with its 95 % interval and p of *no difference*."""

    value: float
    interval: Interval
    p: float


def auc_difference(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> Difference:
    """The difference of two classifiers' AUCs on the same radiographs, paired (DeLong et al. 1988).

    As in `auc_interval`, with the differences of both classifiers' placements in place of the placements. p is
    two-sided, from value / sqrt(variance) under a standard normal distribution.

    Args:
        labels: (N,) bool.
        first, second: (N,) what each classifier says; higher values mean fractured.

    Returns:
        NaN within (-1, 1) where a class has fewer than two radiographs.
    """
    labels = np.asarray(labels, bool)
    if min(labels.sum(), (~labels).sum()) < 2:
        return Difference(math.nan, (-1.0, 1.0), 1.0)
    (positive, negative), (positive_2, negative_2) = _placements(labels, first), _placements(labels, second)
    by_positive, by_negative = positive - positive_2, negative - negative_2
    value = float(by_positive.mean())
    spread = math.sqrt(by_positive.var(ddof=1) / len(by_positive) + by_negative.var(ddof=1) / len(by_negative))
    half = DEVIATIONS * spread
    p = float(2 * stats.norm.sf(abs(value) / spread)) if spread > 0 else 1.0
    return Difference(value, (max(-1.0, value - half), min(1.0, value + half)), p)


def mcnemar(first_right: np.ndarray, second_right: np.ndarray) -> float:
    """Exact p of *both are right equally often*, from the radiographs on which only one is (McNemar 1947)."""
    first_right, second_right = np.asarray(first_right, bool), np.asarray(second_right, bool)
    only_first, only_second = int(np.sum(first_right & ~second_right)), int(np.sum(~first_right & second_right))
    if only_first + only_second == 0:
        return 1.0
    return float(stats.binomtest(only_first, only_first + only_second).pvalue)


def bootstrap_interval(
    statistic: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    values: np.ndarray,
    groups: Sequence[object] | None = None,
    seed: int = 0,
) -> Interval:
    """Percentile interval of any figure over 2,000 draws with replacement (Efron 1979).

    Args:
        statistic: of (labels, values).
        groups: what belongs together, such as views of one patient, and is drawn together; each radiograph for itself
            where None.

    Returns:
        (0, 1) where no draw holds both classes.
    """
    labels, values = np.asarray(labels, bool), np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    named = np.arange(len(labels)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    members = [np.flatnonzero(named == name) for name in range(named.max() + 1 if len(named) else 0)]
    found = []
    for _ in range(DRAWS if members else 0):
        chosen = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if 0 < labels[chosen].sum() < len(chosen):
            found.append(statistic(labels[chosen], values[chosen]))
    return (float(np.quantile(found, LOWER)), float(np.quantile(found, UPPER))) if found else (0.0, 1.0)


def roc_points(labels: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
    """(1 - specificity, sensitivity) at the corners of the ROC curve, from (0, 0) to (1, 1)."""
    false_positive, true_positive, _ = roc_curve(labels, values, drop_intermediate=True)
    return [(float(x), float(y)) for x, y in zip(false_positive, true_positive, strict=True)]


def precision_recall_points(labels: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
    """(sensitivity, share of the positive that are fractured) at every threshold, the strictest first."""
    precision, sensitivity, _ = precision_recall_curve(labels, values, drop_intermediate=True)
    return [(float(x), float(y)) for x, y in zip(sensitivity[::-1], precision[::-1], strict=True)]


def average_precision(labels: np.ndarray, values: np.ndarray) -> float:
    """Area under the precision-recall curve; its floor is the prevalence."""
    return float(average_precision_score(labels, values)) if np.sum(labels) else math.nan


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """Sensitivity and specificity of a decision, with Wilson's intervals; NaN where a class is missing."""

    sensitivity: float
    sensitivity_ci: Interval
    specificity: float
    specificity_ci: Interval


def at_threshold(labels: np.ndarray, positive: np.ndarray) -> DecisionFigures:
    """Sensitivity and specificity of a decision.

    Args:
        labels: (N,) bool.
        positive: (N,) bool, the decision.
    """
    labels, positive = np.asarray(labels, bool), np.asarray(positive, bool)
    hits, rejections = int(np.sum(labels & positive)), int(np.sum(~labels & ~positive))
    fractured, others = int(labels.sum()), int((~labels).sum())
    return DecisionFigures(
        hits / fractured if fractured else math.nan,
        wilson(hits, fractured),
        rejections / others if others else math.nan,
        wilson(rejections, others),
    )


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
