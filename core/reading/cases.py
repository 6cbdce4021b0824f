"""One case as one reader meets it: what they may see, what is asked of them, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.domain import ReadingMode, Review
from core.errors import NotFoundError
from core.processes import now
from core.reading.modes import Sight, sight, veil
from core.store import claims, listing, reviews
from core.store.database import Database
from core.store.records import Order, Row

LEASE = timedelta(minutes=10)  # nobody looks at one radiograph for longer without a word
LOOKED_AT = 500  # entries of an order at a time


class Step(StrEnum):
    """What is asked of a reader."""

    READ = "read"
    CONFIRM = "confirm"  # the first verdict is kept; the model's answer is in sight now: confirm or change
    ADJUDICATE = "adjudicate"
    DONE = "done"
    HELD = "held"  # somebody else is reading it
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Case:
    """An entry for one reader.

    Attributes:
        row: without what this reader may not see.
        own: this reader's standing verdict; the standing adjudication where they adjudicate.
        history: everything said so far that this reader may know, oldest first.
        held_by: who else is reading it, where that keeps this reader out.
    """

    row: Row
    sight: Sight
    step: Step
    own: Review | None
    history: tuple[Review, ...]
    held_by: str = ""


class Cases:
    """Cases, and the claims that keep two readers from reading the same one. Readers are people, not tabs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, entry_id: int, reader: str, adjudicating: bool = False) -> Case:
        """An entry as this reader meets it now.

        Args:
            adjudicating: they work through the adjudications, and settle also what they have read themselves.

        Raises:
            NotFoundError: no such entry.
        """
        with self._database.reading() as connection:
            return _case(connection, entry_id, reader, adjudicating)

    def take(self, entry_id: int, reader: str, adjudicating: bool = False) -> Case:
        """As `case`, and claim it where something is to be done; again keeps it for another `LEASE`."""
        with self._database.writing() as connection:
            found = _case(connection, entry_id, reader, adjudicating)
            if found.step in (Step.READ, Step.CONFIRM, Step.ADJUDICATE):
                claims.take(connection, entry_id, reader, now(), LEASE)
            return found

    def release(self, entry_id: int, reader: str) -> None:
        """Leave an entry without a verdict."""
        with self._database.writing() as connection:
            claims.release(connection, entry_id, reader)

    def next(self, order: Order, after: int | None, reader: str) -> int | None:
        """Claim the next entry that this reader is to read, and say which; None where there is none left.

        Passed over is what this reader has a verdict on, what enough readers have read, and what others are reading.

        Args:
            after: an entry of the order to go on from; from the beginning where None.
        """
        first = 0 if after not in order.entry_ids else order.entry_ids.index(after) + 1
        with self._database.writing() as connection:
            for start in range(first, len(order.entry_ids), LOOKED_AT):
                some = order.entry_ids[start : start + LOOKED_AT]
                found = claims.first_free(connection, some, reader, now())
                if found is not None:
                    claims.take(connection, found, reader, now(), LEASE)
                    return found
        return None


def _case(connection, entry_id: int, reader: str, adjudicating: bool) -> Case:
    found = listing.rows(connection, [entry_id], reader)
    if not found:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    row, seen = found[0], sight(found[0])
    own = reviews.latest(connection, entry_id, reader)
    settled = reviews.latest(connection, entry_id, reader, adjudication=True)
    others = [] if own or settled else claims.holders(connection, entry_id, reader, now())
    step = _step(row, own, settled, others, adjudicating)
    said = (each for each in reviews.history(connection, entry_id) if seen.others or each.reader == reader)
    return Case(
        row=veil(row),
        sight=seen,
        step=step,
        own=settled or (None if step is Step.ADJUDICATE else own),
        history=tuple(said),
        held_by=others[0] if others else "",
    )


def _step(row: Row, own: Review | None, settled: Review | None, others: list[str], adjudicating: bool) -> Step:
    if row.signed:
        return Step.FROZEN
    if settled:
        return Step.DONE
    if others:
        return Step.HELD
    if row.disputed and (adjudicating or own is None):
        return Step.ADJUDICATE
    if own is None:
        return Step.READ
    unaided = row.mode is ReadingMode.UNAIDED_FIRST and not own.aided
    return Step.CONFIRM if unaided and row.prediction_id is not None else Step.DONE
