"""From what a classifier said of labelled radiographs to the figures of a card. It is given the answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.card import (
    HIGH_SENSITIVITY,
    HIGH_SPECIFICITY,
    ChangedFigures,
    OperatingPoint,
    Part,
    SplitFigures,
    make,
    to_document,
)
from core.learning.evaluation import saliency
from core.statistics import calibration, discrimination
from core.statistics.intervals import wilson

WANTED_SENSITIVITY, WANTED_SPECIFICITY = 0.95, 0.95  # what the two operating points are chosen for, on tuning
REPORTED_SPECIFICITY = 0.9
CURVE_DIGITS = 5
HEADLINES = ("sensitivity", "sensitivity_ci", "specificity", "specificity_ci")  # of the high-sensitivity point


@dataclass(frozen=True, slots=True)
class ExamplePrediction:
    """What a classifier said of one radiograph, beside its reference standard.

    Attributes:
        file: its name.
        fractured: the reference standard.
        logit: as *fractured*, before calibration.
        probability: None where the gate declined.
        pointing: how its heatmap points at the boxes; None without boxes.
        peak: (x, y) of the heatmap's highest cell, as fractions of the radiograph; None without evidence.
        noted: whether it got a probability that was said not to hold, since it looks inverted or turned; None where
            the version cannot tell.
    """

    file: str
    fractured: bool
    logit: float
    probability: float | None
    pointing: saliency.Pointing | None = None
    peak: tuple[float, float] | None = None
    noted: bool | None = None

    @property
    def value(self) -> float:
        """To rank and to compare with thresholds: what the gate declined stands below everything else."""
        return -1.0 if self.probability is None else self.probability


def summarise(
    answers: Sequence[ExamplePrediction],
    low: float,
    high: float,
    whole: bool = True,
    iou_threshold: float | None = None,
) -> SplitFigures:
    """All figures of one group of radiographs.

    A radiograph that the gate declined is not positive at any threshold: a declined fracture counts as missed.

    Args:
        low, high: thresholds of the high-sensitivity and the high-specificity operating point.
        whole: False for a subgroup, without what needs many radiographs or much room: curves and bootstraps.
        iou_threshold: see `saliency.summarise`.

    Returns:
        At least n, n_fractured, auc, auc_ci, sensitivity, specificity, ece, and hit_rate with boxes.
    """
    labels, values = labels_and_values(answers)
    assessed = values >= 0
    both = 0 < labels.sum() < len(labels)
    points = {
        "high_sensitivity": {"threshold": low, **asdict(discrimination.at_threshold(labels, values >= low))},
        "high_specificity": {"threshold": high, **asdict(discrimination.at_threshold(labels, values >= high))},
    }
    figures: dict = {
        "n": len(answers),
        "n_fractured": int(labels.sum()),
        "prevalence": float(labels.mean()) if len(labels) else math.nan,
        "coverage": float(assessed.mean()) if len(labels) else math.nan,
        "noted": float(np.mean(told)) if (told := [a.noted for a in answers if a.noted is not None]) else None,
        "auc": discrimination.auc(labels, values),
        "auc_ci": discrimination.auc_interval(labels, values),
        "average_precision": discrimination.average_precision(labels, values),
        "points": points,
        "bands": _bands(labels, values, assessed, low, high),
        "ece": None,
        **{name: points["high_sensitivity"][name] for name in HEADLINES},
    }
    if both:
        figures["sensitivity_at_90_specificity"] = _at_90(labels, values)
    if both and whole:
        bootstrapped = {"average_precision": discrimination.average_precision, "sensitivity_at_90_specificity": _at_90}
        for name, statistic in bootstrapped.items():
            figures[f"{name}_ci"] = discrimination.bootstrap_interval(statistic, labels, values)
        figures["curves"] = {
            "roc": _curve(("false_positive_rate", "sensitivity"), discrimination.roc_points(labels, values)),
            "precision_recall": _curve(
                ("sensitivity", "precision"), discrimination.precision_recall_points(labels, values)
            ),
        }
    if assessed.any():
        figures |= _calibration(labels[assessed], values[assessed], whole)
    return make(SplitFigures, plain(figures | _saliency(answers, low, iou_threshold)))


def labels_and_values(answers: Sequence[ExamplePrediction]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool and (N,) float64, see `ExamplePrediction.value`."""
    return np.array([a.fractured for a in answers], bool), np.array([a.value for a in answers], np.float64)


def _at_90(labels: np.ndarray, values: np.ndarray) -> float:
    return discrimination.sensitivity_at_specificity(labels, values, REPORTED_SPECIFICITY)


def _curve(axes: tuple[str, str], points: Sequence[tuple[float, float]]) -> dict:
    return {axis: [round(point[index], CURVE_DIGITS) for point in points] for index, axis in enumerate(axes)}


def _bands(labels: np.ndarray, values: np.ndarray, assessed: np.ndarray, low: float, high: float) -> dict:
    """Per band: how many, their share, and of them the share fractured; where a band takes a side, its error rate."""
    inside = {
        "positive": (assessed & (values >= high), ~labels),
        "doubt": (assessed & (values >= low) & (values < high), None),
        "negative": (assessed & (values < low), labels),
        "not_assessable": (~assessed, None),
    }
    found = {}
    for name, (mask, wrong) in inside.items():
        n, fractured = int(mask.sum()), int(labels[mask].sum())
        found[name] = {
            "n": n,
            "share": n / len(mask) if len(mask) else None,
            "n_fractured": fractured,
            "share_fractured": fractured / n if n else None,
            "share_fractured_ci": wilson(fractured, n) if n else None,
        }
        if wrong is not None:
            errors = int((mask & wrong).sum())
            found[name] |= {"error_rate": errors / n if n else None, "error_rate_ci": wilson(errors, n)}
    return found


