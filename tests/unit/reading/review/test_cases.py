"""Two people do not read the same radiograph at once, a second reader is found, and what they differ on is settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.bootstrap import Services
from core.domain import ReadingMode, Verdict
from core.errors import ClaimedError, NotFoundError, StoreError
from core.reading.review import cases
from core.reading.review.cases import ReviewStep
from core.reading.worklist import WorklistFilter, WorklistOrder
from tests.fakes import picture, read_all, take_in

FRACTURED, NOT_FRACTURED = Verdict.FRACTURED, Verdict.NOT_FRACTURED


def make(services: Services, number: int = 3, second_share: float = 0.0) -> WorklistOrder:
    batch = services.ingest.create_batch("some", "ann", ReadingMode.AI_FIRST, second_share)
    take_in(services, *((f"{n}.png", picture(0.9 - n / 20, n)) for n in range(number)), batch_id=batch.id)
    read_all(services)
    return services.worklist.freeze(WorklistFilter(batch_id=batch.id))


def test_a_claim_keeps_others_out_until_it_is_released(services: Services) -> None:
    entry_id = make(services).entry_ids[0]
    assert services.cases.claim(entry_id, "ann").step is ReviewStep.READ
    assert services.cases.claim(entry_id, "ann").step is ReviewStep.READ  # in her second tab as well
    held = services.cases.claim(entry_id, "bob")
    assert (held.step, held.held_by) == (ReviewStep.HELD, "ann")
    with pytest.raises(ClaimedError, match="ann is reading"):
        services.reviews.give(entry_id, None, "bob", FRACTURED)
    assert services.reviews.history(entry_id) == []
    services.cases.release(entry_id, "bob")  # which is not his
    assert services.cases.case(entry_id, "bob").step is ReviewStep.HELD
    services.cases.release(entry_id, "ann")
    assert services.cases.claim(entry_id, "bob").step is ReviewStep.READ
    assert services.cases.case(entry_id, "ann").held_by == "bob"


def test_a_verdict_ends_the_claim(services: Services) -> None:
    entry_id = make(services).entry_ids[0]
    services.cases.claim(entry_id, "ann")
    services.reviews.give(entry_id, None, "ann", FRACTURED)
    assert services.cases.case(entry_id, "ann").step is ReviewStep.DONE
    assert services.cases.case(entry_id, "bob").step is ReviewStep.READ


def test_a_lease_runs_out(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    entry_id = make(services).entry_ids[0]
    services.cases.claim(entry_id, "ann")
    later = cases.now() + cases.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(cases, "now", lambda: later)
    assert services.cases.claim(entry_id, "bob").step is ReviewStep.READ
    assert services.cases.claim(entry_id, "ann").held_by == "bob"


def test_the_next_case_is_one_that_nobody_else_has(services: Services) -> None:
    order = make(services, 4)
    first, second, third, fourth = order.entry_ids
    assert services.cases.claim_next_waiting(order, None, "ann") == first
    assert services.cases.claim_next_waiting(order, None, "bob") == second
    services.reviews.give(first, None, "ann", FRACTURED)
    assert services.cases.claim_next_waiting(order, first, "ann") == third
    assert services.cases.claim_next_waiting(order, second, "bob") == fourth
    assert services.cases.claim_next_waiting(order, fourth, "bob") is None
    services.reviews.give(second, None, "bob", FRACTURED)
    assert services.cases.claim_next_waiting(order, None, "carl") is None
    services.batch_signing.sign(services.worklist.row(third).batch_id, "ann")
    assert services.cases.claim_next_waiting(order, None, "ann") is None


def test_the_way_on_passes_over_what_is_not_ones_own(services: Services) -> None:
    order = make(services, 5)
    first, second, third, fourth, fifth = order.entry_ids
    services.cases.claim(second, "bob")
    services.reviews.give(third, None, "bob", FRACTURED)
    assert services.cases.upcoming(order, first, "ann", 3) == (fourth, fifth)
    assert services.cases.upcoming(order, second, "bob", 3) == (third, fourth, fifth)  # what he has read is his
    services.cases.claim(first, "ann")
    assert services.cases.move_to_next(order, first, "ann") == fourth
    assert services.cases.case(first, "bob").step is ReviewStep.READ  # she has left it
    assert services.cases.case(fourth, "bob").held_by == "ann"
    assert services.cases.first_waiting(order, "carl") == first
    assert services.cases.move_to_next(order, fifth, "ann") is None
    services.batch_signing.sign(services.worklist.row(first).batch_id, "ann")
    assert services.cases.upcoming(order, first, "ann", 9) == (second, third, fourth, fifth)
    assert services.cases.first_waiting(order, "ann") is None


def test_the_way_through_the_adjudications_passes_over_what_is_settled(services: Services) -> None:
    make(services, 3, second_share=1.0)
    for entry_id in (1, 2, 3):
        services.reviews.give(entry_id, None, "ann", FRACTURED)
        services.reviews.give(entry_id, None, "bob", NOT_FRACTURED)
    queue = services.worklist.freeze(WorklistFilter(disputed=True))
    first, second, third = queue.entry_ids
    services.cases.claim(second, "carl", adjudicating=True)
    assert services.cases.claim_next_waiting(queue, first, "bob") == third
    assert services.cases.upcoming(queue, first, "ann", 3) == ()
    services.cases.release(third, "bob")
    services.reviews.adjudicate(second, None, "carl", FRACTURED)
    assert services.cases.case(second, "carl").adjudicates
    assert services.cases.upcoming(queue, first, "carl", 3) == (second, third)
    assert services.cases.upcoming(queue, first, "dora", 3) == (third,)


def test_a_second_reader_is_another_person(services: Services) -> None:
    order = make(services, 1, second_share=1.0)
    (entry_id,) = order.entry_ids
    assert services.cases.claim_next_waiting(order, None, "ann") == entry_id
    assert services.cases.claim_next_waiting(order, None, "bob") == entry_id  # it wants two readers
    assert services.cases.claim_next_waiting(order, None, "carl") is None
    services.reviews.give(entry_id, None, "ann", FRACTURED)
    assert services.cases.claim_next_waiting(order, None, "ann") is None
    assert services.cases.claim_next_waiting(order, None, "carl") is None  # bob has claimed the one that is left
    services.cases.release(entry_id, "bob")
    assert services.cases.claim_next_waiting(order, None, "carl") == entry_id


def test_what_readers_differ_on_is_adjudicated_and_that_is_the_reference_standard(services: Services) -> None:
    order = make(services, 2, second_share=1.0)
    entry_id, other = order.entry_ids
    batch_id = services.worklist.row(entry_id).batch_id
    queue = WorklistFilter(batch_id=batch_id, disputed=True)
    with pytest.raises(StoreError, match="do not differ"):
        services.reviews.adjudicate(entry_id, None, "carl", FRACTURED)
    services.reviews.give(entry_id, None, "ann", FRACTURED)
    services.reviews.give(entry_id, None, "bob", NOT_FRACTURED)
    for reader in ("ann", "bob"):
        services.reviews.give(other, None, reader, FRACTURED)
    assert services.worklist.freeze(queue).entry_ids == (entry_id,)
    assert services.worklist.counts(WorklistFilter(batch_id=batch_id)).disputed == 1
    with pytest.raises(StoreError, match="Adjudicate them"):
        services.batch_signing.sign(batch_id, "ann")
    assert services.cases.claim(entry_id, "carl").step is ReviewStep.ADJUDICATE
    assert [r.reader for r in services.cases.case(entry_id, "carl").history] == ["ann", "bob"]
    assert services.cases.case(entry_id, "dora").step is ReviewStep.HELD
    assert services.cases.case(entry_id, "ann").step is ReviewStep.DONE  # a slip is hers to mend, not to settle
    assert services.cases.case(entry_id, "ann", adjudicating=True).held_by == "carl"
    services.cases.release(entry_id, "carl")
    assert services.cases.claim(entry_id, "ann", adjudicating=True).step is ReviewStep.ADJUDICATE
    services.cases.release(entry_id, "ann")
    services.reviews.adjudicate(entry_id, None, "carl", FRACTURED, "the lateral view shows it")
    row = services.worklist.row(entry_id)
    assert (row.verdict, row.reviewer, row.adjudicated, row.disputed) == (FRACTURED, "carl", True, False)
    assert services.worklist.freeze(queue).entry_ids == ()
    services.reviews.give(entry_id, None, "bob", Verdict.UNSURE)  # changes nothing about it
    assert services.worklist.row(entry_id).reviewer == "carl"
    services.reviews.undo(entry_id, "carl")
    row = services.worklist.row(entry_id)
    assert (row.verdict, row.reviewer, row.adjudicated, row.disputed) == (Verdict.UNSURE, "bob", False, True)
    services.reviews.give(entry_id, None, "bob", FRACTURED)
    assert not services.worklist.row(entry_id).disputed
    services.batch_signing.sign(batch_id, "ann")


def test_an_entry_that_does_not_exist_is_no_case(services: Services) -> None:
    for look in (services.cases.case, services.cases.claim):
        with pytest.raises(NotFoundError):
            look(99, "ann")
