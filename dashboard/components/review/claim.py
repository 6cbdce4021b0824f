"""The claim on the case that this session shows: made as the case opens, renewed while it is shown, then released.

A tab that is closed releases its claim as Streamlit ends its session. Should the server end first, the claim's lease
runs out.
"""

from __future__ import annotations

import time

from core.reading.review.cases import CLAIMED_STEPS, LEASE, Case
from core.reading.worklist import WorklistOrder
from dashboard import resources

RENEW_SECONDS = LEASE.total_seconds() / 4


def open_case(entry_id: int, reader: str, adjudicating: bool = False) -> Case:
    """Read a case, and claim it where its step needs that. The claim on another case is released.

    Args:
        adjudicating: see `Cases.case`.

    Raises:
        NotFoundError: no such entry.
    """
    held, cases = resources.held_claim(), resources.services().cases
    if not held.is_on(entry_id, reader):
        held.release()
    is_recent = held.is_on(entry_id, reader) and time.monotonic() - held.claimed_at < RENEW_SECONDS
    case = (cases.case if is_recent else cases.claim)(entry_id, reader, adjudicating)
    if case.step not in CLAIMED_STEPS:
        held.forget()
    elif not is_recent:
        held.note(entry_id, reader)
    return case


def move_to_next(order: WorklistOrder, entry_id: int, reader: str, waiting_only: bool = False) -> int | None:
    """Leave an entry for the next one of the order that this reader may open, and return its id; None at the end.

    Args:
        waiting_only: pass over entries that do not wait for this reader's verdict.
    """
    cases = resources.services().cases
    target = (cases.claim_next_waiting if waiting_only else cases.move_to_next)(order, entry_id, reader)
    if target is not None:
        resources.held_claim().note(target, reader)
    return target


def release() -> None:
    """Release the claim of this session, if it has one."""
    resources.held_claim().release()


def forget() -> None:
    """Note that a verdict, given or taken back, has ended the claim. What is still to be done is claimed anew."""
    resources.held_claim().forget()
