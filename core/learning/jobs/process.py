"""The process of one job: take it from the queue, hand it to its handler, and write down how it ended."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from core.cnn.training.callbacks import RunCancelledError
from core.config import Settings
from core.domain import Job, JobKind, JobState
from core.errors import FractureReviewError
from core.learning.datasets.catalogue import DataSetCatalogue
from core.learning.jobs.queue import JobQueue
from core.learning.jobs.reporter import Reporter
from core.registry import Registry
from core.store.database import Database

NICENESS = 10  # reading goes on beside it, and goes first

log = logging.getLogger(__name__)


class JobServices(Protocol):
    """The services that a handler may use."""

    @property
    def settings(self) -> Settings:
        """The installation's settings."""

    @property
    def registry(self) -> Registry:
        """The model versions."""

    @property
    def database(self) -> Database:
        """The store."""

    @property
    def jobs(self) -> JobQueue:
        """The queue that the job came from."""

    @property
    def data_sets(self) -> DataSetCatalogue:
        """The sources of data sets, and those that are kept."""


Handler = Callable[[JobServices, Job, Reporter], str | None]  # does a job; returns its result as JSON, if it has one


def run(services: JobServices, job_id: int, handlers: Mapping[JobKind, Handler]) -> JobState:
    """Do one job from beginning to end, then start the next one.

    Args:
        handlers: one for each kind of job, such as `core.learning.jobs.handlers.HANDLERS`.

    Returns:
        The state that the job has come to.

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
        state, reason, result = _do(services, job, reporter, handlers[job.kind])
    services.jobs.end(job.id, state, reason, result)
    log.info("job %d: %s", job.id, state)  # the reason is in the store: it may name files, which no log does
    services.jobs.ensure()
    return state


def _do(services: JobServices, job: Job, reporter: Reporter, handler: Handler) -> tuple[JobState, str, str | None]:
    try:
        return JobState.FINISHED, "", handler(services, job, reporter)
    except RunCancelledError:
        return JobState.CANCELLED, "", None
    except FractureReviewError as error:
        return JobState.FAILED, str(error), None
    except Exception as error:  # noqa: BLE001  whatever it is, the job must not hang as running
        log.exception("job %d failed", job.id)
        return JobState.FAILED, f"An error that nobody expected: {type(error).__name__}: {error}. See the log.", None
