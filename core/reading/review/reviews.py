"""Verdicts: given for the radiograph and the prediction that were on the screen, kept for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from core.domain import Band, Mark, Review, Verdict
from core.errors import ClaimedError, NotFoundError, RedactedError, StoreError
from core.imaging.names import display_name
from core.processes import now
from core.reading.review.marks import checked
from core.reading.review.visibility import visibility
from core.store import claims, predictions, reviews, worklist_rows
from core.store.database import Database

COMMENT_LENGTH = 4000
READER_LENGTH = 320  # the longest e-mail address

Agreement = Literal["agree", "disagree"]


def agreement(verdict: Verdict | None, band: Band | None) -> Agreement | None:
    """Compare a reader with the model: defined for fractured / not fractured against positive / negative only."""
    match verdict, band:
        case (Verdict.FRACTURED, Band.POSITIVE) | (Verdict.NOT_FRACTURED, Band.NEGATIVE):
            return "agree"
        case (Verdict.FRACTURED, Band.NEGATIVE) | (Verdict.NOT_FRACTURED, Band.POSITIVE):
            return "disagree"
    return None


class Reviews:
    """What readers say of batch entries. Every change is committed before its call returns."""

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
        """Keep a verdict on what was on the screen.

        Args:
            prediction_id: the prediction that was shown; None where there was none. It may have been superseded since.
            reader: who says so.
            marks: all that they have drawn.
            shown_at: when the radiograph came on the screen.

        Raises:
            NotFoundError: no such entry, or the prediction is not of this entry's radiograph.
            SignedBatchError: the batch is frozen.
            ClaimedError: somebody else is reading it.
            RedactedError: the prediction must not have been on the screen.
            MarkError: a mark does not lie on the radiograph.
        """
        return self._keep(entry_id, prediction_id, reader, verdict, comment, marks, shown_at, adjudication=False)

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
        """Settle what readers differ on: this verdict is the entry's reference standard. As `give`.

        Raises:
            StoreError: its readers do not differ.
        """
        return self._keep(entry_id, prediction_id, reader, verdict, comment, marks, shown_at, adjudication=True)

    def undo(self, entry_id: int, reader: str) -> Review:
        """Take back this reader's standing adjudication, else their verdict, by adding a review without one.

        Raises:
            NotFoundError: the reader has none.
            SignedBatchError: the batch is frozen.
        """
        reader = reader_name(reader)
        with self._database.writing(durable=True) as connection:
            last = reviews.latest(connection, entry_id, reader, adjudication=True)
            last = last or reviews.latest(connection, entry_id, reader)
            if last is None:
                raise NotFoundError("There is no verdict of yours to take back here.")
            taken_back = (connection, entry_id, last.prediction_id, reader, None, "", now())
            return reviews.append(*taken_back, adjudication=last.adjudication)

    def latest(self, entry_id: int, reader: str, adjudication: bool = False) -> Review | None:
        """This reader's standing verdict, or adjudication; None where there is none or it was taken back."""
        with self._database.reading() as connection:
            return reviews.latest(connection, entry_id, reader_name(reader), adjudication)

    def history(self, entry_id: int) -> list[Review]:
        """Everything ever said of an entry, by every reader, oldest first."""
        with self._database.reading() as connection:
            return reviews.history(connection, entry_id)

    def _keep(
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
                _refuse_held(claims.holders(connection, entry_id, reader, moment))
            return reviews.append(
                connection,
                entry_id,
                prediction_id,
                reader,
                verdict,
                comment,
                moment,
                marks=checked(marks, row.width, row.height),
                shown_at=min(shown_at, moment) if shown_at else None,
                adjudication=adjudication,
            )


def reader_name(name: str) -> str:
    """A reader's name as it is written down. Raises ValueError for none."""
    cleaned = display_name(name.strip())[:READER_LENGTH]
    if not cleaned:
        raise ValueError("a review needs a reader's name, but it was empty")
    return cleaned


def _refuse_held(others: list[str]) -> None:
    if others:
        raise ClaimedError(f"{others[0]} is reading this radiograph. Nothing was saved; go on to the next one.")
