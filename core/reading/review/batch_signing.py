"""Signing, reopening and archiving batches. Each change is stored with its reader, its time and its reason."""

from __future__ import annotations

from core.domain import BatchState
from core.errors import SignedBatchError, StoreError
from core.imaging.names import display_name
from core.processes import now
from core.reading.review.reviews import reader_name
from core.store import batches, claims
from core.store.batch_records import Batch, BatchEvent
from core.store.database import Database

__all__ = ["Batch", "BatchEvent", "BatchSigning"]

REASON_LENGTH = 1000


class BatchSigning:
    """Changes the state of batches. A change is on the disk before its call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign(self, batch_id: int, reader: str) -> Batch:
        """Freeze the verdicts and predictions of a batch.

        Raises:
            NotFoundError: no such batch.
            SignedBatchError: it is signed already.
            StoreError: a radiograph in it still waits to be predicted, or its readers differ on one.
        """
        with self._database.writing(durable=True) as connection:
            found = batches.find_open(connection, batch_id)
            if unread := batches.unread(connection, batch_id):
                raise StoreError(f"{unread} radiographs of batch {found.name!r} are not read yet. Sign it afterwards.")
            if disputed := batches.disputed(connection, batch_id):
                raise StoreError(
                    f"Readers differ on {disputed} radiographs of batch {found.name!r}. Adjudicate them, then sign it."
                )
            claims.release_all(connection, batch_id)
            batches.change_state(connection, batch_id, BatchState.SIGNED, reader_name(reader), "", now())
            return batches.find(connection, batch_id)

    def reopen(self, batch_id: int, reader: str, reason: str) -> Batch:
        """Unfreeze a signed or archived batch. What it has revealed to its readers stays visible.

        Raises:
            NotFoundError: no such batch.
            StoreError: it is open, or the reason is empty.
        """
        reason = display_name(" ".join(reason.split()))[:REASON_LENGTH]
        if not reason:
            raise StoreError("A signed batch is reopened for a reason. Write it down.")
        with self._database.writing(durable=True) as connection:
            found = batches.find(connection, batch_id)
            if not found.state.is_frozen:
                raise StoreError(f"Batch {found.name!r} is open already. Go on reading it.")
            batches.change_state(connection, batch_id, BatchState.READING, reader_name(reader), reason, now())
            return batches.find(connection, batch_id)

    def archive(self, batch_id: int, reader: str) -> Batch:
        """Archive a signed batch; it stays frozen.

        Raises:
            NotFoundError: no such batch.
            SignedBatchError: it is archived already.
            StoreError: it is not signed.
        """
        with self._database.writing(durable=True) as connection:
            found = batches.find(connection, batch_id)
            if found.state is BatchState.ARCHIVED:
                raise SignedBatchError(f"Batch {found.name!r} is archived already.")
            if found.state is not BatchState.SIGNED:
                raise StoreError(f"Batch {found.name!r} is not signed. Sign it, then archive it.")
            batches.change_state(connection, batch_id, BatchState.ARCHIVED, reader_name(reader), "", now())
            return batches.find(connection, batch_id)

    def events(self, batch_id: int) -> list[BatchEvent]:
        """The changes of a batch's state, oldest first."""
        with self._database.reading() as connection:
            return batches.events(connection, batch_id)
