"""How a job reports: its phase, its steps and its epochs go to the store, and a request to cancel comes back."""

from __future__ import annotations

import logging
import os
import threading
import time
from types import TracebackType

import psutil

from core.cnn.training.callbacks import RunCancelledError, Watcher
from core.domain import EpochFigures, Job, JobState
from core.learning.jobs.queue import JobQueue
from core.store import jobs

REPORT_SECONDS = 1.0
GRACE_SECONDS = 7.0  # after a request to cancel, for a step to end; cancelling takes at most 10 s
READING, BUILDING = "reading pictures", "building the network"

log = logging.getLogger(__name__)


class Reporter:
    """Reports a job's progress to the store, once a second from its own thread, and learns of a request to cancel."""

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
        self._send()

    def begin(self, phase: str) -> None:
        """Report that a phase begins.

        Args:
            phase: in words, for people.

        Raises:
            RunCancelledError: the job is to be cancelled.
        """
        log.info("%s", phase)
        self._phase, self._done, self._total, self._seconds_left = phase, 0, 0, None
        self.stop_if_cancelled()

    def step(self, done: int, total: int) -> None:
        """Report how many steps of the phase are done. Raises RunCancelledError."""
        self._done, self._total = done, total
        self.stop_if_cancelled()

    def advance(self, phase: str, done: int, total: int) -> None:
        """Begin the phase where it is another one than before, and report its steps. Raises RunCancelledError."""
        if phase != self._phase:
            self.begin(phase)
        self.step(done, total)

    def stop_if_cancelled(self) -> None:
        """Raise RunCancelledError where the job is to be cancelled."""
        if self._cancelled_at is not None:
            raise RunCancelledError("Cancelled.")

    def watcher(self, epochs: int) -> Watcher:
        """Make the watcher that `core.cnn.training.train.train` takes, for a run of so many epochs."""
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

    def _on_step(self, done: int, total: int, _loss: float) -> None:
        epoch = len(self._history) + 1
        self._phase = f"epoch {epoch} of {self._epochs}"
        if done == 1:
            self._began = time.monotonic()
        spent = time.monotonic() - self._began
        finished = [figures.seconds for figures in self._history]
        whole = min(finished) if finished else spent / max(1, done - 1) * total  # the first step builds the graph
        left = max(0.0, whole * (self._epochs - epoch + 1) - spent)
        self._seconds_left = left if finished or done > 1 else None
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
            self._send()
            if self._cancelled_at is not None and time.monotonic() - self._cancelled_at > GRACE_SECONDS:
                log.info("cancelled in the middle of a step; what is on the disk is whole")
                self._queue.end(self._job.id, JobState.CANCELLED)
                self._queue.ensure()
                logging.shutdown()
                os._exit(0)

    def _send(self) -> None:
        try:
            self._peak = max(self._peak, self._process.memory_info().rss)
            progress = (self._phase, self._done, self._total, self._seconds_left, self._peak)
            state = self._queue.report(self._job.id, *progress)
        except Exception:  # noqa: BLE001  a store that is busy for long must not end the job
            log.exception("the store could not be told")
            return
        if state is JobState.CANCELLING and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
