"""The class that readers gave: adjudicated, or agreed by all; what they saw of the model is not forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Review, Verdict
from core.learning.datasets.labels import Choice, Doubt, Label, settle

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
        ([("a", YES), ("b", NO)], Doubt.DISPUTED),
        ([("a", YES), ("b", UNSURE)], Doubt.DISPUTED),
        ([("a", UNSURE)], Doubt.OTHER),
        ([("a", Verdict.NOT_ASSESSABLE)], Doubt.OTHER),
        ([("a", YES), ("a", NO)], Label(False, False)),
        ([("a", YES), ("a", None)], Doubt.NOT_CHOSEN),
        ([("a", YES), ("b", NO), ("b", None)], Label(True, False)),
        ([("a", YES), ("b", NO), ("c", NO, None, True)], Label(False, False)),
        ([("a", YES), ("b", NO), ("c", NO, None, True), ("c", None, None, True)], Doubt.DISPUTED),
        ([("a", YES, SEEN)], Label(True, True)),
        ([("a", YES), ("b", YES, SEEN)], Label(True, True)),
        ([], Doubt.NOT_CHOSEN),
    ],
)
def test_the_class(given: list[tuple], expected: Label | Doubt) -> None:
    assert settle(said(*given), Choice()) == expected


def test_aided_verdicts_can_be_left_out() -> None:
    unaided = Choice(aided=False)
    assert settle(said(("a", YES, SEEN)), unaided) is Doubt.NOT_CHOSEN
    assert settle(said(("a", YES), ("b", NO, SEEN)), unaided) == Label(True, False)
    switched = said(("a", YES), ("a", NO, SEEN))
    assert settle(switched, unaided) == Label(True, False), "what was said before the answer was shown"
    assert settle(switched, Choice()) == Label(False, True)
    assert settle(said(("a", YES), ("a", None, SEEN)), unaided) is Doubt.NOT_CHOSEN, "taken back is taken back"


def test_readers_and_time_can_be_chosen() -> None:
    given = said(("a", YES), ("b", NO))
    assert settle(given, Choice(readers=("b",))) == Label(False, False)
    assert settle(given, Choice(since=START + timedelta(days=1))) == Label(False, False)
    assert settle(given, Choice(since=START + timedelta(days=2))) is Doubt.NOT_CHOSEN


def test_one_readers_verdict_in_a_later_batch_replaces_the_earlier_one() -> None:
    earlier = Review(1, 1, "a", None, YES, "", START)
    later = Review(2, 2, "a", None, NO, "", START)
    assert settle([earlier, later], Choice()) == Label(False, False)