def _calibration(labels: np.ndarray, values: np.ndarray, whole: bool) -> dict:
    figures = {
        "ece": calibration.expected_calibration_error(labels, values),
        "ece_by_chance": calibration.chance_range(values),
        "brier": calibration.brier(labels, values),
    }
    if not whole:
        return figures
    found = calibration.recalibration(labels, values)
    return figures | {
        "brier_ci": saliency.mean_interval((values - labels) ** 2),
        "calibration_slope": found.slope,
        "calibration_slope_ci": found.slope_interval,
        "calibration_intercept": found.intercept,
        "calibration_intercept_ci": found.intercept_interval,
        "reliability": [
            {
                "probability": point.probability,
                "share_fractured": point.share,
                "share_fractured_ci": point.interval,
                "count": point.n,
            }
            for point in calibration.reliability(labels, values)
        ],
    }


def _saliency(answers: Sequence[ExamplePrediction], low: float, iou_threshold: float | None) -> dict:
    """Over all located fractures, and over those that are positive at the high-sensitivity point."""
    located = [(a, a.pointing) for a in answers if a.pointing is not None]
    figures: dict[str, object] = {}
    for suffix, group in (("", located), ("_true_positives", [pair for pair in located if pair[0].value >= low])):
        pointings, shown = [pointing for _, pointing in group], [a.probability is not None for a, _ in group]
        found = saliency.summarise(pointings, shown, iou_threshold)
        iou_threshold = iou_threshold if found.iou_threshold is None else found.iou_threshold  # the same for both
        figures |= {f"{name}{suffix}": value for name, value in to_document(found).items()}
    return figures


def operating_points(
    answers: Sequence[ExamplePrediction], measured_on: str, thresholds: tuple[float, float] | None = None
) -> tuple[OperatingPoint, ...]:
    """The card's two operating points.

    Args:
        answers: where they are measured, and chosen where `thresholds` is None.
        measured_on: the data set and split, in words.
        thresholds: of the high-sensitivity and the high-specificity point, where they are chosen already.
    """
    labels, values = labels_and_values(answers)
    if thresholds is None:
        # A declined radiograph is below every threshold: where one would be the threshold, that is 0.
        low = max(0.0, discrimination.threshold_at_sensitivity(labels, values, WANTED_SENSITIVITY))
        high = max(0.0, discrimination.threshold_at_specificity(labels, values, WANTED_SPECIFICITY))
        thresholds = (min(low, high), max(low, high))
    return tuple(
        make(
            OperatingPoint,
            plain(
                {
                    "name": name,
                    "threshold": threshold,
                    **asdict(discrimination.at_threshold(labels, values >= threshold)),
                    "measured_on": measured_on,
                    "prevalence": float(labels.mean()),
                }
            ),
        )
        for name, threshold in zip((HIGH_SENSITIVITY, HIGH_SPECIFICITY), thresholds, strict=True)
    )


def by_subgroup(
    answers: Sequence[ExamplePrediction],
    groups: Mapping[str, Callable[[ExamplePrediction], bool]],
    low: float,
    high: float,
    iou_threshold: float | None = None,
) -> dict[str, SplitFigures]:
    """The figures of each named group that somebody is in; without an AUC where a class is missing."""
    found = {}
    for name, belongs in groups.items():
        chosen = [a for a in answers if belongs(a)]
        if chosen:
            found[name] = summarise(chosen, low, high, whole=False, iou_threshold=iou_threshold)
    return found


def with_difference(
    figures: SplitFigures, first: Sequence[ExamplePrediction], second: Sequence[ExamplePrediction]
) -> SplitFigures:
    """The second classifier's figures, with the AUC of the first minus its own.

    Args:
        figures: of the second.
        first, second: what each says of the same radiographs, in the same order.
    """
    (labels, values), (_, others) = labels_and_values(first), labels_and_values(second)
    found = discrimination.auc_difference(labels, values, others)
    return replace(
        figures,
        auc_difference=finite(found.value),
        auc_difference_ci=found.interval,
        auc_difference_p=found.p,
    )


def with_subgroups(figures: SplitFigures, subgroups: Mapping[str, SplitFigures]) -> SplitFigures:
    """The figures with those of subgroups, which are written even where there are none."""
    return replace(figures, subgroups=subgroups, order=(*figures.order, "subgroups"))


def with_changed(figures: SplitFigures, changed: Mapping[str, ChangedFigures]) -> SplitFigures:
    """The figures with those of radiographs changed on purpose, which are written even where there are none."""
    return replace(figures, changed=changed, order=(*figures.order, "changed"))


def finite(value: float) -> float | None:
    """The value; None where it is NaN or infinite, which JSON cannot hold."""
    return value if math.isfinite(value) else None


def plain(value: Any) -> Any:
    """What JSON can hold: tuples and parts become lists and objects, NaN and infinities None."""
    if isinstance(value, Part):
        return plain(to_document(value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return finite(float(value))
    return value
