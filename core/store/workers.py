"""The worker processes, and the model versions that were promoted to champion."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from core.domain import ChampionAction, ChampionChange, WorkerState
from core.store.database import AnyRow, insert_new
from core.store.records import WorkerRecord
from core.store.schema import champion, worker


def report(connection: Connection, owner: str, code_version: str, state: WorkerState, now: datetime) -> None:
    """Store a worker's heartbeat and state; its row is made where there is none."""
    changed = {"code_version": code_version, "state": state, "heartbeat": now}
    if connection.execute(update(worker).where(worker.c.owner == owner).values(changed)).rowcount == 0:
        connection.execute(insert_new(connection, worker).values(owner=owner, started=now, **changed))


def remove(connection: Connection, owner: str) -> None:
    """Delete a worker that has ended."""
    connection.execute(delete(worker).where(worker.c.owner == owner))


def all_workers(connection: Connection) -> list[WorkerRecord]:
    """Every worker, the newest first, also those that have ended without being removed."""
    rows = connection.execute(select(worker).order_by(worker.c.id.desc()))
    return [
        WorkerRecord(row.owner, row.code_version, WorkerState(row.state), row.started, row.heartbeat) for row in rows
    ]


def latest_champion(connection: Connection) -> ChampionChange | None:
    """The change that made the champion of now; None where no version was ever promoted."""
    row = connection.execute(select(champion).order_by(champion.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _appointment(row)


def appointments(connection: Connection) -> list[ChampionChange]:
    """Every change of the champion, the oldest first."""
    return [_appointment(row) for row in connection.execute(select(champion).order_by(champion.c.id))]


def appoint(
    connection: Connection,
    version: str,
    reader: str,
    reason: str,
    now: datetime,
    action: ChampionAction = ChampionAction.PROMOTED,
    override: bool = False,
    comparison_id: int | None = None,
) -> None:
    """Make a version the champion from now on; see `ChampionChange` for the arguments."""
    values = {"version": version, "action": action, "reader": reader, "reason": reason, "override": override}
    connection.execute(champion.insert().values(**values, comparison_id=comparison_id, created=now))


def _appointment(row: AnyRow) -> ChampionChange:
    return ChampionChange(
        version=row.version,
        action=ChampionAction(row.action),
        reader=row.reader,
        reason=row.reason,
        override=row.override,
        comparison_id=row.comparison_id,
        created=row.created,
    )
