"""Which reader has claimed which entry, so that two readers do not work on the same one.

An entry admits as many claims as it still wants readers. A claim ends with the verdict, with its release, or when its
lease runs out.
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
    """The readers whose claims keep this one from an entry; empty where the entry admits one more claim."""
    found = connection.execute(select(entry).where(entry.c.id == entry_id).with_for_update()).one_or_none()
    if found is None:
        return []
    live = and_(claim.c.entry_id == entry_id, claim.c.reader != reader, claim.c.until > now)
    others = list(connection.scalars(select(claim.c.reader).where(live).order_by(claim.c.until)))
    # An entry with enough verdicts, or a disputed one, admits one claim: of one more reader, or of the adjudicator.
    admitted = 1 if found.disputed else max(1, found.wanted - found.given)
    return others if len(others) >= admitted else []


def take(connection: Connection, entry_id: int, reader: str, now: datetime, lease: timedelta) -> None:
    """Claim an entry, or extend the claim. Call `holders` first, in the same transaction."""
    connection.execute(insert_new(connection, claim).values(entry_id=entry_id, reader=reader, until=now + lease))
    connection.execute(update(claim).where(*_own(entry_id, reader)).values(until=now + lease))
    connection.execute(delete(claim).where(claim.c.until < now))


def release(connection: Connection, entry_id: int, reader: str) -> None:
    """End a reader's claim of an entry."""
    connection.execute(delete(claim).where(*_own(entry_id, reader)))


def release_all(connection: Connection, batch_id: int) -> None:
    """End every claim of a batch's entries."""
    connection.execute(
        delete(claim).where(claim.c.entry_id.in_(select(entry.c.id).where(entry.c.batch_id == batch_id)))
    )


def first_to_read(
    connection: Connection, entry_ids: Sequence[int], reader: str, now: datetime, adjudicating: bool = False
) -> int | None:
    """The first of these entries, in their order, that waits for this reader.

    Such an entry wants a verdict that the reader has not given yet, or an adjudication, and admits one more claim.
    """
    return next(iter(_matching(connection, entry_ids, _waits(reader, now, adjudicating))), None)


def accessible(
    connection: Connection, entry_ids: Sequence[int], reader: str, now: datetime, adjudicating: bool = False
) -> list[int]:
    """The entries that this reader may open: those that wait for them, their own, and those of a frozen batch."""
    own: ColumnElement[bool] = _has_standing_verdict(reader)
    if adjudicating:
        own = and_(own, entry.c.disputed.is_(False))
    frozen = batch.c.state.not_in(OPEN)
    return _matching(connection, entry_ids, or_(frozen, own, _waits(reader, now, adjudicating)))


def _matching(connection: Connection, entry_ids: Sequence[int], condition: ColumnElement[bool]) -> list[int]:
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
    return and_(is_open, entry.c.given < entry.c.wanted, free, ~_has_standing_verdict(reader))


def _has_standing_verdict(reader: str) -> ColumnElement[bool]:
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
