"""Verdicts: given for the radiograph and the prediction that were on the screen, kept for good."""

from __future__ import annotations

from typing import Literal

from core.domain import Band, Review, Verdict
from core.errors import NotFoundError, StoreError
from core.imaging.names import display_name
from core.processes import now
from core.store import batches, predictions, reviews
from core.store.database import Database
from core.store.records import Batch

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
        self, entry_id: int, prediction_id: int | None, reader: str, verdict: Verdict, comment: str = ""
    ) -> Review:
        """Keep a verdict on what was on the screen.

        Args:
            prediction_id: the prediction that was shown; None where there was none. It may have been superseded since.
            reader: who says so.

        Raises:
            NotFoundError: no such entry, or the prediction is not of this entry's radiograph.
            SignedBatchError: the batch is frozen.
        """
        comment = "\n".join(map(display_name, comment.strip().splitlines()))[:COMMENT_LENGTH]
        with self._database.writing(durable=True) as connection:
            radiograph_id = batches.radiograph_of(connection, entry_id)
            if prediction_id is not None:
                predictions.version_for(connection, prediction_id, radiograph_id)
            return reviews.append(
                connection, entry_id, prediction_id, _reader(reader), Verdict(verdict), comment, now()
            )

    def undo(self, entry_id: int, reader: str) -> Review:
        """Take this reader's standing verdict back, by adding a review without one.

        Raises:
            NotFoundError: the reader has none.
            SignedBatchError: the batch is frozen.
        """
        reader = _reader(reader)
        with self._database.writing(durable=True) as connection:
            last = reviews.latest(connection, entry_id, reader)
            if last is None:
                raise NotFoundError("There is no verdict of yours to take back here.")
            return reviews.append(connection, entry_id, last.prediction_id, reader, None, "", now())

    def latest(self, entry_id: int, reader: str) -> Review | None:
        """This reader's standing verdict, or None where there is none or it was taken back."""
        with self._database.reading() as connection:
            return reviews.latest(connection, entry_id, _reader(reader))

    def history(self, entry_id: int) -> list[Review]:
        """Everything ever said of an entry, by every reader, oldest first."""
        with self._database.reading() as connection:
            return reviews.history(connection, entry_id)

    def sign(self, batch_id: int, reader: str) -> Batch:
        """Freeze a batch: its verdicts and predictions never change again.

        Raises:
            NotFoundError, SignedBatchError: no such batch, or it is signed already.
            StoreError: some of it is still waiting to be read.
        """
        with self._database.writing(durable=True) as connection:
            found = batches.find_open(connection, batch_id)
            if unread := batches.unread(connection, batch_id):
                raise StoreError(f"{unread} radiographs of batch {found.name!r} are not read yet. Sign it afterwards.")
            batches.sign(connection, batch_id, _reader(reader), now())
            return batches.find(connection, batch_id)


def _reader(name: str) -> str:
    cleaned = display_name(name.strip())[:READER_LENGTH]
    if not cleaned:
        raise ValueError("a review needs a reader's name, but it was empty")
    return cleaned
