"""Cases: what one reader may see of an entry, what this reader is asked to do, and who has claimed it."""

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

LEASE = timedelta(minutes=10)  # of a claim; longer than anybody looks at one radiograph without doing anything
# Entries of an order that one query looks at: the first piece is small, because it mostly holds the answer.
FIRST_PIECE, PIECE = 16, 500


class ReviewStep(StrEnum):
    """What a reader is asked to do.

    CONFIRM: the first, unaided verdict is saved and the model's answer is visible; confirm the verdict or change it.
    HELD: another reader has claimed the entry.
    FROZEN: the batch is signed.
    """

    READ = "read"
    CONFIRM = "confirm"
    ADJUDICATE = "adjudicate"
    DONE = "done"
    HELD = "held"
    FROZEN = "frozen"


CLAIMED_STEPS = (ReviewStep.READ, ReviewStep.CONFIRM, ReviewStep.ADJUDICATE)  # the steps that need a claim


@dataclass(frozen=True, slots=True)
class Case:
    """A batch entry as one reader may see it.

    Attributes:
        row: redacted for this reader.
        own: this reader's standing verdict; the standing adjudication where they adjudicate.
        history: all reviews that this reader may see, oldest first.
        standing: every reader's standing verdict, as far as this reader may see it; without adjudications.
        held_by: the other reader whose claim keeps this one out.
    """

    row: WorklistRow
    visibility: Visibility
    step: ReviewStep
    own: Review | None
    history: tuple[Review, ...]
    standing: tuple[Review, ...]
    held_by: str = ""

    @property
    def adjudicates(self) -> bool:
        """Whether a verdict given now is an adjudication."""
        return self.step is ReviewStep.ADJUDICATE or bool(self.own and self.own.adjudication)

    @property
    def is_open(self) -> bool:
        """Whether this reader can give a verdict, or change the one given."""
        return self.step not in (ReviewStep.HELD, ReviewStep.FROZEN)

    @property
    def completes(self) -> bool:
        """Whether a verdict given now is the last step; otherwise the model's answer follows, and CONFIRM."""
        row = self.row
        answer_follows = row.mode is ReadingMode.UNAIDED_FIRST and row.redacted and row.status is WorkState.PREDICTED
        return self.is_open and not (self.step is ReviewStep.READ and answer_follows)

    @property
    def unaided(self) -> Review | None:
        """This reader's first verdict, where it was unaided and the standing one is aided."""
        if self.own is None or self.own.adjudication or not self.own.aided:
            return None
        before = (each for each in self.history if each.reader == self.own.reader and not each.adjudication)
        first = next((each for each in before if each.verdict is not None), self.own)
        return None if first.aided else first


class Cases:
    """Cases, and the claims that keep two readers from reading the same one. A claim is a reader's, not a tab's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, entry_id: int, reader: str, adjudicating: bool = False) -> Case:
        """Look at an entry without claiming it.

        Args:
            adjudicating: this reader works through the adjudications, and may adjudicate an entry that they have read.

        Raises:
            NotFoundError: no such entry.
        """
        with self._database.reading() as connection:
            return _case(connection, entry_id, reader, adjudicating)

    def claim(self, entry_id: int, reader: str, adjudicating: bool = False) -> Case:
        """As `case`, and claim the entry for `LEASE` where its step needs that. A reader's own claim is renewed."""
        with self._database.writing() as connection:
            return _claim(connection, entry_id, reader, adjudicating)

    def release(self, entry_id: int, reader: str) -> None:
        """End this reader's claim, if there is one."""
        with self._database.writing() as connection:
            claims.release(connection, entry_id, reader)

    def claim_next_waiting(self, order: WorklistOrder, after: int | None, reader: str) -> int | None:
        """Claim the next entry that waits for this reader, and return its id; None where none is left.

        An entry waits for a reader who has no verdict on it, while it lacks verdicts and nobody else has claimed it.

        Args:
            after: an entry of the order; the search begins behind it, or at the order's beginning for None.
        """
        with self._database.writing() as connection:
            for piece in _pieces(order, after):
                found = claims.first_to_read(connection, piece, reader, now(), order.adjudicating)
                if found is not None:
                    claims.take(connection, found, reader, now(), LEASE)
                    return found
        return None

    def move_to_next(self, order: WorklistOrder, after: int, reader: str) -> int | None:
        """Release an entry, and claim the first of `upcoming` where its step needs that.

        Returns:
            The id of that entry; None where there is none, and then `after` stays claimed.
        """
        with self._database.writing() as connection:
            for entry_id in _upcoming(connection, order, after, reader, 1):
                claims.release(connection, after, reader)
                _claim(connection, entry_id, reader, order.adjudicating)
                return entry_id
        return None

    def first_waiting(self, order: WorklistOrder, reader: str) -> int | None:
        """Find the first entry of the order that waits for this reader; it is not claimed."""
        with self._database.reading() as connection:
            for piece in _pieces(order, None):
                found = claims.first_to_read(connection, piece, reader, now(), order.adjudicating)
                if found is not None:
                    return found
        return None

    def upcoming(self, order: WorklistOrder, after: int, reader: str, number: int) -> tuple[int, ...]:
        """Find the next entries that this reader may open, nearest first; none of them is claimed.

        Left out are entries that others have claimed, and those that have all their verdicts, none by this reader.
        """
        with self._database.reading() as connection:
            return _upcoming(connection, order, after, reader, number)


