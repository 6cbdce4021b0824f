"""Trainings, comparisons and audits: a line for each kind, one process at a time, and what each job has come to.

A job waits, is taken by a process, and is finished, failed or cancelled in the end. Where its process has ended without
a word, `requeue_or_fail` puts it back into the line, or gives it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Row, Select, select, update

from core.domain import EpochFigures, Job, JobKind, JobState
from core.errors import NotFoundError, VersionExistsError
from core.store.schema import epoch, job

STARTING = "starting"  # the phase of a job whose process has not said anything yet
CRASHES = 3  # so many ended processes and a job is given up
OPEN = tuple(state for state in JobState if state.is_open)
AT_WORK = (JobState.RUNNING, JobState.CANCELLING)
COLUMNS = tuple(column.name for column in job.c if column.name != "result")  # which can be large


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
    """Put a job at the end of its line. Returns its id."""
    values = {"kind": kind, "version": version, "against": against, "manifest_sha256": manifest_sha256}
    values |= {"asked": settings_json, "reader": reader, "state": JobState.WAITING, "created": now}
    return connection.execute(job.insert().values(**values)).inserted_primary_key[0]


def check_free(connection: Connection, version: str) -> None:
    """Raises VersionExistsError where an open training makes this version; ask again as another one is opened."""
    if any(each.kind is JobKind.TRAINING and each.version == version for each in unfinished(connection)):
        raise VersionExistsError(f"A training that makes {version} is under way. Choose another name.")


def find(connection: Connection, job_id: int) -> Job:
    """Raises NotFoundError."""
    row = connection.execute(_jobs().where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no job {job_id}. Choose one from the list.")
    return _job(row)


def of_kind(connection: Connection, kind: JobKind) -> list[Job]:
    """Newest first."""
    return [_job(row) for row in connection.execute(_jobs().where(job.c.kind == kind).order_by(job.c.id.desc()))]


def unfinished(connection: Connection) -> list[Job]:
    """Those that wait or are being done, of every kind, oldest first."""
    return [_job(row) for row in connection.execute(_jobs().where(job.c.state.in_(OPEN)).order_by(job.c.id))]


def result(connection: Connection, job_id: int) -> str | None:
    """What a finished comparison has found, as JSON."""
    return connection.scalar(select(job.c.result).where(job.c.id == job_id))


def epochs(connection: Connection, job_id: int) -> tuple[EpochFigures, ...]:
    """In their order."""
    names = tuple(EpochFigures.__dataclass_fields__)
    rows = connection.execute(select(epoch).where(epoch.c.job_id == job_id).order_by(epoch.c.number))
    return tuple(EpochFigures(**{name: getattr(row, name) for name in names}) for row in rows)


def take(connection: Connection, job_id: int, owner: str, now: datetime) -> bool:
    """Let a process begin a waiting job, unless another job of its kind is being done."""
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
    """A process's sign of life. Returns the job's state, so that it learns of a wish to cancel."""
    found = find(connection, job_id)
    values = {"heartbeat": now, "phase": phase, "done": done, "total": total, "seconds_left": seconds_left}
    values["peak_bytes"] = max(peak_bytes, found.peak_bytes or 0)
    connection.execute(update(job).where(job.c.id == job_id, job.c.state.in_(AT_WORK)).values(values))
    return found.state


def replace_epochs(connection: Connection, job_id: int, history: Sequence[EpochFigures]) -> None:
    """All epochs of a run so far, in place of what was kept of it: a resumed run may do one again."""
    connection.execute(epoch.delete().where(epoch.c.job_id == job_id))
    rows = [{"job_id": job_id, "number": number, **asdict(figures)} for number, figures in enumerate(history)]
    if rows:
        connection.execute(epoch.insert(), rows)
        # Who finishes epochs is not the one that crashes over and over.
        connection.execute(update(job).where(job.c.id == job_id).values(attempts=1))


def cancel(connection: Connection, job_id: int, now: datetime) -> None:
    """Cancel a waiting job, and ask the process of a running one to stop. Nothing else is changed by it."""
    this = job.c.id == job_id
    gone = {"state": JobState.CANCELLED, "finished": now, "phase": ""}
    connection.execute(update(job).where(this, job.c.state == JobState.WAITING).values(gone))
    asked = update(job).where(this, job.c.state == JobState.RUNNING)
    connection.execute(asked.values(state=JobState.CANCELLING))


def end(
    connection: Connection, job_id: int, state: JobState, now: datetime, reason: str = "", result: str | None = None
) -> None:
    """A process's last word on its job."""
    values = {"state": state, "finished": now, "reason": reason, "owner": "", "phase": "", "seconds_left": None}
    values |= {"result": result} if result is not None else {}
    connection.execute(update(job).where(job.c.id == job_id, job.c.state.in_(AT_WORK)).values(values))


def requeue_or_fail(connection: Connection, job_id: int, owner: str, now: datetime, reason: str) -> None:
    """The process of a job has ended without a word: the next one goes on, unless too many have ended or none should.

    Args:
        reason: what to say where the job is given up.
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
    """Put a cancelled or failed job back into the line. Returns whether it was one."""
    ended = job.c.state.in_((JobState.CANCELLED, JobState.FAILED))
    values = {"state": JobState.WAITING, "attempts": 0, "reason": "", "finished": None}
    return connection.execute(update(job).where(job.c.id == job_id, ended).values(values)).rowcount == 1


def _jobs() -> Select:
    return select(*(job.c[name] for name in COLUMNS))


def _job(row: Row) -> Job:
    values = {name: getattr(row, name) for name in COLUMNS if name != "asked"}
    return Job(**values | {"kind": JobKind(row.kind), "state": JobState(row.state), "settings_json": row.asked})
