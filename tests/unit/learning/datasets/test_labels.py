"""The class that readers gave: adjudicated, or agreed by all; what they saw of the model is not forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Review, Verdict
from core.learning.datasets.labels import Label, LabelPolicy, NoLabel, label

START = datetime(2026, 11, 1, tzinfo=UTC)
YES, NO, UNSURE = Verdict.FRACTURED, Verdict.NOT_FRACTURED, Verdict.UNSURE
SEEN = 7  # the prediction that was in sight


def said(*given: tuple) -> list[Review]:
    """(reader, verdict, prediction, adjudication) in order, one a day, of one entry."""
    reviews = []
    for number, (reader, verdict, *rest) in enumerate(given):
        prediction, adjudication = (*rest, *(None, False)[len(rest) :])
        moment = START + timedelta(days=number)
        reviews.append(Review(number, 1, reader, prediction, verdict, "", moment, adjudication=adjudication))
    return reviews


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("a", YES)], Label(True, False)),
        ([("a", NO)], Label(False, False)),
        ([("a", YES), ("b", YES)], Label(True, False)),
        ([("a", YES), ("b", NO)], NoLabel.DISPUTED),
        ([("a", YES), ("b", UNSURE)], NoLabel.DISPUTED),
        ([("a", UNSURE)], NoLabel.OTHER),
        ([("a", Verdict.NOT_ASSESSABLE)], NoLabel.OTHER),
        ([("a", YES), ("a", NO)], Label(False, False)),
        ([("a", YES), ("a", None)], NoLabel.NOT_CHOSEN),
        ([("a", YES), ("b", NO), ("b", None)], Label(True, False)),
        ([("a", YES), ("b", NO), ("c", NO, None, True)], Label(False, False)),
        ([("a", YES), ("b", NO), ("c", NO, None, True), ("c", None, None, True)], NoLabel.DISPUTED),
        ([("a", YES, SEEN)], Label(True, True)),
        ([("a", YES), ("b", YES, SEEN)], Label(True, True)),
        ([], NoLabel.NOT_CHOSEN),
    ],
)
def test_the_class(given: list[tuple], expected: Label | NoLabel) -> None:
    assert label(said(*given), LabelPolicy()) == expected


def test_aided_verdicts_can_be_left_out() -> None:
    unaided = LabelPolicy(aided=False)
    assert label(said(("a", YES, SEEN)), unaided) is NoLabel.NOT_CHOSEN
    assert label(said(("a", YES), ("b", NO, SEEN)), unaided) == Label(True, False)
    switched = said(("a", YES), ("a", NO, SEEN))
    assert label(switched, unaided) == Label(True, False), "what was said before the answer was shown"
    assert label(switched, LabelPolicy()) == Label(False, True)
    assert label(said(("a", YES), ("a", None, SEEN)), unaided) is NoLabel.NOT_CHOSEN, "taken back is taken back"


def test_readers_and_time_can_be_chosen() -> None:
    given = said(("a", YES), ("b", NO))
    assert label(given, LabelPolicy(readers=("b",))) == Label(False, False)
    assert label(given, LabelPolicy(since=START + timedelta(days=1))) == Label(False, False)
    assert label(given, LabelPolicy(since=START + timedelta(days=2))) is NoLabel.NOT_CHOSEN


def test_one_readers_verdict_in_a_later_batch_replaces_the_earlier_one() -> None:
    earlier = Review(1, 1, "a", None, YES, "", START)
    later = Review(2, 2, "a", None, NO, "", START)
    assert label([earlier, later], LabelPolicy()) == Label(False, False)
