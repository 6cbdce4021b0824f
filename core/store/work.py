"""The queue of predictions to make: a row is one radiograph for one model version.

A row waits, is claimed under a lease, and is predicted or failed in the end. A claimed row whose lease has run out may
be claimed again. It is a suspect then, and is claimed alone: the process that held it has ended, perhaps because of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from core.domain import BatchState, WorkState
from core.store.batches import radiograph_record
from core.store.database import AnySelect, insert_new, insert_or_find
from core.store.records import ClaimedWork
from core.store.schema import Utc, batch, entry, radiograph, work

FROZEN = tuple(state for state in BatchState if state.is_frozen)
CRASHES = 3  # after so many ended processes a row fails
CRASHED = f"the worker ended {CRASHES} times while reading it"


def enqueue(connection: Connection, radiograph_id: int, model_version: str, batch_id: int, now: datetime) -> int:
    """Add a row for a batch, unless this version has one for the radiograph already. Returns the row's id."""
    same = and_(work.c.radiograph_id == radiograph_id, work.c.model_version == model_version)
    values = {"radiograph_id": radiograph_id, "model_version": model_version, "state": WorkState.WAITING}
    work_id, is_new = insert_or_find(connection, work, values | {"batch_id": batch_id, "created": now}, same)
    if not is_new:
        newer = update(work).where(work.c.id == work_id, work.c.batch_id < batch_id)
        connection.execute(newer.values(batch_id=batch_id))
    return work_id


def enqueue_batch(connection: Connection, batch_id: int, model_version: str, now: datetime) -> int:
    """Have a version predict a whole batch.

    What it has predicted stays, and what failed is tried again, unless a signed batch shows the failure.

    Returns:
        The number of rows that wait because of this call.
    """
    for_batch = entry.c.batch_id == batch_id
    columns = ("radiograph_id", "model_version", "state", "batch_id", "attempts", "lease_owner", "error", "created")
    values = select(entry.c.radiograph_id, *map(literal, (model_version, WorkState.WAITING, batch_id, 0, "", "")))
    insert = insert_new(connection, work).from_select(columns, values.add_columns(literal(now, Utc)).where(for_batch))
    added = connection.execute(insert).rowcount
    own = and_(work.c.radiograph_id == entry.c.radiograph_id, work.c.model_version == model_version)
    row = select(work.c.id).where(own).correlate(entry).scalar_subquery()
    connection.execute(update(entry).where(for_batch).values(work_id=row))
    connection.execute(update(batch).where(batch.c.id == batch_id).values(model_version=model_version))
    in_batch = work.c.id.in_(select(entry.c.work_id).where(for_batch))
    connection.execute(update(work).where(in_batch, work.c.batch_id < batch_id).values(batch_id=batch_id))
    signed = exists().where(entry.c.work_id == work.c.id, entry.c.batch_id == batch.c.id, batch.c.state.in_(FROZEN))
    orphaned = and_(work.c.state == WorkState.WAITING, ~exists().where(entry.c.work_id == work.c.id))
    of_batch = work.c.radiograph_id.in_(select(entry.c.radiograph_id).where(for_batch))
    connection.execute(delete(work).where(orphaned, of_batch))  # what the version before has not begun
    fresh: dict[str, object] = {"state": WorkState.WAITING, "attempts": 0, "error": "", "settled": None}
    retry = update(work).where(in_batch, work.c.state == WorkState.FAILED, ~signed).values(fresh)
    return added + connection.execute(retry).rowcount


def is_waiting(connection: Connection, now: datetime) -> bool:
    """Whether a claim would find anything."""
    some = select(work.c.id).where(work.c.state == WorkState.WAITING).limit(1)
    return (
        connection.execute(some).first() is not None or connection.execute(_suspects(now).limit(1)).first() is not None
    )


def is_open(connection: Connection) -> bool:
    """Whether any row is neither predicted nor failed."""
    some = select(work.c.id).where(work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED))).limit(1)
    return connection.execute(some).first() is not None


def has_open_rows(connection: Connection, model_version: str) -> bool:
    """Whether a version has rows that are neither predicted nor failed."""
    open_rows = work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED))
    some = select(work.c.id).where(open_rows, work.c.model_version == model_version).limit(1)
    return connection.execute(some).first() is not None


