"""Reviews: verdicts on the radiograph and the prediction that were on the screen. No review is ever deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from core.domain import Band, Mark, Review, Verdict
from core.errors import ClaimedError, NotFoundError, RedactedError, StoreError
from core.imaging.names import display_name
from core.processes import now
from core.reading.review.marks import normalised
from core.reading.review.visibility import visibility
from core.store import claims, predictions, reviews, worklist_rows
from core.store.database import Database

COMMENT_LENGTH = 4000
READER_LENGTH = 320  # the longest e-mail address

Agreement = Literal["agree", "disagree"]


def agreement(verdict: Verdict | None, band: Band | None) -> Agreement | None:
    """Compare a verdict with a band; None unless the one is fractured or not, and the other positive or negative."""
    match verdict, band:
        case (Verdict.FRACTURED, Band.POSITIVE) | (Verdict.NOT_FRACTURED, Band.NEGATIVE):
            return "agree"
        case (Verdict.FRACTURED, Band.NEGATIVE) | (Verdict.NOT_FRACTURED, Band.POSITIVE):
            return "disagree"
    return None


class Reviews:
    """Writes and reads the reviews of batch entries. A change is on the disk before its call returns."""

    agreement = staticmethod(agreement)

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self,
        entry_id: int,
        prediction_id: int | None,
        reader: str,
        verdict: Verdict,
        comment: str = "",
        *,
        marks: Sequence[Mark] = (),
        shown_at: datetime | None = None,
    ) -> Review:
        """Save a verdict.

        Args:
            prediction_id: the prediction that was on the screen, also where a newer one exists; None for none.
            marks: all marks of this reader on the radiograph.
            shown_at: when the radiograph came on the screen.

        Raises:
            NotFoundError: no such entry, or the prediction is of another radiograph.
            SignedBatchError: the batch is frozen.
            ClaimedError: another reader has claimed the entry.
            RedactedError: this reader may not see the prediction yet.
            MarkError: a mark does not lie on the radiograph.
        """
        return self._save(entry_id, prediction_id, reader, verdict, comment, marks, shown_at, adjudication=False)

    def adjudicate(
        self,
        entry_id: int,
        prediction_id: int | None,
        reader: str,
        verdict: Verdict,
        comment: str = "",
        *,
        marks: Sequence[Mark] = (),
        shown_at: datetime | None = None,
    ) -> Review:
        """Save a verdict as the entry's reference standard. As `give`.

        Raises:
            StoreError: the readers of the entry do not differ.
        """
        return self._save(entry_id, prediction_id, reader, verdict, comment, marks, shown_at, adjudication=True)

    def undo(self, entry_id: int, reader: str) -> Review:
        """Take back this reader's standing adjudication, else their verdict, by adding a review without a verdict.

        Raises:
            NotFoundError: the reader has neither.
            SignedBatchError: the batch is frozen.
        """
        reader = reader_name(reader)
        with self._database.writing(durable=True) as connection:
            last = reviews.latest(connection, entry_id, reader, adjudication=True)
            last = last or reviews.latest(connection, entry_id, reader)
            if last is None:
                raise NotFoundError("There is no verdict of yours to take back here.")
            return reviews.append(
                connection,
                entry_id,
                last.prediction_id,
                reader,
                verdict=None,
                comment="",
                now=now(),
                adjudication=last.adjudication,
            )

    def latest(self, entry_id: int, reader: str, adjudication: bool = False) -> Review | None:
        """This reader's standing verdict, or adjudication; None where there is none or it was taken back."""
        with self._database.reading() as connection:
            return reviews.latest(connection, entry_id, reader_name(reader), adjudication)

    def history(self, entry_id: int) -> list[Review]:
        """All reviews of an entry by all readers, oldest first."""
        with self._database.reading() as connection:
            return reviews.history(connection, entry_id)

    def _save(
        self,
        entry_id: int,
        prediction_id: int | None,
        reader: str,
        verdict: Verdict,
        comment: str,
        marks: Sequence[Mark],
        shown_at: datetime | None,
        adjudication: bool,
    ) -> Review:
        reader, verdict, moment = reader_name(reader), Verdict(verdict), now()
        comment = "\n".join(map(display_name, comment.strip().splitlines()))[:COMMENT_LENGTH]
        with self._database.writing(durable=True) as connection:
            row = next(iter(worklist_rows.rows(connection, [entry_id], reader)), None)
            if row is None:
                raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
            if prediction_id is not None:
                predictions.version_for(connection, prediction_id, row.radiograph_id)
                if not visibility(row).model:
                    raise RedactedError(
                        "The model's answer was shown before its time, so nothing was saved. Reload the page."
                    )
            if adjudication and not (row.disputed or row.adjudicated):
                raise StoreError("The readers of this radiograph do not differ, so there is nothing to adjudicate.")
            if reviews.latest(connection, entry_id, reader, adjudication) is None:
                _refuse_claimed(claims.holders(connection, entry_id, reader, moment))
            return reviews.append(
                connection,
                entry_id,
                prediction_id,
                reader,
                verdict,
                comment,
                moment,
                marks=normalised(marks, row.width, row.height),
                shown_at=min(shown_at, moment) if shown_at else None,
                adjudication=adjudication,
            )


def reader_name(name: str) -> str:
    """Clean a reader's name for the store. Raises ValueError for an empty one."""
    cleaned = display_name(name.strip())[:READER_LENGTH]
    if not cleaned:
        raise ValueError("a review needs a reader's name, but it was empty")
    return cleaned


def _refuse_claimed(others: list[str]) -> None:
    if others:
        raise ClaimedError(f"{others[0]} is reading this radiograph. Nothing was saved; go on to the next one.")
