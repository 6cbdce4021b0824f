"""Who is reading which entry just now, so that two people don't read the same one.

An entry has as many seats as it still wants readers; a reader holds one until the verdict is given, it is let go of, or
its lease runs out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from core.domain import BatchState
from core.store.database import insert_new
from core.store.schema import batch, claim, entry, review


def holders(connection: Connection, entry_id: int, reader: str, now: datetime) -> list[str]:
    """Who keeps this reader from an entry: those on its seats, where all of them are taken by others."""
    found = connection.execute(select(entry).where(entry.c.id == entry_id).with_for_update()).one_or_none()
    if found is None:
        return []
    live = and_(claim.c.entry_id == entry_id, claim.c.reader != reader, claim.c.until > now)
    others = list(connection.scalars(select(claim.c.reader).where(live).order_by(claim.c.until)))
    # What is read enough, or disputed, has one seat all the same: for one more reader, or for the adjudicator.
    seats = 1 if found.disputed else max(1, found.wanted - found.given)
    return others if len(others) >= seats else []


def take(connection: Connection, entry_id: int, reader: str, now: datetime, lease: timedelta) -> None:
    """Take a seat, or keep it for longer. Ask `holders` first, in the same transaction."""
    connection.execute(insert_new(connection, claim).values(entry_id=entry_id, reader=reader, until=now + lease))
    connection.execute(update(claim).where(*_own(entry_id, reader)).values(until=now + lease))
    connection.execute(delete(claim).where(claim.c.until < now))


def release(connection: Connection, entry_id: int, reader: str) -> None:
    connection.execute(delete(claim).where(*_own(entry_id, reader)))


def release_all(connection: Connection, batch_id: int) -> None:
    """Nobody reads a batch any more."""
    connection.execute(
        delete(claim).where(claim.c.entry_id.in_(select(entry.c.id).where(entry.c.batch_id == batch_id)))
    )


def first_free(connection: Connection, entry_ids: Sequence[int], reader: str, now: datetime) -> int | None:
    """The first of these, in their order, that wants a reader, has a seat left, and has no verdict of this reader."""
    later = review.alias()
    stands = and_(
        review.c.entry_id == entry.c.id,
        review.c.reader == reader,
        review.c.verdict.is_not(None),
        ~exists().where(later.c.entry_id == review.c.entry_id, later.c.reader == reader, later.c.id > review.c.id),
    )
    others = and_(claim.c.entry_id == entry.c.id, claim.c.reader != reader, claim.c.until > now)
    taken = select(func.count()).select_from(claim).where(others).correlate(entry).scalar_subquery()
    free: ColumnElement[bool] = or_(taken == 0, taken < entry.c.wanted - entry.c.given)
    wanted = and_(entry.c.id.in_(entry_ids), entry.c.given < entry.c.wanted, free, ~exists().where(stands))
    is_open = batch.c.state.in_((BatchState.OPEN, BatchState.READING))
    chosen = select(entry.c.id).join_from(entry, batch).where(wanted, is_open)
    found = set(connection.scalars(chosen))
    return next((entry_id for entry_id in entry_ids if entry_id in found), None)


def _own(entry_id: int, reader: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return claim.c.entry_id == entry_id, claim.c.reader == reader