def _upcoming(connection, order: WorklistOrder, after: int, reader: str, number: int) -> tuple[int, ...]:
    found: list[int] = []
    for piece in _pieces(order, after):
        found += claims.accessible(connection, piece, reader, now(), order.adjudicating)
        if len(found) >= number:
            break
    return tuple(found[:number])


def _pieces(order: WorklistOrder, after: int | None) -> Iterator[tuple[int, ...]]:
    """Cut the entries behind `after` into pieces; all entries where `after` is not in the order."""
    start = 0 if after not in order.entry_ids else order.entry_ids.index(after) + 1
    size = FIRST_PIECE
    while start < len(order.entry_ids):
        yield order.entry_ids[start : start + size]
        start, size = start + size, PIECE


def _claim(connection, entry_id: int, reader: str, adjudicating: bool) -> Case:
    found = _case(connection, entry_id, reader, adjudicating)
    if found.step in CLAIMED_STEPS:
        claims.take(connection, entry_id, reader, now(), LEASE)
    return found


def _case(connection, entry_id: int, reader: str, adjudicating: bool) -> Case:
    found = worklist_rows.rows(connection, [entry_id], reader)
    if not found:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    row, visible = found[0], visibility(found[0])
    history = reviews.history(connection, entry_id)
    latest = {(each.reader, each.adjudication): each for each in history}
    standing = {key: each for key, each in latest.items() if each.verdict is not None}
    own, adjudication = standing.get((reader, False)), standing.get((reader, True))
    may_adjudicate = row.disputed and visible.others and (adjudicating or own is None)
    needs_no_claim = adjudication or (own and not may_adjudicate)
    others = [] if needs_no_claim else claims.holders(connection, entry_id, reader, now())
    step = _step(row, own, adjudication, others, may_adjudicate)
    return Case(
        row=redact(row),
        visibility=visible,
        step=step,
        own=adjudication or (None if step is ReviewStep.ADJUDICATE else own),
        history=tuple(each for each in history if visible.others or each.reader == reader),
        standing=tuple(each for each in standing.values() if visible.others and not each.adjudication),
        held_by=others[0] if others else "",
    )


def _step(
    row: WorklistRow, own: Review | None, adjudication: Review | None, others: list[str], may_adjudicate: bool
) -> ReviewStep:
    if row.signed:
        return ReviewStep.FROZEN
    if adjudication:
        return ReviewStep.DONE
    if others:
        return ReviewStep.HELD
    if may_adjudicate:
        return ReviewStep.ADJUDICATE
    if own is None:
        return ReviewStep.READ
    is_unaided = row.mode is ReadingMode.UNAIDED_FIRST and not own.aided
    return ReviewStep.CONFIRM if is_unaided and row.prediction_id is not None else ReviewStep.DONE
