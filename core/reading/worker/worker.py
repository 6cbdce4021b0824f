"""The process that predicts what is queued: threads prepare the next batch while the network predicts this one."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import psutil

from core.config import Settings
from core.domain import Prediction, Radiograph, Window, WorkerState
from core.errors import FractureReviewError, RefusedFileError
from core.prediction.pipeline import Input, Pipeline, PreparedPage, decoding_threads
from core.processes import code_version, is_alive, name_of, now
from core.reading.champion import ModelVersions
from core.reading.stored_radiographs import decode_kept, read_kept
from core.reading.worker.queue import Queue
from core.store.files import FileStore
from core.store.records import ClaimedWork

BATCH = 16
IDLE_SECONDS = 900.0
WAIT_SECONDS = 0.2  # between two looks at an empty queue
REPORT_SECONDS = 5.0  # between two signs of life, two looks at the code's version, and two at the jobs
CHAMPION_SECONDS = 1.0  # between two looks at who serves, so that a new champion is loaded before its first batch

log = logging.getLogger(__name__)


class Predictor(Protocol):
    """What a worker needs of a classifier."""

    def prepare(self, radiograph: Radiograph) -> Any:
        """From a radiograph to what `predict` takes. Called from several threads at once."""
        ...

    def predict(self, prepared: list[Any], heatmaps: bool = True) -> list[Prediction]:
        """One prediction for each that was prepared, in order."""
        ...


class WorkerServices(Protocol):
    """What a worker needs of the services."""

    @property
    def settings(self) -> Settings:
        """Its limits hold for what is decoded."""
        ...

    @property
    def files(self) -> FileStore:
        """The bytes of the radiographs."""
        ...

    @property
    def queue(self) -> Queue:
        """What is to be predicted."""
        ...

    @property
    def model_versions(self) -> ModelVersions:
        """The champion's name, and the classifier of a version."""
        ...

    def ensure_jobs(self) -> bool:
        """See `core.bootstrap.Services.ensure_jobs`."""
        ...


@dataclass(frozen=True)
class ClaimedBatch:
    """Rows of one model version that this worker holds, being decoded and prepared.

    Attributes:
        pipeline: None where the version cannot be loaded; `reason` then says why.
        begun: of each claim, what `Pipeline.begin` gave.
    """

    claims: tuple[ClaimedWork, ...]
    pipeline: Pipeline[ClaimedWork, None, Prediction] | None
    begun: tuple[Future[Iterator[PreparedPage[ClaimedWork, None]]], ...] = ()
    reason: str = ""

    @property
    def alone(self) -> bool:
        """Whether it is one row that may end the process, see `core.store.work.claim`."""
        return self.claims[0].alone


def run(
    services: WorkerServices,
    *,
    parent_pid: int | None = None,
    idle_seconds: float = IDLE_SECONDS,
    stop: Callable[[], bool] = lambda: False,
    load: Callable[[str], Predictor] | None = None,
) -> None:
    """Predict what is queued until there is a reason to end: see `Worker.must_end`.

    Args:
        parent_pid: the process that started this one; where that has ended, this one ends too.
        idle_seconds: after so long without a row to predict, it ends.
        stop: asked between batches whether to end.
        load: gives the classifier of a version; by default `ModelVersions.classifier`.
    """
    with interrupted() as event:
        worker = Worker(services, load or services.model_versions.classifier, lambda: event.is_set() or stop())
        worker.run(parent_pid, idle_seconds)


