"""A verdict is for the radiograph and the prediction that were on the screen, and for no other."""

from __future__ import annotations

import pytest

from core.bootstrap import Services
from core.domain import Band, BatchState, Verdict
from core.errors import NotFoundError, SignedBatchError, StoreError
from core.reading.review.reviews import agreement
from core.reading.worklist import WorklistFilter, WorklistRow
from tests.fakes import picture, read_all, take_in


@pytest.fixture
def two(services: Services) -> list[WorklistRow]:
    batch_id = take_in(services, ("a.png", picture(0.2)), ("b.png", picture(0.9)))
    read_all(services)
    return services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=batch_id)), 1)


def test_a_verdict_is_there_when_the_call_returns(services: Services, two: list[WorklistRow]) -> None:
    row = two[0]
    review = services.reviews.give(
        row.entry_id, row.prediction_id, " ann@x.org ", Verdict.FRACTURED, " distal\nradius\x00 "
    )
    assert (review.reader, review.verdict, review.comment) == ("ann@x.org", Verdict.FRACTURED, "distal\nradius\ufffd")
    assert services.reviews.latest(row.entry_id, "ann@x.org") == review
    now = services.worklist.row(row.entry_id)
    assert (now.verdict, now.reviewer, now.comment) == (Verdict.FRACTURED, "ann@x.org", review.comment)
    assert (now.reviewed_prediction_id, now.reviewed_at) == (row.prediction_id, review.created)
    assert services.worklist.row(two[1].entry_id).verdict is None


def test_undo_takes_back_and_forgets_nothing(services: Services, two: list[WorklistRow]) -> None:
    row = two[0]
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.FRACTURED)
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.UNSURE)
    undone = services.reviews.undo(row.entry_id, "ann")
    assert (undone.verdict, undone.prediction_id) == (None, row.prediction_id)
    assert services.reviews.latest(row.entry_id, "ann") is None
    assert services.worklist.row(row.entry_id).verdict is None
    assert [r.verdict for r in services.reviews.history(row.entry_id)] == [Verdict.FRACTURED, Verdict.UNSURE, None]
    with pytest.raises(NotFoundError, match="no verdict of yours"):
        services.reviews.undo(row.entry_id, "ann")


def test_nobody_takes_back_what_another_said(services: Services, two: list[WorklistRow]) -> None:
    services.reviews.give(two[0].entry_id, None, "ann", Verdict.FRACTURED)
    with pytest.raises(NotFoundError):
        services.reviews.undo(two[0].entry_id, "bob")


def test_a_prediction_of_another_radiograph_is_refused(services: Services, two: list[WorklistRow]) -> None:
    first, second = two
    with pytest.raises(NotFoundError, match="not of this radiograph"):
        services.reviews.give(first.entry_id, second.prediction_id, "ann", Verdict.FRACTURED)
    with pytest.raises(NotFoundError):
        services.reviews.give(99, None, "ann", Verdict.FRACTURED)
    assert services.reviews.history(first.entry_id) == []


@pytest.mark.parametrize("reader", ["", "  "])
def test_a_verdict_has_a_reader(services: Services, two: list[WorklistRow], reader: str) -> None:
    with pytest.raises(ValueError, match="reader"):
        services.reviews.give(two[0].entry_id, None, reader, Verdict.FRACTURED)


def test_a_verdict_is_one_of_four(services: Services, two: list[WorklistRow]) -> None:
    with pytest.raises(ValueError, match="maybe"):
        services.reviews.give(two[0].entry_id, None, "ann", "maybe")


def test_a_signed_batch_is_frozen(services: Services, two: list[WorklistRow]) -> None:
    row = two[0]
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.FRACTURED)
    signed = services.batch_signing.sign(row.batch_id, "ann")
    assert (signed.state, signed.signed_by) == (BatchState.SIGNED, "ann")
    assert signed.signed_at is not None
    for change in (
        lambda: services.reviews.give(row.entry_id, row.prediction_id, "bob", Verdict.UNSURE),
        lambda: services.reviews.undo(row.entry_id, "ann"),
        lambda: services.batch_signing.sign(row.batch_id, "bob"),
    ):
        with pytest.raises(SignedBatchError):
            change()
    assert services.worklist.row(row.entry_id).signed
    assert services.worklist.row(row.entry_id).verdict is Verdict.FRACTURED


def test_what_is_not_read_yet_is_not_signed(services: Services) -> None:
    batch_id = take_in(services, ("a.png", picture(0.2)))
    with pytest.raises(StoreError, match="1 radiographs"):
        services.batch_signing.sign(batch_id, "ann")


@pytest.mark.parametrize("verdict", [*Verdict, None])
@pytest.mark.parametrize("band", [*Band, None])
def test_agreement_is_defined_for_four_pairs_only(verdict: Verdict | None, band: Band | None) -> None:
    expected = {
        (Verdict.FRACTURED, Band.POSITIVE): "agree",
        (Verdict.NOT_FRACTURED, Band.NEGATIVE): "agree",
        (Verdict.FRACTURED, Band.NEGATIVE): "disagree",
        (Verdict.NOT_FRACTURED, Band.POSITIVE): "disagree",
    }
    assert agreement(verdict, band) == expected.get((verdict, band))
