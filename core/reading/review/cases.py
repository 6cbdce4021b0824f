"""One case as one reader meets it: what they may see, what is asked of them, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.domain import ReadingMode, Review, WorkState
from core.errors import NotFoundError
from core.processes import now
from core.reading.review.visibility import Visibility, redact, visibility
from core.store import claims, reviews, worklist_rows
from core.store.database import Database
from core.store.records import WorklistOrder, WorklistRow

LEASE = timedelta(minutes=10)  # nobody looks at one radiograph for longer without a word
LOOKED_AT_FIRST, LOOKED_AT = 16, 500  # entries of an order at a time


class ReviewStep(StrEnum):
    """What is asked of a reader."""

    READ = "read"
    CONFIRM = "confirm"  # the first verdict is kept; the model's answer is in sight now: confirm or change
    ADJUDICATE = "adjudicate"
    DONE = "done"
    HELD = "held"  # somebody else is reading it
    FROZEN = "frozen"


TO_DO = (ReviewStep.READ, ReviewStep.CONFIRM, ReviewStep.ADJUDICATE)  # what a case is claimed for


@dataclass(frozen=True, slots=True)
class Case:
    """An entry for one reader.

    Attributes:
        row: without what this reader may not see.
        own: this reader's standing verdict; the standing adjudication where they adjudicate.
        history: everything said so far that this reader may know, oldest first.
        readings: the standing verdicts of all readers, as far as this one may know them; no adjudications.
        held_by: who else is reading it, where that keeps this reader out.
    """

    row: WorklistRow
    visibility: Visibility
    step: ReviewStep
    own: Review | None
    history: tuple[Review, ...]
    readings: tuple[Review, ...]
    held_by: str = ""

    @property
    def adjudicates(self) -> bool:
        """Whether a verdict now settles what readers differ on."""
        return self.step is ReviewStep.ADJUDICATE or bool(self.own and self.own.adjudication)

    @property
    def is_open(self) -> bool:
        """Whether a verdict can be given, or given again."""
        return self.step not in (ReviewStep.HELD, ReviewStep.FROZEN)

    @property
    def ends(self) -> bool:
        """Whether a verdict now is all that is asked; else the model's answer follows it, to confirm or to change."""
        row = self.row
        answers = row.mode is ReadingMode.UNAIDED_FIRST and row.redacted and row.status is WorkState.PREDICTED
        return self.is_open and not (self.step is ReviewStep.READ and answers)

    @property
    def unaided(self) -> Review | None:
        """What the reader said before the model's answer was shown, where the standing verdict came after it."""
        if self.own is None or self.own.adjudication or not self.own.aided:
            return None
        before = (each for each in self.history if each.reader == self.own.reader and not each.adjudication)
        first = next((each for each in before if each.verdict is not None), self.own)
        return None if first.aided else first


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
            return _take(connection, entry_id, reader, adjudicating)

    def release(self, entry_id: int, reader: str) -> None:
        """Leave an entry without a verdict."""
        with self._database.writing() as connection:
            claims.release(connection, entry_id, reader)

    def next(self, order: WorklistOrder, after: int | None, reader: str) -> int | None:
        """Claim the next entry that waits for this reader, and say which; None where there is none left.

        Passed over is what this reader has a verdict on, what enough readers have read, and what others are reading.

        Args:
            after: an entry of the order to go on from; from the beginning where None.
        """
        with self._database.writing() as connection:
            for some in _following(order, after):
                found = claims.first_to_read(connection, some, reader, now(), order.adjudicating)
                if found is not None:
                    claims.take(connection, found, reader, now(), LEASE)
                    return found
        return None

    def onward(self, order: WorklistOrder, after: int, reader: str) -> int | None:
        """Leave an entry for the next one that `ahead` names, and claim that where something is to be done."""
        with self._database.writing() as connection:
            for entry_id in _ahead(connection, order, after, reader, 1):
                claims.release(connection, after, reader)
                _take(connection, entry_id, reader, order.adjudicating)
                return entry_id
        return None

    def waiting(self, order: WorklistOrder, reader: str) -> int | None:
        """The first entry of the order that waits for this reader; it is not claimed."""
        with self._database.reading() as connection:
            for some in _following(order, None):
                found = claims.first_to_read(connection, some, reader, now(), order.adjudicating)
                if found is not None:
                    return found
        return None

    def ahead(self, order: WorklistOrder, after: int, reader: str, number: int) -> tuple[int, ...]:
        """The entries that come next for this reader, nearest first, none of them claimed.

        Passed over is what others are reading, and what enough others have read and this reader has not.
        """
        with self._database.reading() as connection:
            return _ahead(connection, order, after, reader, number)


def _ahead(connection, order: WorklistOrder, after: int, reader: str, number: int) -> tuple[int, ...]:
    found: list[int] = []
    for some in _following(order, after):
        found += claims.passable(connection, some, reader, now(), order.adjudicating)
        if len(found) >= number:
            break
    return tuple(found[:number])


def _following(order: WorklistOrder, after: int | None) -> Iterator[tuple[int, ...]]:
    """An order's entries behind one of them, in pieces: a few at first, which mostly is enough."""
    at = 0 if after not in order.entry_ids else order.entry_ids.index(after) + 1
    size = LOOKED_AT_FIRST
    while at < len(order.entry_ids):
        yield order.entry_ids[at : at + size]
        at, size = at + size, LOOKED_AT


def _take(connection, entry_id: int, reader: str, adjudicating: bool) -> Case:
    found = _case(connection, entry_id, reader, adjudicating)
    if found.step in TO_DO:
        claims.take(connection, entry_id, reader, now(), LEASE)
    return found


def _case(connection, entry_id: int, reader: str, adjudicating: bool) -> Case:
    found = worklist_rows.rows(connection, [entry_id], reader)
    if not found:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    row, seen = found[0], visibility(found[0])
    history = reviews.history(connection, entry_id)
    standing = {(each.reader, each.adjudication): each for each in history}
    standing = {key: each for key, each in standing.items() if each.verdict is not None}
    own, settled = standing.get((reader, False)), standing.get((reader, True))
    settles = row.disputed and seen.others and (adjudicating or own is None)
    others = [] if settled or (own and not settles) else claims.holders(connection, entry_id, reader, now())
    step = _step(row, own, settled, others, settles)
    return Case(
        row=redact(row),
        visibility=seen,
        step=step,
        own=settled or (None if step is ReviewStep.ADJUDICATE else own),
        history=tuple(each for each in history if seen.others or each.reader == reader),
        readings=tuple(each for each in standing.values() if seen.others and not each.adjudication),
        held_by=others[0] if others else "",
    )


def _step(row: WorklistRow, own: Review | None, settled: Review | None, others: list[str], settles: bool) -> ReviewStep:
    if row.signed:
        return ReviewStep.FROZEN
    if settled:
        return ReviewStep.DONE
    if others:
        return ReviewStep.HELD
    if settles:
        return ReviewStep.ADJUDICATE
    if own is None:
        return ReviewStep.READ
    unaided = row.mode is ReadingMode.UNAIDED_FIRST and not own.aided
    return ReviewStep.CONFIRM if unaided and row.prediction_id is not None else ReviewStep.DONE
