"""Figures of discrimination against values from elsewhere: by hand, by brute force, from the literature."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from core.statistics import discrimination
from core.statistics.intervals import wilson


def auc_by_pairs(labels: np.ndarray, values: np.ndarray) -> float:
    """The share of pairs that are in order; a tie counts half."""
    pairs = itertools.product(values[labels], values[~labels])
    return float(np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs]))


def delong_by_definition(labels: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """DeLong et al. 1988, equations 3 to 5, written out: structural components of every radiograph."""
    positives, negatives = values[labels], values[~labels]
    wins = np.array([[(a > b) + 0.5 * (a == b) for b in negatives] for a in positives])
    variance = wins.mean(axis=1).var(ddof=1) / len(positives) + wins.mean(axis=0).var(ddof=1) / len(negatives)
    half = 1.959964 * math.sqrt(variance)
    return wins.mean() - half, wins.mean() + half


def sample(count: int, seed: int, steps: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Labels and overlapping values with ties."""
    rng = np.random.default_rng(seed)
    labels = rng.random(count) < 0.4
    return labels, np.round((rng.normal(size=count) + labels) * steps / 6) / steps


@pytest.mark.parametrize("seed", range(4))
def test_auc_and_its_interval_by_brute_force(seed: int) -> None:
    labels, values = sample(60, seed)
    assert discrimination.auc(labels, values) == pytest.approx(auc_by_pairs(labels, values))
    assert discrimination.auc_interval(labels, values) == pytest.approx(delong_by_definition(labels, values), abs=1e-6)


def test_interval_covers_the_truth_about_95_times_in_100() -> None:
    """Two normal distributions one apart have an AUC of 0.7602."""
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        labels = np.arange(120) < 50
        low, high = discrimination.auc_interval(labels, rng.normal(size=120) + labels)
        covered += low <= 0.76025 <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_interval_stays_within_its_bounds() -> None:
    labels = np.arange(20) < 8
    assert discrimination.auc_interval(labels, labels.astype(float)) == (1.0, 1.0)
    assert discrimination.auc_interval(np.arange(5) < 1, np.arange(5.0)) == (0.0, 1.0)
    assert math.isnan(discrimination.auc(np.ones(4), np.arange(4.0)))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (0, 0, 0.0, 1.0),
        (7, 7, 0.6457, 1.0),
    ],
)
def test_wilson_against_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


LABELS = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
VALUES = np.array([0.9, 0.8, 0.4, 0.1, 0.85, 0.5, 0.3, 0.2, 0.05, 0.01])


def test_at_a_threshold_by_hand() -> None:
    figures = discrimination.at_threshold(LABELS, VALUES >= 0.4)
    assert figures.sensitivity == 3 / 4 and figures.specificity == 4 / 6
    assert figures.sensitivity_ci == wilson(3, 4)
    assert figures.specificity_ci == wilson(4, 6)
    assert math.isnan(discrimination.at_threshold(LABELS[4:], VALUES[4:] > 0).sensitivity)


@pytest.mark.parametrize(
    ("specificity", "sensitivity"), [(1.0, 0.25), (0.84, 0.25), (0.83, 0.5), (0.66, 0.75), (0.5, 0.75), (0.3, 1.0)]
)
def test_sensitivity_at_a_specificity_by_hand(specificity: float, sensitivity: float) -> None:
    assert discrimination.sensitivity_at_specificity(LABELS, VALUES, specificity) == sensitivity


def test_sensitivity_at_a_specificity_with_ties() -> None:
    """Points on a straight part of the curve count as well."""
    labels = np.array([1, 0] * 10, bool)
    values = np.repeat(np.arange(10.0), 2)
    assert discrimination.sensitivity_at_specificity(labels, values, 0.9) == pytest.approx(0.1)
    assert discrimination.sensitivity_at_specificity(labels, values, 0.75) == pytest.approx(0.2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.9, 0.95, 1.0])
