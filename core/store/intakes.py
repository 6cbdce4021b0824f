"""The progress of intake, stored file by file, so that a refresh or another process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from core.domain import IntakeState
from core.store.database import insert_row
from core.store.schema import intake


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of one drop of files into a batch; see `IntakeProgress`. `owner` names the process that does it."""

    id: int
    state: IntakeState
    files: int | None
    total: int
    received: int
    taken: int
    known: int
    refused: int
    owner: str
    updated: datetime


def begin(connection: Connection, batch_id: int, files: int, total: int, owner: str, now: datetime) -> int:
    """Begin an intake.

    Args:
        files: how many were handed in, an archive counted as one.
        total: how many images are expected in them.

    Returns:
        The intake's id.
    """
    values: dict[str, object] = {"batch_id": batch_id, "state": IntakeState.RUNNING, "files": files, "total": total}
    values |= {"owner": owner, "updated": now}
    return insert_row(connection, intake, values)


def count(connection: Connection, intake_id: int, kind: str, now: datetime) -> None:
    """Count one more image. Call it in the transaction that stores the image.

    Args:
        kind: the column that counts it: `taken`, `known` or `refused`.
    """
    received = intake.c.received + 1
    total = case((intake.c.total < received, received), else_=intake.c.total)
    values = {"received": received, kind: intake.c[kind] + 1, "total": total, "updated": now}
    connection.execute(update(intake).where(intake.c.id == intake_id).values(values))


def expect(connection: Connection, intake_id: int, more: int) -> None:
    """Raise the number of images that are expected."""
    connection.execute(update(intake).where(intake.c.id == intake_id).values(total=intake.c.total + more))


def end(connection: Connection, intake_id: int, state: IntakeState, now: datetime) -> None:
    """End an intake in this state."""
    values: dict[str, object] = {"state": state, "updated": now}
    if state is IntakeState.FINISHED:
        values["total"] = intake.c.received
    connection.execute(update(intake).where(intake.c.id == intake_id).values(values))


def ask_to_cancel(connection: Connection, batch_id: int) -> None:
    """Ask the processes of a batch's running intakes to stop."""
    running = (intake.c.batch_id == batch_id) & (intake.c.state == IntakeState.RUNNING)
    connection.execute(update(intake).where(running).values(cancel_asked=True))


def is_cancelled(connection: Connection, intake_id: int) -> bool:
    """Whether an intake was asked to stop."""
    return bool(connection.scalar(select(intake.c.cancel_asked).where(intake.c.id == intake_id)))


def of_batch(connection: Connection, batch_id: int) -> list[Intake]:
    """The intakes of a batch, the oldest first."""
    columns = [intake.c[name] for name in Intake.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(intake.c.batch_id == batch_id).order_by(intake.c.id))
    return [Intake(**{**row._mapping, "state": IntakeState(row.state)}) for row in rows]
