"""The figures of a card, from answers written by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.card import to_document
from core.learning.evaluation.figures import (
    ExamplePrediction,
    by_subgroup,
    operating_points,
    summarise,
    with_difference,
)
from core.learning.evaluation.saliency import OVERLAP_THRESHOLDS, Pointing
from core.statistics.intervals import wilson

ASKED_FOR = ("n", "n_fractured", "auc", "auc_ci", "sensitivity", "specificity", "ece")


def answer(
    fractured: bool,
    probability: float | None,
    distance: float | None = None,
    energy: float = 0.0,
    file: str = "x",
) -> ExamplePrediction:
    pointing = None
    if distance is not None:
        pointing = Pointing(distance, energy, (energy,) * len(OVERLAP_THRESHOLDS), 0.01, 0.02, 0.03)
    return ExamplePrediction(file, fractured, 0.0, probability, pointing)


FRACTURED = [answer(True, p) for p in (0.9, 0.8, 0.4, 0.1)]
OTHERS = [answer(False, p) for p in (0.6, 0.3, 0.2, 0.05, 0.02)]


def test_figures_by_hand() -> None:
    figures = summarise(FRACTURED + OTHERS, low=0.25, high=0.7)
    assert all(getattr(figures, name) is not None for name in ASKED_FOR)
    assert (figures.n, figures.n_fractured, figures.coverage) == (9, 4, 1.0)
    assert figures.prevalence == pytest.approx(4 / 9)
    assert figures.auc == pytest.approx((5 + 5 + 4 + 2) / 20)
    assert (figures.sensitivity, figures.specificity) == (3 / 4, 3 / 5)
    high = figures.points["high_specificity"]
    assert (high.threshold, high.sensitivity, high.specificity) == (0.7, 2 / 4, 5 / 5)
    bands = figures.bands
    assert [bands[name].n for name in ("positive", "doubt", "negative", "not_assessable")] == [2, 3, 4, 0]
    assert (bands["positive"].error_rate, bands["negative"].error_rate) == (0.0, 1 / 4)
    assert bands["doubt"].error_rate is None and "error_rate" not in to_document(bands["doubt"])
    assert bands["negative"].n_fractured == 1 and bands["negative"].share == pytest.approx(4 / 9)
    assert figures.hit_rate is None and "hit_rate" not in to_document(figures)


def test_a_declined_fracture_is_missed() -> None:
    """At either point and in the AUC, where it stands below everything that was assessed."""
    answers = [answer(True, None), *FRACTURED, *OTHERS]
    figures = summarise(answers, low=0.0, high=0.7)
    assert figures.sensitivity == 4 / 5
    assert figures.points["high_specificity"].sensitivity == 2 / 5
    assert figures.auc == pytest.approx((5 + 5 + 4 + 2 + 0) / 25)
    assert figures.coverage == 9 / 10
    declined = figures.bands["not_assessable"]
    assert declined.share_fractured_ci == pytest.approx((0.2065, 1.0), abs=1e-4)
    assert (declined.n, declined.share, declined.n_fractured, declined.share_fractured) == (1, 0.1, 1, 1.0)


def test_a_declined_radiograph_without_a_fracture_is_a_true_negative() -> None:
    figures = summarise([answer(False, None), *FRACTURED, *OTHERS], low=0.25, high=0.7)
    assert figures.specificity == 4 / 6
    assert figures.ece == summarise(FRACTURED + OTHERS, low=0.25, high=0.7).ece


def test_the_pointing_game_by_hand() -> None:
    """Of four located fractures one is hit, one is near, one is far, one has no evidence; two are true positives."""
    located = [
        answer(True, 0.9, 0.0, 0.5),
        answer(True, 0.8, 14.0, 0.25),
        answer(True, 0.1, 40.0, 0.0),
        answer(True, 0.2, math.inf, 0.0),
    ]
    figures = summarise(located + OTHERS + [answer(True, 0.9)], low=0.5, high=0.7)
    assert figures.n_located == 4
    assert figures.hit_rate == 1 / 4 and figures.near_rate == 2 / 4
    assert figures.energy_inside == pytest.approx(0.75 / 4)
    assert figures.hit_rate_true_positives == 1 / 2 and figures.near_rate_true_positives == 1.0
    assert figures.hit_rate_ci == wilson(1, 4)


def test_a_declined_fracture_hits_nothing() -> None:
    """It has no overlay that could be seen."""
    figures = summarise([answer(True, None, 0.0, 1.0), answer(True, 0.9, 0.0, 1.0), *OTHERS], low=0.5, high=0.7)
    assert figures.hit_rate == 1 / 2 and figures.near_rate == 1 / 2


@pytest.mark.parametrize("answers", [[], FRACTURED, OTHERS, [answer(True, None), answer(False, None)]])
def test_whatever_is_missing_the_report_is_strict_json(answers: list[ExamplePrediction]) -> None:
    figures = summarise(answers, low=0.25, high=0.7)
    text = json.dumps(to_document(figures), allow_nan=False)
    assert all(key in json.loads(text) for key in ASKED_FOR)


def many(seed: int = 0) -> list[ExamplePrediction]:
    rng = np.random.default_rng(seed)
    labels = rng.random(300) < 0.3
    values = 1 / (1 + np.exp(-(rng.normal(size=300) + 2 * labels - 1)))
    return [answer(bool(label), float(value)) for label, value in zip(labels, values, strict=True)]


def test_operating_points_are_chosen_for_their_names() -> None:
    low, high = operating_points(many(), "phantoms, split val")
    assert (low.name, high.name) == ("high_sensitivity", "high_specificity")
    assert low.sensitivity >= 0.95 and high.specificity >= 0.95
    assert 0 < low.threshold < high.threshold < 1
    for point in (low, high):
        assert point.measured_on == "phantoms, split val"
        assert point.prevalence == pytest.approx(np.mean([a.fractured for a in many()]))
        assert point.sensitivity_ci[0] <= point.sensitivity <= point.sensitivity_ci[1]
    assert low.sensitivity > high.sensitivity and low.specificity < high.specificity


def test_operating_points_are_measured_where_they_were_not_chosen() -> None:
    low, high = operating_points(many(1), "elsewhere", thresholds=(0.3, 0.6))
    assert (low.threshold, high.threshold) == (0.3, 0.6)
    values = [a.probability >= 0.3 for a in many(1) if a.fractured]
    assert low.sensitivity == pytest.approx(np.mean(values))


def test_points_of_a_perfect_classifier_are_in_order() -> None:
    low, high = operating_points([answer(True, 0.9)] * 4 + [answer(False, 0.1)] * 4, "phantoms")
    assert 0.1 < low.threshold <= high.threshold <= 0.9
    assert low.sensitivity == high.specificity == 1.0


@pytest.mark.parametrize("declined", [True, False])
def test_points_where_much_is_declined_are_still_thresholds(declined: bool) -> None:
    """With every radiograph of one class declined there is nothing to choose between."""
    answers = [answer(declined, None)] * 5 + [answer(not declined, 0.3 + 0.1 * i) for i in range(5)]
    for point in operating_points(answers, "phantoms"):
        assert 0 <= point.threshold <= 1


def test_subgroups_of_one_class_have_no_auc() -> None:
    answers = [answer(True, 0.9, file="a"), answer(False, 0.2, file="b"), answer(True, 0.8, file="c")]
    groups = {"both": lambda a: a.file in "ab", "one": lambda a: a.file in "ac", "none": lambda a: False}
    found = by_subgroup(answers, groups, 0.3, 0.7)
    assert list(found) == ["both", "one"]
    assert found["both"].n == 2 and found["both"].auc == 1.0
    assert found["one"].auc is None and found["one"].sensitivity == 1.0


def test_a_subgroup_has_no_curves_and_the_whole_has() -> None:
    whole, part = (summarise(many(), 0.3, 0.6, whole=whole) for whole in (True, False))
    assert {"curves", "reliability", "average_precision_ci", "calibration_slope_ci"} <= to_document(
        whole
    ).keys() - to_document(part).keys()
    assert part.auc_ci == whole.auc_ci and part.ece == whole.ece
    low, high = whole.sensitivity_at_90_specificity_ci
    assert low <= whole.sensitivity_at_90_specificity <= high
    low, high = whole.brier_ci
    assert low <= whole.brier <= high
    curve = whole.curves.roc
    assert curve.sensitivity[0] == curve.false_positive_rate[0] == 0.0
    assert np.trapezoid(curve.sensitivity, curve.false_positive_rate) == pytest.approx(whole.auc, abs=1e-4)


def test_the_difference_of_two_classifiers() -> None:
    answers = many()
    backwards = [answer(a.fractured, 1 - a.probability) for a in answers]
    found = with_difference(summarise(backwards, 0.3, 0.6), answers, backwards)
    assert found.auc == summarise(backwards, 0.3, 0.6).auc
    assert found.auc_difference == pytest.approx(2 * summarise(answers, 0.3, 0.6).auc - 1)
    assert found.auc_difference_ci[0] > 0 and found.auc_difference_p < 1e-6