def test_thresholds_keep_what_they_promise_and_no_more(seed: int, wanted: float) -> None:
    """At least as sensitive (specific) as asked for, and no stricter (laxer) threshold would be."""
    labels, values = sample(80, seed)
    low = discrimination.threshold_at_sensitivity(labels, values, wanted)
    high = discrimination.threshold_at_specificity(labels, values, wanted)
    candidates = np.append(np.unique(values), values.max() + 1)
    sensitivities = [np.mean(values[labels] >= candidate) for candidate in candidates]
    assert np.mean(values[labels] >= low) >= wanted
    assert low == max(c for c, s in zip(candidates, sensitivities, strict=True) if s >= wanted)
    assert np.mean(values[~labels] < high) >= wanted
    specificities = [np.mean(values[~labels] < candidate) for candidate in candidates]
    least = min(c for c, s in zip(candidates, specificities, strict=True) if s >= wanted)
    assert high <= least and np.array_equal(values >= high, values >= least)


def test_average_precision_by_hand() -> None:
    assert discrimination.average_precision(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.7])) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert math.isnan(discrimination.average_precision(np.zeros(3), np.arange(3.0)))


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_of_two_aucs_by_definition(seed: int) -> None:
    """DeLong et al. 1988, equation 6, written out with the covariances of the structural components."""
    labels, first = sample(80, seed)
    second = first + np.random.default_rng(seed).normal(0, 0.7, 80)
    wins = [np.array([[(a > b) + 0.5 * (a == b) for b in v[~labels]] for a in v[labels]]) for v in (first, second)]
    by_positive = np.cov([w.mean(axis=1) for w in wins]) / labels.sum()
    by_negative = np.cov([w.mean(axis=0) for w in wins]) / (~labels).sum()
    contrast = np.array([1, -1])
    spread = math.sqrt(contrast @ (by_positive + by_negative) @ contrast)
    found = discrimination.auc_difference(labels, first, second)
    assert found.value == pytest.approx(auc_by_pairs(labels, first) - auc_by_pairs(labels, second))
    assert found.interval == pytest.approx((found.value - 1.959964 * spread, found.value + 1.959964 * spread), abs=1e-6)
    assert (found.p < 0.05) == (found.interval[0] > 0 or found.interval[1] < 0)


def test_a_classifier_does_not_differ_from_itself() -> None:
    labels, values = sample(40, 1)
    same = discrimination.auc_difference(labels, values, values)
    assert (same.value, same.interval, same.p) == (0.0, (0.0, 0.0), 1.0)
    assert discrimination.auc_difference(np.array([True, False]), np.zeros(2), np.zeros(2)).interval == (-1.0, 1.0)


def test_mcnemar_by_hand() -> None:
    """Of six that only one got right, one is the second's: 2 (1 + 6) / 64."""
    first, second = np.array([1, 1, 1, 1, 1, 0, 1, 0]), np.array([0, 0, 0, 0, 0, 1, 1, 0])
    assert discrimination.mcnemar(first, second) == pytest.approx(14 / 64)
    assert discrimination.mcnemar(first, first) == 1.0


def test_the_bootstrap_agrees_with_delong_and_draws_groups_together() -> None:
    rng = np.random.default_rng(2)
    labels = np.arange(150) < 60
    values = rng.normal(size=150) + labels
    alone = discrimination.bootstrap_interval(discrimination.auc, labels, values)
    assert alone == pytest.approx(discrimination.auc_interval(labels, values), abs=0.02)
    tripled, groups = np.tile(labels, 3), np.tile(np.arange(150), 3)
    together = discrimination.bootstrap_interval(discrimination.auc, tripled, np.tile(values, 3), groups)
    assert together == pytest.approx(alone, abs=0.02)
    apart = discrimination.bootstrap_interval(discrimination.auc, tripled, np.tile(values, 3))
    assert apart[1] - apart[0] < 0.7 * (together[1] - together[0])
    assert discrimination.bootstrap_interval(discrimination.auc, np.ones(4), np.zeros(4)) == (0.0, 1.0)


def test_the_curves_have_the_areas_that_are_reported() -> None:
    labels, values = sample(200, 4)
    x, y = np.array(discrimination.roc_points(labels, values)).T
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(discrimination.auc(labels, values))
    sensitivity, precision = np.array(discrimination.precision_recall_points(labels, values)).T
    assert sensitivity[0] == 0 and sensitivity[-1] == 1 and precision[-1] == pytest.approx(labels.mean())
    assert np.all(np.diff(sensitivity) >= 0)
