"""Two versions on one test: paired figures by hand, and a sentence that never supports what is not shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.domain import Band
from core.learning.evaluation.compare import VersionAnswers, compare
from core.learning.evaluation.comparison import Comparison
from core.learning.evaluation.figures import ExamplePrediction


def reading(probabilities: list[float | None], labels: list[bool], version: str = "new", **changes) -> VersionAnswers:
    answers = [
        ExamplePrediction(f"{n}.png", y, 0.0, p) for n, (p, y) in enumerate(zip(probabilities, labels, strict=True))
    ]
    return VersionAnswers(
        **{"version": version, "sha256": "a" * 64, "low": 0.3, "high": 0.7, "answers": answers, "leaks": ()} | changes
    )


def compared(ours: VersionAnswers, theirs: VersionAnswers, margin: float = 0.02) -> Comparison:
    pictures = [f"{n:064d}" for n in range(len(ours.answers))]
    return compare(ours, theirs, pictures, ("m" * 64, "t" * 64), 3, margin)


def noisy(labels: np.ndarray, distance: float, seed: int) -> list[float]:
    """Probabilities that tell the classes apart the better the greater the distance."""
    values = np.random.default_rng(seed).normal(size=len(labels)) + distance * labels
    return list(1 / (1 + np.exp(-values)))


LABELS = np.arange(300) < 100


def test_mcnemar_by_hand() -> None:
    """Of ten fractured, 7 are found by the challenger alone and 1 by the champion alone: binomial(8, 1/2) at 7."""
    labels = [True] * 10 + [False] * 4
    ours = [0.9] * 8 + [0.1] * 2 + [0.1] * 4
    theirs = [0.9] + [0.1] * 7 + [0.9] + [0.1] + [0.1] * 4
    found = compared(reading(ours, labels), reading(theirs, labels, "old"))
    for point in found.points:
        assert point.sensitivity_p == pytest.approx(stats.binomtest(7, 8).pvalue)
        assert point.specificity_p == 1.0
    assert [point.sensitivity for point in found.challenger.points] == [0.8, 0.8]
    assert [point.sensitivity for point in found.champion.points] == [0.2, 0.2]
    assert len(found.disagreements) == 8


def test_each_version_is_judged_at_its_own_thresholds() -> None:
    labels = [True, True, False, False]
    found = compared(
        reading([0.5, 0.5, 0.1, 0.1], labels, low=0.4, high=0.45),
        reading([0.5, 0.5, 0.1, 0.1], labels, "old", low=0.6, high=0.65),
    )
    assert found.challenger.points[0].sensitivity == 1.0 and found.champion.points[0].sensitivity == 0.0
    assert {(item.challenger_band, item.champion_band) for item in found.disagreements} == {
        (Band.POSITIVE, Band.NEGATIVE)
    }


def test_disagreements_come_with_the_widest_apart_first() -> None:
    labels = [True, False, True]
    found = compared(reading([0.9, 0.5, None], labels), reading([0.1, 0.2, 0.95], labels, "old"))
    assert [item.sha256 for item in found.disagreements] == [f"{n:064d}" for n in (2, 0, 1)]
    assert found.disagreements[0].challenger_band is Band.NOT_ASSESSABLE
    assert found.challenger.coverage == pytest.approx(2 / 3)


def test_a_better_one_is_supported() -> None:
    found = compared(
        reading(noisy(LABELS, 3, 1), LABELS.tolist()), reading(noisy(LABELS, 1, 2), LABELS.tolist(), "old")
    )
    assert found.supported and found.auc_difference_ci[0] > 0 and "it is better" in found.sentence
    assert found.auc_difference == pytest.approx(found.challenger.auc - found.champion.auc)


def test_the_same_one_is_not_worse() -> None:
    same = noisy(LABELS, 2, 1)
    found = compared(reading(same, LABELS.tolist()), reading(same, LABELS.tolist(), "old"))
    assert found.supported and "not worse by 0.02 or more" in found.sentence
    assert found.auc_difference == 0.0 and found.auc_difference_p == 1.0 and found.disagreements == ()


def test_a_worse_one_and_one_nobody_can_tell_are_not_supported() -> None:
    good, poor = reading(noisy(LABELS, 3, 1), LABELS.tolist()), reading(noisy(LABELS, 1, 2), LABELS.tolist(), "old")
    assert not compared(poor, good).supported
    few = LABELS[80:140]
    found = compared(reading(noisy(few, 2, 3), few.tolist()), reading(noisy(few, 2, 4), few.tolist(), "old"))
    assert not found.supported and "cannot be ruled out" in found.sentence
    assert compared(
        reading(noisy(few, 2, 3), few.tolist()), reading(noisy(few, 2, 4), few.tolist()), margin=0.5
    ).supported


@pytest.mark.parametrize(("fractured", "others", "enough"), [(8, 3, False), (100, 19, False), (20, 20, True)])
def test_a_handful_of_pictures_supports_nothing(fractured: int, others: int, enough: bool) -> None:
    """However perfect the challenger and however silent the champion: the interval would be of no width at all."""
    labels = [True] * fractured + [False] * others
    ours = reading([0.9 if each else 0.1 for each in labels], labels)
    found = compared(ours, reading([None] * len(labels), labels, "old"))
    assert found.supported is enough
    assert ("prove nothing" in found.sentence) is not enough


@pytest.mark.parametrize("side", ["challenger", "champion"])
def test_leaks_never_support(side: str) -> None:
    leaks = ("5 of the 300 pictures to be measured on were used to train or to choose it.",)
    ours = reading(noisy(LABELS, 3, 1), LABELS.tolist(), leaks=leaks if side == "challenger" else ())
    theirs = reading(noisy(LABELS, 1, 2), LABELS.tolist(), "old", leaks=leaks if side == "champion" else ())
    found = compared(ours, theirs)
    assert not found.supported and "leaks" in found.sentence and leaks[0] in found.sentence


def test_it_comes_back_from_the_store() -> None:
    declined = [None if n % 7 == 0 else p for n, p in enumerate(noisy(LABELS, 2, 5))]
    found = compared(reading(declined, LABELS.tolist()), reading(noisy(LABELS, 1, 6), LABELS.tolist(), "old"))
    assert Comparison.from_json(found.to_json()) == found
    nothing = compared(reading([None] * 300, LABELS.tolist()), reading(noisy(LABELS, 1, 6), LABELS.tolist(), "old"))
    assert nothing.challenger.ece is None and Comparison.from_json(nothing.to_json()) == nothing