class Worker:
    """One worker, from its start to its end.

    Args:
        load: gives the classifier of a version.
        stop: asked between batches whether to end.
    """

    def __init__(self, services: WorkerServices, load: Callable[[str], Predictor], stop: Callable[[], bool]) -> None:
        self._queue = services.queue
        self._files = services.files
        self._limits = services.settings.limits
        self._models = services.model_versions
        self._load = load
        self._stop = stop
        self._name = name_of()
        self._code = code_version()
        self._ensure_jobs = services.ensure_jobs
        self._loaded: tuple[str, Predictor] | None = None
        self._unloadable = ""  # a champion that could not be loaded
        self._champion_checked = 0.0
        self._busy_at = time.monotonic()
        self._reported = ("", 0.0)
        self._ending = ""

    def run(self, parent_pid: int | None, idle_seconds: float) -> None:
        """See the function `run`."""
        try:
            parent = name_of(parent_pid) if parent_pid else None
        except psutil.NoSuchProcess:
            log.info("worker ends: its parent is gone")
            return
        self._report(WorkerState.STARTING)
        try:
            self._queue.release_lost()
            self._load_champion()
            self._busy_at = time.monotonic()
            with decoding_threads() as pool:
                self._work(pool, parent, idle_seconds)
        finally:
            self._queue.remove_worker(self._name)
        log.info("worker ends: %s", self._ending)

    def _load_champion(self) -> None:
        """Load the champion before anything is claimed. Where that fails, the rows that need it will say why."""
        self._champion_checked = time.monotonic()
        champion = self._models.champion_name()
        if champion in ("", self._unloadable, self._loaded[0] if self._loaded else None):
            return
        try:
            self._classifier(champion)
        except FractureReviewError as error:
            self._unloadable = champion
            log.warning("the champion cannot be loaded: %s", error)

    def must_end(self, parent: str | None) -> bool:
        """Whether to end: told to, without its parent, with new code on the disk, or idle for long."""
        if self._stop():
            self._ending = "told to"
        elif parent is not None and not is_alive(parent, now()):
            self._ending = "its parent is gone"
        return bool(self._ending)

    def _work(self, pool: ThreadPoolExecutor, parent: str | None, idle_seconds: float) -> None:
        held: ClaimedBatch | None = None
        while not self.must_end(parent):
            # Beside a suspect nothing else is held: should it end this process, it takes no neighbour with it.
            upcoming = None if held and held.alone else self._claim_batch(pool, suspects=held is None)
            if held:
                self._finish(held)
            held = upcoming
            if held is None and not self._queue.is_waiting():
                self._wait(idle_seconds)
        if held:
            for begun in held.begun:
                begun.cancel()
            self._queue.release(self._name, [claim.work_id for claim in held.claims])

    def _claim_batch(self, pool: ThreadPoolExecutor, suspects: bool) -> ClaimedBatch | None:
        if not self._queue.is_waiting():
            return None
        claims = self._queue.claim(self._name, BATCH, suspects=suspects)
        if not claims:
            return None
        self._report(WorkerState.READING)
        try:
            classifier = self._classifier(claims[0].model_version)
        except FractureReviewError as error:
            return ClaimedBatch(tuple(claims), None, reason=str(error))
        pipeline: Pipeline[ClaimedWork, None, Prediction] = Pipeline(
            pool=pool,
            decode=lambda data, claim, limits: [decode_kept(data, claim.radiograph, limits)],
            prepare=classifier.prepare,
            predict=classifier.predict,
            keep=lambda _: None,  # the store has it already
            limits=self._limits,
        )
        begun = [pipeline.begin(Input(claim, partial(read_kept, self._files, claim.radiograph))) for claim in claims]
        return ClaimedBatch(tuple(claims), pipeline, tuple(begun))

    def _finish(self, batch: ClaimedBatch) -> None:
        """Predict what could be prepared, and store all that came of it in one commit."""
        predicted: dict[int, Prediction] = {}
        failed: dict[int, str] = {}
        if batch.pipeline is None:
            failed = {claim.work_id: batch.reason for claim in batch.claims}
        else:
            pages = [page for begun in batch.begun for page in begun.result()]
            for outcome in batch.pipeline.finish(pages):
                if outcome.answer is not None:
                    predicted[outcome.source.work_id] = outcome.answer
                elif outcome.error is not None:
                    failed[outcome.source.work_id] = describe(outcome.error)
        self._queue.store_results(predicted, failed)
        self._busy_at = time.monotonic()
        if failed:
            log.warning("%d of %d radiographs failed", len(failed), len(batch.claims))

    def _classifier(self, version: str) -> Predictor:
        """The classifier of a version; the last one stays loaded. A first prediction, of nothing, warms it up."""
        if self._loaded is None or self._loaded[0] != version:
            self._loaded = None
            classifier = self._load(version)
            blank = Radiograph("0" * 64, 0, "blank", np.zeros((64, 64), np.uint8), 8, "PNG", Window(0, 255))
            classifier.predict([classifier.prepare(blank)])
            self._loaded = (version, classifier)
            log.info("worker has loaded %s", version)
        return self._loaded[1]

    def _wait(self, idle_seconds: float) -> None:
        self._report(WorkerState.IDLE)
        self._queue.release_lost()
        if self._queue.is_waiting():
            return
        if time.monotonic() - self._champion_checked > CHAMPION_SECONDS:
            self._load_champion()
        if time.monotonic() - self._busy_at > idle_seconds:
            self._ending = "nothing to read"
        else:
            time.sleep(WAIT_SECONDS)

    def _report(self, state: WorkerState) -> None:
        before, at = self._reported
        if state == before and time.monotonic() - at < REPORT_SECONDS:
            return
        self._queue.report(self._name, self._code, state)
        if self._ensure_jobs():
            self._busy_at = time.monotonic()  # somebody must be there to start a job's process again
        self._reported = (state, time.monotonic())
        if code_version() != self._code:
            self._ending = "the code's version changed"


def describe(error: Exception) -> str:
    """Why there is no prediction, in words without a file's name."""
    if isinstance(error, RefusedFileError):
        return f"{error.reason}. {error.remedy}"
    if isinstance(error, FractureReviewError):
        return str(error)
    return f"it cannot be read ({type(error).__name__})"


@contextmanager
def interrupted() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM or Ctrl-C, so that the batch in hand is finished first."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    kinds = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(kind, lambda *_: event.set()) for kind in kinds]
    try:
        yield event
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
