"""The queue of trainings, comparisons and audits: it starts a process for the next job, and notices one that ended.

Any process may call `ensure`: a dashboard, a worker, a job's own process. One process is started, whoever is first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock

from core.domain import EpochFigures, Job, JobKind, JobState
from core.processes import CODE, is_alive, name_of, now, terminate
from core.store import jobs
from core.store.database import Database

COMMAND = (sys.executable, "-m", "core", "job")
FOLDERS: Mapping[JobKind, str] = MappingProxyType(  # of each kind's logs, below FRACTURE_HOME
    {JobKind.TRAINING: "training", JobKind.COMPARISON: "comparisons", JobKind.AUDIT: "audits"}
)
LOG = "log.txt"
TAIL_BYTES = 65_536
CRASHED = (
    f"Its process ended {jobs.CRASHES} times without a word and without finishing an epoch: most likely the memory ran "
    "out. Free some, or choose a smaller image size or batch size, and resume it."
)
CRASHED_AT_ONCE = (
    f"Its process ended {jobs.CRASHES} times without a word: most likely the memory ran out. Free some, and begin it "
    "again."
)


class JobQueue:
    """The jobs of each kind in their order, one of a kind at work at a time.

    Processes are named by `processes.name_of`.

    Args:
        home: FRACTURE_HOME.
        environment: the variables by which a job's process finds the same store.
        command: starts the process of a job whose id is added.
    """

    def __init__(
        self, database: Database, home: Path, environment: Mapping[str, str], command: tuple[str, ...] = COMMAND
    ) -> None:
        self._database = database
        self._home = home
        self._environment = environment
        self._command = command

    def check_free(self, version: str) -> None:
        """Raises VersionExistsError: an open training makes this version."""
        with self._database.reading() as connection:
            jobs.check_free(connection, version)

    def add(
        self, kind: JobKind, version: str, manifest_sha256: str, settings_json: str, reader: str, against: str = ""
    ) -> Job:
        """Queue a job, and start it where no other one is before it.

        Args:
            settings_json: the settings, as JSON.

        Raises:
            VersionExistsError: an open training makes this version. It is checked in the transaction that adds the
                job, so that of two requests at once one is refused.
        """
        with self._database.writing(durable=True) as connection:
            if kind is JobKind.TRAINING:
                jobs.check_free(connection, version)
            job_id = jobs.add(connection, kind, version, manifest_sha256, settings_json, reader, now(), against)
        self.ensure()
        return self.find(job_id)

    def find(self, job_id: int) -> Job:
        """Raises NotFoundError."""
        self.requeue_lost()
        with self._database.reading() as connection:
            return jobs.find(connection, job_id)

    def of_kind(self, kind: JobKind) -> list[Job]:
        """Newest first."""
        self.requeue_lost()
        with self._database.reading() as connection:
            return jobs.of_kind(connection, kind)

    def unfinished(self) -> list[Job]:
        """The jobs that wait or are at work, oldest first."""
        with self._database.reading() as connection:
            return jobs.unfinished(connection)

    def epochs(self, job_id: int) -> tuple[EpochFigures, ...]:
        """The finished epochs of a training, in their order."""
        with self._database.reading() as connection:
            return jobs.epochs(connection, job_id)

    def result(self, job_id: int) -> str | None:
        """The result of a finished job as JSON; None where it has none."""
        with self._database.reading() as connection:
            return jobs.result(connection, job_id)

    def cancel(self, job_id: int) -> Job:
        """Cancel a job: a waiting one at once, a running one within seconds. Raises NotFoundError."""
        with self._database.writing(durable=True) as connection:
            jobs.cancel(connection, job_id, now())
            job = jobs.find(connection, job_id)
        if job.state is JobState.CANCELLING and job.phase == jobs.STARTING:
            terminate(job.owner)  # it still loads its libraries, and does not look for a request yet
        return self.find(job_id)

    def resume(self, job_id: int) -> Job:
        """Queue a cancelled or failed job again; it goes on where it was. Any other job stays as it is.

        Raises:
            NotFoundError: no such job.
            VersionExistsError: another open training makes its version.
        """
        with self._database.writing(durable=True) as connection:
            job = jobs.find(connection, job_id)
            if job.kind is JobKind.TRAINING and not job.state.is_open:
                jobs.check_free(connection, job.version)
            jobs.resume(connection, job_id)
        self.ensure()
        return self.find(job_id)

    def ensure(self) -> bool:
        """Start a process for the next job of each kind where none is at work. Returns whether any job is open."""
        if not self.unfinished():
            return False
        with FileLock(self._home / "jobs.lock", timeout=60):
            self.requeue_lost()
            unfinished = self.unfinished()
            for kind in JobKind:
                queued = [job for job in unfinished if job.kind is kind]
                if queued and all(job.state is JobState.WAITING for job in queued):
                    self._start(queued[0])
        return bool(unfinished)

    def requeue_lost(self) -> None:
        """Queue each job again whose process has died, or give it up after too many times."""
        for job in self.unfinished():
            if job.state is JobState.WAITING or job.heartbeat is None:  # only a waiting job has no heartbeat
                continue
            if not is_alive(job.owner, job.heartbeat):
                reason = CRASHED if job.kind is JobKind.TRAINING else CRASHED_AT_ONCE
                with self._database.writing() as connection:
                    jobs.requeue_or_fail(connection, job.id, job.owner, now(), reason)

    def folder(self, job: Job) -> Path:
        """The folder of a job's log, and of a training's checkpoints. No other job ever has a folder of this name."""
        prefix = f"{job.version}-" if job.version else ""
        return self._home / FOLDERS[job.kind] / f"{prefix}{job.id}-{job.created:%Y%m%d%H%M%S}"

    def log_tail(self, job: Job, lines: int) -> str:
        """The last lines that a job's process has written."""
        path = self.folder(job) / LOG
        if not path.exists():
            return ""
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return "\n".join(stream.read().decode("utf-8", "replace").splitlines()[-lines:])

    def take(self, job_id: int) -> Job | None:
        """Claim a job for this process. None where it is not the job's turn, or another process is at it."""
        owner = name_of()
        with self._database.writing() as connection:
            found = jobs.find(connection, job_id)
            mine = found.state in jobs.AT_WORK and _is_same_process(found.owner, owner)
            if not mine and not jobs.take(connection, job_id, owner, now()):
                return None
            return jobs.find(connection, job_id)

    def report(
        self, job_id: int, phase: str, done: int, total: int, seconds_left: float | None, peak_bytes: int
    ) -> JobState:
        """Write a job's progress and heartbeat; see `core.store.jobs.report`."""
        with self._database.writing() as connection:
            return jobs.report(connection, job_id, now(), phase, done, total, seconds_left, peak_bytes)

    def replace_epochs(self, job_id: int, history: tuple[EpochFigures, ...]) -> None:
        """Write all epochs that a training has finished."""
        with self._database.writing() as connection:
            jobs.replace_epochs(connection, job_id, history)

    def end(self, job_id: int, state: JobState, reason: str = "", result: str | None = None) -> None:
        """Write how a job ended."""
        with self._database.writing(durable=True) as connection:
            jobs.end(connection, job_id, state, now(), reason, result)

    def _start(self, job: Job) -> None:
        folder = self.folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  the command is ours, and the id is a number
                [*self._command, str(job.id)],
                cwd=CODE.parent,
                env=os.environ | dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it outlives the dashboard, and Ctrl-C in a terminal is not meant for it
            )
        # Taken on its behalf: nobody starts a second process, and one that dies at once counts as an attempt.
        with self._database.writing() as connection:
            jobs.take(connection, job.id, name_of(process.pid), now())


def _is_same_process(one: str, other: str) -> bool:
    """Whether two names are of one process. The start that is part of a name may be rounded differently."""
    return one.rsplit("|", 1)[0] == other.rsplit("|", 1)[0]
