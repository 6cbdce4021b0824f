"""The seat at a case: taken as it opens, kept while it is on the screen, given free as it is left.

A tab that goes away gives its seat free as its session ends; should the server end first, the lease runs out.
"""

from __future__ import annotations

import time

from core.reading.review.cases import LEASE, TO_DO, Case
from core.reading.worklist import WorklistOrder
from dashboard import resources

RENEW_SECONDS = LEASE.total_seconds() / 4


def take(entry_id: int, reader: str, adjudicating: bool = False) -> Case:
    """An entry as this reader meets it, and theirs alone where something is to be done. Raises NotFoundError."""
    seat, cases = resources.held_claim(), resources.services().cases
    if not seat.is_at(entry_id, reader):
        seat.leave()
    kept = seat.is_at(entry_id, reader) and time.monotonic() - seat.since < RENEW_SECONDS
    case = (cases.case if kept else cases.take)(entry_id, reader, adjudicating)
    if case.step not in TO_DO:
        seat.stand_up()
    elif not kept:
        seat.sit_down(entry_id, reader)
    return case


def go_on(order: WorklistOrder, entry_id: int, reader: str, to_read: bool = False) -> int | None:
    """Leave an entry for the next one of the order that is this reader's, and say which.

    Args:
        to_read: only one that waits for them, rather than any that they may come by.
    """
    cases = resources.services().cases
    target = (cases.next if to_read else cases.onward)(order, entry_id, reader)
    if target is not None:
        resources.held_claim().sit_down(target, reader)
    return target


def leave() -> None:
    """Somebody else may have the case that was on this screen."""
    resources.held_claim().leave()


def stand_up() -> None:
    """A verdict, given or taken back, has ended the claim; what is still to be done is claimed anew."""
    resources.held_claim().stand_up()
