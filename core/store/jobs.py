"""Jobs: trainings, comparisons and audits. Each kind has a queue of its own, of which one process works on one job.

A job waits, is taken by a process, and is finished, failed or cancelled in the end. Where its process has ended without
reporting an end, `requeue_or_fail` puts the job back into its queue, or marks it failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.domain import EpochFigures, Job, JobKind, JobState
from core.errors import NotFoundError, VersionExistsError
from core.store.database import AnyRow, AnySelect, insert_row
from core.store.schema import epoch, job

STARTING = "starting"  # the phase of a job whose process has not reported yet
CRASHES = 3  # after so many ended processes a job fails
OPEN = tuple(state for state in JobState if state.is_open)
AT_WORK = (JobState.RUNNING, JobState.CANCELLING)
COLUMNS = tuple(column.name for column in job.c if column.name != "result")  # a result can be large


def add(
    connection: Connection,
    kind: JobKind,
    version: str,
    manifest_sha256: str,
    settings_json: str,
    reader: str,
    now: datetime,
    against: str = "",
) -> int:
    """Put a job at the end of the queue of its kind. Returns its id."""
    values: dict[str, object] = {"kind": kind, "state": JobState.WAITING, "version": version, "against": against}
    values |= {"manifest_sha256": manifest_sha256, "asked": settings_json, "reader": reader, "created": now}
    return insert_row(connection, job, values)


def check_free(connection: Connection, version: str) -> None:
    """Check that no unfinished training makes this version. Call it in the transaction that adds one.

    Raises:
        VersionExistsError: a training makes it.
    """
    if any(each.kind is JobKind.TRAINING and each.version == version for each in unfinished(connection)):
        raise VersionExistsError(f"A training that makes {version} is under way. Choose another name.")


def find(connection: Connection, job_id: int) -> Job:
    """Read one job.

    Raises:
        NotFoundError: there is none.
    """
    row = connection.execute(_jobs().where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no job {job_id}. Choose one from the list.")
    return _job(row)


def of_kind(connection: Connection, kind: JobKind) -> list[Job]:
    """Every job of a kind, the newest first."""
    return [_job(row) for row in connection.execute(_jobs().where(job.c.kind == kind).order_by(job.c.id.desc()))]


def unfinished(connection: Connection) -> list[Job]:
    """The jobs of every kind that wait or run, the oldest first."""
    return [_job(row) for row in connection.execute(_jobs().where(job.c.state.in_(OPEN)).order_by(job.c.id))]


def result(connection: Connection, job_id: int) -> str | None:
    """The result of a finished job, as JSON."""
    return connection.scalar(select(job.c.result).where(job.c.id == job_id))


def epochs(connection: Connection, job_id: int) -> tuple[EpochFigures, ...]:
    """The figures of every epoch of a training, in order."""
    names = tuple(EpochFigures.__dataclass_fields__)
    rows = connection.execute(select(epoch).where(epoch.c.job_id == job_id).order_by(epoch.c.number))
    return tuple(EpochFigures(**{name: getattr(row, name) for name in names}) for row in rows)


def take(connection: Connection, job_id: int, owner: str, now: datetime) -> bool:
    """Let a process begin a waiting job. Returns False where it no longer waits, or where another of its kind runs."""
    found = find(connection, job_id)
    busy = select(job.c.id).where(job.c.kind == found.kind, job.c.state.in_(AT_WORK)).limit(1)
    if found.state is not JobState.WAITING or connection.execute(busy).first() is not None:
        return False
    values = {"state": JobState.RUNNING, "owner": owner, "heartbeat": now, "started": found.started or now}
    values |= {"attempts": found.attempts + 1, "phase": STARTING, "done": 0, "total": 0, "seconds_left": None}
    connection.execute(update(job).where(job.c.id == job_id).values(values))
    return True


def report(
    connection: Connection,
    job_id: int,
    now: datetime,
    phase: str,
    done: int,
    total: int,
    seconds_left: float | None,
    peak_bytes: int,
) -> JobState:
    """Store a process's heartbeat and progress. Returns the job's state, which tells it that it shall cancel."""
    found = find(connection, job_id)
    values: dict[str, object] = {"heartbeat": now, "phase": phase, "done": done, "total": total}
    values |= {"seconds_left": seconds_left}
    values["peak_bytes"] = max(peak_bytes, found.peak_bytes or 0)
    connection.execute(update(job).where(job.c.id == job_id, job.c.state.in_(AT_WORK)).values(values))
    return found.state


def replace_epochs(connection: Connection, job_id: int, history: Sequence[EpochFigures]) -> None:
    """Store all epochs of a training so far in place of those stored before: a resumed training may repeat one."""
    connection.execute(epoch.delete().where(epoch.c.job_id == job_id))
    rows = [{"job_id": job_id, "number": number, **asdict(figures)} for number, figures in enumerate(history)]
    if rows:
        connection.execute(epoch.insert(), rows)
        # A training that finishes epochs does not crash over and over.
        connection.execute(update(job).where(job.c.id == job_id).values(attempts=1))


def cancel(connection: Connection, job_id: int, now: datetime) -> None:
    """Cancel a waiting job, and ask the process of a running one to stop. A job that has ended stays as it is."""
    this = job.c.id == job_id
    cancelled = {"state": JobState.CANCELLED, "finished": now, "phase": ""}
    connection.execute(update(job).where(this, job.c.state == JobState.WAITING).values(cancelled))
    running = update(job).where(this, job.c.state == JobState.RUNNING)
    connection.execute(running.values(state=JobState.CANCELLING))


def end(
    connection: Connection, job_id: int, state: JobState, now: datetime, reason: str = "", result: str | None = None
) -> None:
    """End a running job in this state."""
    values: dict[str, object] = {"state": state, "finished": now, "reason": reason, "owner": "", "phase": ""}
    values |= {"seconds_left": None}
    if result is not None:
        values["result"] = result
    connection.execute(update(job).where(job.c.id == job_id, job.c.state.in_(AT_WORK)).values(values))


def requeue_or_fail(connection: Connection, job_id: int, owner: str, now: datetime, reason: str) -> None:
    """Deal with a job whose process has ended without reporting an end.

    The job goes back into its queue, so that another process continues it. Where it was being cancelled, it is
    cancelled; after `CRASHES` ended processes it fails. Nothing happens where `owner` is no longer the job's process.

    Args:
        reason: why it failed, for the last case.
    """
    found = find(connection, job_id)
    if found.owner != owner or found.state not in AT_WORK:
        return
    if found.state is JobState.CANCELLING:
        end(connection, job_id, JobState.CANCELLED, now)
    elif found.attempts >= CRASHES:
        end(connection, job_id, JobState.FAILED, now, reason)
    else:
        values = {"state": JobState.WAITING, "owner": "", "phase": "", "seconds_left": None}
        connection.execute(update(job).where(job.c.id == job_id).values(values))


def resume(connection: Connection, job_id: int) -> bool:
    """Put a cancelled or failed job back into its queue. Returns whether it was one."""
    ended = job.c.state.in_((JobState.CANCELLED, JobState.FAILED))
    values = {"state": JobState.WAITING, "attempts": 0, "reason": "", "finished": None}
    return connection.execute(update(job).where(job.c.id == job_id, ended).values(values)).rowcount == 1


def _jobs() -> AnySelect:
    return select(*(job.c[name] for name in COLUMNS))


def _job(row: AnyRow) -> Job:
    values = {name: getattr(row, name) for name in COLUMNS if name != "asked"}
    return Job(**values | {"kind": JobKind(row.kind), "state": JobState(row.state), "settings_json": row.asked})