def claim(
    connection: Connection, owner: str, limit: int, now: datetime, lease: timedelta, *, suspects: bool = True
) -> list[ClaimedWork]:
    """Claim rows of one model version, those of the newest batch first; a suspect is claimed alone.

    Args:
        owner: the process that claims them, by `processes.name_of`.
        limit: at most so many.
        suspects: False claims nothing where a suspect is next, for a worker that still holds other rows.
    """
    _fail_crashed(connection, now)
    waiting = work.c.state == WorkState.WAITING
    newest = (work.c.batch_id.desc(), work.c.id)
    fresh = connection.execute(select(work.c.batch_id, work.c.model_version).where(waiting).order_by(*newest).limit(1))
    first = fresh.one_or_none()
    suspect = connection.execute(_suspects(now).limit(1)).one_or_none()
    chosen: Sequence[int] = []
    alone = False
    if suspect is not None and (first is None or suspect.batch_id > first.batch_id):
        alone = True
        chosen = [suspect.id] if suspects else []
    elif first is not None:
        same = select(work.c.id).where(waiting, work.c.model_version == first.model_version)
        chosen = connection.scalars(same.order_by(*newest).limit(limit)).all()
    if not chosen:
        return []
    values = {
        "state": WorkState.CLAIMED,
        "lease_owner": owner,
        "lease_until": now + lease,
        "attempts": work.c.attempts + 1,
    }
    free = or_(waiting, _expired(now))  # once more, for databases where two writers can be here at once
    taken = update(work).where(work.c.id.in_(chosen), free).values(values).returning(work.c.id)
    return _claims(connection, connection.scalars(taken).all(), alone)


def release(connection: Connection, owner: str, work_ids: Sequence[int]) -> None:
    """Give claimed rows back without a prediction. The attempt does not count, and a suspect stays one."""
    attempts = work.c.attempts - 1
    values = {
        "attempts": attempts,
        "state": case((attempts > 0, WorkState.CLAIMED), else_=WorkState.WAITING),
        "lease_owner": "",
        "lease_until": None,
    }
    held = and_(work.c.id.in_(work_ids), work.c.lease_owner == owner, work.c.state == WorkState.CLAIMED)
    connection.execute(update(work).where(held).values(values))


def owners(connection: Connection) -> list[str]:
    """The processes that hold claimed rows."""
    held = select(work.c.lease_owner).where(work.c.state == WorkState.CLAIMED, work.c.lease_until.is_not(None))
    return list(connection.scalars(held.distinct()))


def expire(connection: Connection, owner: str) -> None:
    """End the leases of a process that is known to be gone; the attempts count."""
    held = and_(work.c.state == WorkState.CLAIMED, work.c.lease_owner == owner)
    connection.execute(update(work).where(held).values(lease_owner="", lease_until=None))


def finish(connection: Connection, work_ids: Sequence[int], state: WorkState, error: str = "") -> None:
    """Mark rows predicted or failed. A later failure does not change a row that is predicted."""
    values = {"state": state, "error": error, "lease_owner": "", "lease_until": None, "settled": _next_settled()}
    open_rows = and_(work.c.id.in_(work_ids), work.c.state != WorkState.PREDICTED)
    connection.execute(update(work).where(open_rows).values(values))


def count_states(connection: Connection) -> dict[WorkState, int]:
    """The number of rows in each state; a state without rows is left out."""
    rows = connection.execute(select(work.c.state, func.count()).group_by(work.c.state))
    return {WorkState(state): number for state, number in rows}


def highest_settled(connection: Connection) -> int:
    """The highest value of the column `settled`, which counts up as rows get their prediction or fail."""
    return connection.scalar(select(func.max(work.c.settled))) or 0


def _fail_crashed(connection: Connection, now: datetime) -> None:
    rows = connection.scalars(select(work.c.id).where(_expired(now), work.c.attempts >= CRASHES)).all()
    if rows:
        finish(connection, rows, WorkState.FAILED, CRASHED)


def _expired(now: datetime) -> ColumnElement[bool]:
    return and_(work.c.state == WorkState.CLAIMED, or_(work.c.lease_until.is_(None), work.c.lease_until < now))


def _suspects(now: datetime) -> AnySelect:
    # Fewest attempts first: the row that makes processes crash has the most, and the others need not wait for it.
    return (
        select(work.c.id, work.c.batch_id)
        .where(_expired(now))
        .order_by(work.c.batch_id.desc(), work.c.attempts, work.c.id)
    )


def _next_settled() -> ScalarSelect[int]:
    other = work.alias()
    return select(func.coalesce(func.max(other.c.settled), 0) + 1).scalar_subquery()


def _claims(connection: Connection, work_ids: Sequence[int], alone: bool) -> list[ClaimedWork]:
    columns = select(radiograph, work.c.id.label("work_id"), work.c.model_version)
    chosen = (
        columns.join_from(work, radiograph).where(work.c.id.in_(work_ids)).order_by(work.c.batch_id.desc(), work.c.id)
    )
    rows = connection.execute(chosen)
    return [ClaimedWork(row.work_id, radiograph_record(row), row.model_version, alone) for row in rows]
