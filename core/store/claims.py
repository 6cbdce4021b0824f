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

OPEN = (BatchState.OPEN, BatchState.READING)


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


def first_to_read(
    connection: Connection, entry_ids: Sequence[int], reader: str, now: datetime, adjudicating: bool = False
) -> int | None:
    """The first of these, in their order, that waits for this reader.

    It wants a reader who has no verdict on it yet, or an adjudicator, and has a seat left.
    """
    return next(iter(_those(connection, entry_ids, _waits(reader, now, adjudicating))), None)


def accessible(
    connection: Connection, entry_ids: Sequence[int], reader: str, now: datetime, adjudicating: bool = False
) -> list[int]:
    """Those that this reader may come by: what waits for them, what they have read themselves, and what is frozen."""
    own: ColumnElement[bool] = _stands(reader)
    if adjudicating:
        own = and_(own, entry.c.disputed.is_(False))
    frozen = batch.c.state.not_in(OPEN)
    return _those(connection, entry_ids, or_(frozen, own, _waits(reader, now, adjudicating)))


def _those(connection: Connection, entry_ids: Sequence[int], condition: ColumnElement[bool]) -> list[int]:
    chosen = select(entry.c.id).join_from(entry, batch).where(entry.c.id.in_(entry_ids), condition)
    found = set(connection.scalars(chosen))
    return [entry_id for entry_id in entry_ids if entry_id in found]


def _waits(reader: str, now: datetime, adjudicating: bool) -> ColumnElement[bool]:
    others = and_(claim.c.entry_id == entry.c.id, claim.c.reader != reader, claim.c.until > now)
    taken = select(func.count()).select_from(claim).where(others).correlate(entry).scalar_subquery()
    is_open = batch.c.state.in_(OPEN)
    if adjudicating:
        return and_(is_open, entry.c.disputed.is_(True), taken == 0)
    free = or_(taken == 0, taken < entry.c.wanted - entry.c.given)
    return and_(is_open, entry.c.given < entry.c.wanted, free, ~_stands(reader))


def _stands(reader: str) -> ColumnElement[bool]:
    """Whether this reader has a standing verdict, or adjudication, on the entry."""
    later = review.alias()
    is_later = and_(
        later.c.entry_id == review.c.entry_id,
        later.c.reader == reader,
        later.c.adjudication == review.c.adjudication,
        later.c.id > review.c.id,
    )
    own = and_(review.c.entry_id == entry.c.id, review.c.reader == reader, review.c.verdict.is_not(None))
    return exists().where(own, ~exists().where(is_later)).correlate(entry)


def _own(entry_id: int, reader: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return claim.c.entry_id == entry_id, claim.c.reader == reader
