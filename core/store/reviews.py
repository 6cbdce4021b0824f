"""What readers say. Rows are added and never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, Select, and_, exists, select, update

from core.domain import BatchState, Review, Verdict
from core.errors import NotFoundError, SignedBatchError
from core.store.schema import batch, entry, review


def append(
    connection: Connection,
    entry_id: int,
    prediction_id: int | None,
    reader: str,
    verdict: Verdict | None,
    comment: str,
    now: datetime,
) -> Review:
    """Add a review and let the entry point at its newest standing one.

    Raises:
        NotFoundError: no such entry.
        SignedBatchError: its batch is frozen.
    """
    _refuse_signed(connection, entry_id)
    values = {"entry_id": entry_id, "prediction_id": prediction_id, "reader": reader, "verdict": verdict}
    added = connection.execute(review.insert().values(**values, comment=comment, created=now))
    newest = _standing().where(review.c.entry_id == entry_id).order_by(review.c.id.desc()).limit(1)
    verdict_id = connection.scalar(newest.with_only_columns(review.c.id))
    connection.execute(update(entry).where(entry.c.id == entry_id).values(verdict_id=verdict_id))
    return Review(id=added.inserted_primary_key[0], comment=comment, created=now, **values)


def latest(connection: Connection, entry_id: int, reader: str) -> Review | None:
    """A reader's standing verdict: their last one, unless they took it back."""
    own = and_(review.c.entry_id == entry_id, review.c.reader == reader)
    row = connection.execute(_standing().where(own)).one_or_none()
    return None if row is None else _review(row)


def history(connection: Connection, entry_id: int) -> list[Review]:
    """All readers', oldest first."""
    rows = connection.execute(select(review).where(review.c.entry_id == entry_id).order_by(review.c.id))
    return [_review(row) for row in rows]


def standing(connection: Connection, entry_ids: list[int]) -> dict[int, list[Review]]:
    """The standing verdicts of every reader by entry, oldest first; entries without one are left out."""
    rows = connection.execute(_standing().where(review.c.entry_id.in_(entry_ids)).order_by(review.c.id))
    found: dict[int, list[Review]] = {}
    for row in rows:
        found.setdefault(row.entry_id, []).append(_review(row))
    return found


def _standing() -> Select:
    later = review.alias()
    is_later = and_(later.c.entry_id == review.c.entry_id, later.c.reader == review.c.reader, later.c.id > review.c.id)
    return select(review).where(review.c.verdict.is_not(None), ~exists().where(is_later))


def _refuse_signed(connection: Connection, entry_id: int) -> None:
    state = connection.scalar(select(batch.c.state).join_from(entry, batch).where(entry.c.id == entry_id))
    if state is None:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    if state == BatchState.SIGNED:
        raise SignedBatchError("This batch is signed, so its verdicts are frozen. Take the files into a new batch.")


def _review(row: Row) -> Review:
    return Review(
        id=row.id,
        entry_id=row.entry_id,
        reader=row.reader,
        prediction_id=row.prediction_id,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        comment=row.comment,
        created=row.created,
    )
