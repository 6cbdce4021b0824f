"""From what a classifier said of labelled radiographs to the figures of a card. It is given the answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.evaluation import calibration, metrics, saliency

HIGH_SENSITIVITY, HIGH_SPECIFICITY = 0.95, 0.95  # what the two operating points are chosen for, on tuning
REPORTED_SPECIFICITY = 0.9


@dataclass(frozen=True, slots=True)
class Answer:
    """What a classifier said of one radiograph, beside its reference standard.

    Attributes:
        file: its name.
        fractured: the reference standard.
        logit: as *fractured*, before calibration.
        probability: None where the gate declined.
        energy: share of the heatmap inside the boxes; None without boxes.
        distance: from the saliency peak to the nearest box, in pixels at 512 on the long side; None without boxes;
            infinite where there was no evidence.
    """

    file: str
    fractured: bool
    logit: float
    probability: float | None
    energy: float | None
    distance: float | None


def summarise(answers: Sequence[Answer], low: float, high: float) -> dict:
    """All figures of one group of radiographs.

    A radiograph that the gate declined is not positive at any threshold: a declined fracture counts as missed.

    Args:
        low, high: thresholds of the high-sensitivity and the high-specificity operating point.

    Returns:
        JSON-ready; at least n, n_fractured, auc, auc_ci, sensitivity, specificity, ece, and hit_rate with boxes.
    """
    labels = np.array([a.fractured for a in answers], bool)
    assessed = np.array([a.probability is not None for a in answers], bool)
    values = np.array([-1.0 if a.probability is None else a.probability for a in answers], np.float64)
    figures: dict = {
        "n": len(answers),
        "n_fractured": int(labels.sum()),
        "prevalence": float(labels.mean()) if len(labels) else math.nan,
        "coverage": float(assessed.mean()) if len(labels) else math.nan,
        "auc": metrics.auc(labels, values),
        "auc_ci": metrics.auc_interval(labels, values),
        "average_precision": metrics.average_precision(labels, values),
        "points": {
            "high_sensitivity": {"threshold": low, **metrics.at_threshold(labels, values >= low)},
            "high_specificity": {"threshold": high, **metrics.at_threshold(labels, values >= high)},
        },
        "bands": _bands(labels, values, assessed, low, high),
        "ece": None,
    }
    figures["sensitivity"] = figures["points"]["high_sensitivity"]["sensitivity"]
    figures["specificity"] = figures["points"]["high_sensitivity"]["specificity"]
    figures["sensitivity_ci"] = figures["points"]["high_sensitivity"]["sensitivity_ci"]
    figures["specificity_ci"] = figures["points"]["high_sensitivity"]["specificity_ci"]
    if 0 < labels.sum() < len(labels):
        figures["sensitivity_at_90_specificity"] = metrics.sensitivity_at_specificity(
            labels, values, REPORTED_SPECIFICITY
        )
    if assessed.any():
        figures |= _calibration(labels[assessed], values[assessed])
    return _plain(figures | _saliency(answers, low))


def _bands(labels: np.ndarray, values: np.ndarray, assessed: np.ndarray, low: float, high: float) -> dict:
    inside = {
        "positive": assessed & (values >= high),
        "doubt": assessed & (values >= low) & (values < high),
        "negative": assessed & (values < low),
        "not_assessable": ~assessed,
    }
    return {
        name: {
            "n": int(mask.sum()),
            "share": float(mask.mean()) if len(mask) else None,
            "n_fractured": int(labels[mask].sum()),
            "share_fractured": float(labels[mask].mean()) if mask.any() else None,
        }
        for name, mask in inside.items()
    }


def _calibration(labels: np.ndarray, values: np.ndarray) -> dict:
    slope, intercept = calibration.slope_and_intercept(labels, values)
    return {
        "ece": calibration.expected_calibration_error(labels, values),
        "ece_by_chance": calibration.chance_range(values),
        "brier": calibration.brier(labels, values),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "reliability": calibration.reliability(labels, values),
    }


def _saliency(answers: Sequence[Answer], low: float) -> dict:
    located = [a for a in answers if a.distance is not None]
    if not located:
        return {}
    found = [a for a in located if a.probability is not None and a.probability >= low]

    def figures(group: list[Answer], suffix: str) -> dict:
        if not group:
            return {}
        # A radiograph without a probability shows no overlay, so it hits nothing.
        hits = sum(a.distance == 0 and a.probability is not None for a in group)
        near = sum(a.distance <= saliency.NEAR_PIXELS and a.probability is not None for a in group)
        return {
            f"hit_rate{suffix}": hits / len(group),
            f"hit_rate_ci{suffix}": metrics.wilson(hits, len(group)),
            f"near_rate{suffix}": near / len(group),
            f"energy_inside{suffix}": float(np.mean([a.energy or 0.0 for a in group])),
        }

    return {"n_located": len(located), **figures(located, ""), **figures(found, "_true_positives")}


def operating_points(
    answers: Sequence[Answer], measured_on: str, thresholds: tuple[float, float] | None = None
) -> list:
    """The card's two operating points.

    Args:
        answers: where they are measured, and chosen where `thresholds` is None.
        measured_on: the data set and split, in words.
        thresholds: of the high-sensitivity and the high-specificity point, where they are chosen already.
    """
    labels = np.array([a.fractured for a in answers], bool)
    values = np.array([-1.0 if a.probability is None else a.probability for a in answers])
    if thresholds is None:
        # A declined radiograph is below every threshold: where one would be the threshold, that is 0.
        low = max(0.0, metrics.threshold_at_sensitivity(labels, values, HIGH_SENSITIVITY))
        high = max(0.0, metrics.threshold_at_specificity(labels, values, HIGH_SPECIFICITY))
        thresholds = (min(low, high), max(low, high))
    return [
        _plain(
            {
                "name": name,
                "threshold": threshold,
                **metrics.at_threshold(labels, values >= threshold),
                "measured_on": measured_on,
                "prevalence": float(labels.mean()),
            }
        )
        for name, threshold in zip(("high_sensitivity", "high_specificity"), thresholds, strict=True)
    ]


def by_subgroup(
    answers: Sequence[Answer], groups: dict[str, Callable[[Answer], bool]], low: float, high: float
) -> dict[str, dict]:
    """The figures of each named group that has both classes."""
    found = {}
    for name, belongs in groups.items():
        chosen = [a for a in answers if belongs(a)]
        if 0 < sum(a.fractured for a in chosen) < len(chosen):
            found[name] = summarise(chosen, low, high)
    return found


def _plain(value):
    """Tuples to lists, NumPy scalars to Python's, NaN and infinities to None: strict JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value
