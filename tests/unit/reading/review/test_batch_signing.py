"""A batch's state: who signed it, who reopened it and why; what is signed does not change."""

from __future__ import annotations

import pytest

from core.bootstrap import Services
from core.domain import BatchState, Verdict
from core.errors import SignedBatchError, StoreError
from core.reading.review.cases import ReviewStep
from core.reading.worklist import WorklistFilter
from tests.fakes import picture, read_all, take_in


@pytest.fixture
def batch_id(services: Services) -> int:
    batch_id = take_in(services, ("a.png", picture(0.2)), ("b.png", picture(0.9)))
    read_all(services)
    return batch_id


def state(services: Services, batch_id: int) -> BatchState:
    return services.ingest.batch(batch_id).state


def test_the_life_of_a_batch_is_written_down(services: Services, batch_id: int) -> None:
    assert state(services, batch_id) is BatchState.OPEN
    row = services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=batch_id)), 1)[0]
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.FRACTURED)
    assert state(services, batch_id) is BatchState.READING
    assert services.batch_signing.sign(batch_id, "ann").signed_by == "ann"
    assert services.batch_signing.archive(batch_id, "bob").state is BatchState.ARCHIVED
    assert services.ingest.batch(batch_id).signed_by == "ann"
    reopened = services.batch_signing.reopen(batch_id, "carl", "  the wrong\nbatch ")
    assert (reopened.state, reopened.signed_at, reopened.signed_by) == (BatchState.READING, None, "")
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.UNSURE)
    events = services.batch_signing.events(batch_id)
    assert [(event.state, event.reader, event.reason) for event in events] == [
        (BatchState.READING, "ann", ""),
        (BatchState.SIGNED, "ann", ""),
        (BatchState.ARCHIVED, "bob", ""),
        (BatchState.READING, "carl", "the wrong batch"),
    ]
    assert events == sorted(events, key=lambda event: event.created)


@pytest.mark.parametrize("archived", [False, True])
def test_nothing_in_a_frozen_batch_changes(services: Services, batch_id: int, archived: bool) -> None:
    order = services.worklist.freeze(WorklistFilter(batch_id=batch_id))
    services.cases.claim(order.entry_ids[0], "ann")
    services.batch_signing.sign(batch_id, "ann")
    if archived:
        services.batch_signing.archive(batch_id, "ann")
    before = services.worklist.page(order, 1)
    for change in (
        lambda: services.reviews.give(order.entry_ids[0], None, "ann", Verdict.UNSURE),
        lambda: services.ingest.read_again(batch_id),
        lambda: take_in(services, ("c.png", picture(0.3)), batch_id=batch_id),
        lambda: services.batch_signing.sign(batch_id, "bob"),
    ):
        with pytest.raises(SignedBatchError):
            change()
    assert services.worklist.page(order, 1) == before
    assert services.cases.case(order.entry_ids[0], "bob").step is ReviewStep.FROZEN
    assert services.cases.claim(order.entry_ids[0], "bob").step is ReviewStep.FROZEN


def test_what_cannot_be_is_refused_with_what_to_do(services: Services, batch_id: int) -> None:
    with pytest.raises(StoreError, match="not signed"):
        services.batch_signing.archive(batch_id, "ann")
    with pytest.raises(StoreError, match="open already"):
        services.batch_signing.reopen(batch_id, "ann", "why not")
    services.batch_signing.sign(batch_id, "ann")
    with pytest.raises(StoreError, match="Write it down"):
        services.batch_signing.reopen(batch_id, "ann", " ")
    services.batch_signing.archive(batch_id, "ann")
    with pytest.raises(SignedBatchError, match="archived already"):
        services.batch_signing.archive(batch_id, "ann")
