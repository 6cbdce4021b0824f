"""The process of one job: it says how far it is, hears of a wish to cancel, and leaves a last word."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Protocol

import psutil

from core.cnn.training.callbacks import RunCancelledError, Watcher
from core.config import Settings
from core.domain import EpochFigures, Job, JobKind, JobState
from core.errors import FractureReviewError
from core.learning.datasets.catalogue import DataSetCatalogue
from core.learning.jobs.audit_job import audit_data_set
from core.learning.jobs.comparison_job import compare_versions
from core.learning.jobs.queue import JobQueue
from core.learning.jobs.train_job import train_version
from core.registry import Registry
from core.store import jobs
from core.store.database import Database

NICENESS = 10  # reading goes on beside it, and goes first
REPORT_SECONDS = 1.0
GRACE_SECONDS = 7.0  # after a wish to cancel, for a step to end; cancelling takes at most 10 s

READING, BUILDING = "reading pictures", "building the network"

log = logging.getLogger(__name__)


class JobServices(Protocol):
    """What a job needs of the services."""

    settings: Settings
    registry: Registry
    database: Database
    jobs: JobQueue
    data_sets: DataSetCatalogue


Work = Callable[[JobServices, Job, "Reporter"], str | None]
WORK: Mapping[JobKind, Work] = MappingProxyType(
    {JobKind.TRAINING: train_version, JobKind.COMPARISON: compare_versions, JobKind.AUDIT: audit_data_set}
)


def run(services: JobServices, job_id: int, work: Mapping[JobKind, Work] = WORK) -> JobState:
    """Do one job from beginning to end, then see to the next in line. Returns what has become of it.

    Raises:
        NotFoundError: there is no such job.
    """
    job = services.jobs.take(job_id)
    if job is None:
        state = services.jobs.find(job_id).state
        log.info("job %d is left alone: it is %s", job_id, state)
        return state
    os.nice(NICENESS)
    with Reporter(services.jobs, job) as reporter:
        state, reason, result = _do(services, job, reporter, work[job.kind])
    services.jobs.end(job.id, state, reason, result)
    log.info("job %d: %s", job.id, state)  # the reason is in the store: it may name files, which no log does
    services.jobs.ensure()
    return state


def _do(services: JobServices, job: Job, reporter: Reporter, work: Work) -> tuple[JobState, str, str | None]:
    try:
        return JobState.FINISHED, "", work(services, job, reporter)
    except RunCancelledError:
        return JobState.CANCELLED, "", None
    except FractureReviewError as error:
        return JobState.FAILED, str(error), None
    except Exception as error:  # noqa: BLE001  whatever it is, the job must not hang as running
        log.exception("job %d failed", job.id)
        return JobState.FAILED, f"An error that nobody expected: {type(error).__name__}: {error}. See the log.", None


class Reporter:
    """Tells the store how a job goes, once a second from a thread of its own, and asks whether it is still wanted."""

    def __init__(self, queue: JobQueue, job: Job) -> None:
        self._queue, self._job = queue, job
        self._process = psutil.Process()
        self._phase, self._done, self._total = jobs.STARTING, 0, 0
        self._seconds_left: float | None = None
        self._peak = 0
        self._history: tuple[EpochFigures, ...] = ()
        self._epochs = 1
        self._began = time.monotonic()
        self._cancelled_at: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, name="reporter", daemon=True)

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        self._tell()

    def say(self, phase: str) -> None:
        """What comes now, in words."""
        log.info("%s", phase)
        self._phase, self._done, self._total, self._seconds_left = phase, 0, 0, None
        self.stop_if_cancelled()

    def step(self, done: int, total: int) -> None:
        """How far that has come."""
        self._done, self._total = done, total
        self.stop_if_cancelled()

    def come_to(self, phase: str, done: int, total: int) -> None:
        """Both: what comes now where that is new, and how far it has come."""
        if phase != self._phase:
            self.say(phase)
        self.step(done, total)

    def stop_if_cancelled(self) -> None:
        """Raises RunCancelledError."""
        if self._cancelled_at is not None:
            raise RunCancelledError("Cancelled.")

    def watcher(self, epochs: int) -> Watcher:
        """For `core.cnn.training.train.train`, of a run of so many epochs."""
        self._epochs = epochs
        return Watcher(
            on_start=self._on_start,
            on_load=self._on_load,
            on_step=self._on_step,
            on_epoch=self._on_epoch,
            cancelled=lambda: self._cancelled_at is not None,
        )

    def _on_start(self, history: tuple[EpochFigures, ...]) -> None:
        self._history = history
        if history:
            log.info("resumed after %d epochs", len(history))
            self._queue.replace_epochs(self._job.id, history)

    def _on_load(self, done: int, total: int) -> None:
        if self._phase in (READING, BUILDING) or self._phase.startswith("training on"):
            self._phase = READING if done < total else BUILDING
        self._done, self._total = done, total

    def _on_step(self, done: int, total: int, loss: float) -> None:
        epoch = len(self._history) + 1
        self._phase = f"epoch {epoch} of {self._epochs}"
        if done == 1:
            self._began = time.monotonic()
        spent = time.monotonic() - self._began
        known = [figures.seconds for figures in self._history]
        whole = min(known) if known else spent / max(1, done - 1) * total  # the first step builds the graph
        self._seconds_left = max(0.0, whole * (self._epochs - epoch + 1) - spent) if known or done > 1 else None
        self._done, self._total = done, total

    def _on_epoch(self, figures: EpochFigures) -> None:
        self._history = (*self._history, figures)
        self._queue.replace_epochs(self._job.id, self._history)
        log.info(
            "epoch %d of %d: loss %.4f, accuracy %.4f; tuning loss %.4f, AUC %.4f, sensitivity %.3f, specificity %.3f",
            len(self._history),
            self._epochs,
            figures.loss,
            figures.accuracy,
            figures.tuning_loss,
            figures.auc,
            figures.sensitivity,
            figures.specificity,
        )

    def _report(self) -> None:
        while not self._ended.wait(REPORT_SECONDS):
            self._tell()
            if self._cancelled_at is not None and time.monotonic() - self._cancelled_at > GRACE_SECONDS:
                log.info("cancelled in the middle of a step; what is on the disk is whole")
                self._queue.end(self._job.id, JobState.CANCELLED)
                self._queue.ensure()
                logging.shutdown()
                os._exit(0)

    def _tell(self) -> None:
        try:
            self._peak = max(self._peak, self._process.memory_info().rss)
            facts = (self._phase, self._done, self._total, self._seconds_left, self._peak)
            state = self._queue.report(self._job.id, *facts)
        except Exception:  # noqa: BLE001  a store that is busy for long must not end the job
            log.exception("the store could not be told")
            return
        if state is JobState.CANCELLING and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
