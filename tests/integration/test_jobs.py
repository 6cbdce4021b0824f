"""A training is never lost, whatever is killed; it never hangs as running; and one goes on at a time."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.bootstrap import Services
from core.domain import JobKind, JobState
from core.errors import VersionExistsError
from core.learning.admin.trainings import TrainingJob
from core.learning.datasets import manifest
from core.learning.datasets.lineage import describe_folders
from core.learning.datasets.manifest import Split
from core.learning.jobs.queue import CRASHED
from core.learning.training.settings import TrainingSettings
from core.processes import is_alive
from tests.fakes import DEADLY_SEED, DEAF_SEED
from tests.integration.conftest import Start, until
from tests.phantoms import class_folders

SEED = 20261124
SETTINGS = TrainingSettings(start="random", epochs=12)


@pytest.fixture
def data_set(services: Services, tmp_path: Path) -> str:
    """A kept manifest of a few phantoms."""
    from core.learning.datasets.class_folders import read_split

    data = class_folders(tmp_path / "data", {split: 2 for split in Split})
    made = describe_folders("phantoms", {split: read_split(data / split) for split in Split}, data.resolve())
    manifest.write(made, services.settings.home)
    return made.sha256


def begin(services: Services, data_set: str, version: str = "new-1", **changes: object) -> TrainingJob:
    return services.trainings.start(replace(SETTINGS, **changes), data_set, version, "ann")


def process_of(services: Services, job_id: int) -> psutil.Process | None:
    """The process at work on a job, if there is one."""
    job = services.trainings.job(job_id).job
    return psutil.Process(int(job.owner.split("|")[1])) if job.owner else None


def kill(services: Services, job_id: int) -> None:
    process = process_of(services, job_id)
    if process is not None:
        process.kill()
        process.wait()


def ended(services: Services, job_id: int) -> bool:
    services.ensure_jobs()
    return not services.trainings.job(job_id).job.state.is_open


def test_killed_at_random_moments_it_goes_on_and_finishes(services: Services, data_set: str) -> None:
    moments = random.Random(SEED)
    job_id = begin(services, data_set).job.id
    for _ in range(3):
        before = len(services.trainings.job(job_id).epochs)
        until(lambda done=before: services.ensure_jobs() and len(services.trainings.job(job_id).epochs) > done)
        time.sleep(moments.uniform(0, 0.3))
        kill(services, job_id)
        job = services.trainings.job(job_id).job
        assert job.state is JobState.WAITING and job.owner == "", "it hangs as running"
    until(lambda: ended(services, job_id))
    training = services.trainings.job(job_id)
    assert training.job.state is JobState.FINISHED
    assert [figures.epoch for figures in training.epochs] == list(range(12))
    assert services.registry.get("new-1").version == "new-1"
    assert training.job.peak_bytes > 1_000_000 and training.job.finished > training.job.started
    assert "resumed after" in services.trainings.log_tail(job_id)


def test_one_that_dies_over_and_over_is_given_up_with_the_reason(services: Services, data_set: str) -> None:
    job_id = begin(services, data_set, seed=DEADLY_SEED).job.id
    until(lambda: ended(services, job_id))
    job = services.trainings.job(job_id).job
    assert (job.state, job.attempts, job.reason) == (JobState.FAILED, 3, CRASHED)


def test_cancelled_and_resumed(services: Services, data_set: str) -> None:
    job_id = begin(services, data_set, epochs=100).job.id
    until(lambda: services.trainings.job(job_id).epochs)
    assert services.trainings.cancel(job_id).job.state in (JobState.CANCELLING, JobState.CANCELLED)
    until(lambda: ended(services, job_id), seconds=10)
    stopped = services.trainings.job(job_id)
    assert stopped.job.state is JobState.CANCELLED and 0 < len(stopped.epochs) < 100
    assert services.trainings.resume(job_id).job.state.is_open
    until(lambda: len(services.trainings.job(job_id).epochs) > len(stopped.epochs))
    assert services.trainings.job(job_id).epochs[: len(stopped.epochs)] == stopped.epochs


def test_cancelling_does_not_wait_for_a_step_that_takes_long(services: Services, data_set: str) -> None:
    job_id = begin(services, data_set, seed=DEAF_SEED).job.id
    until(lambda: services.trainings.job(job_id).job.phase.startswith("training"))
    services.trainings.cancel(job_id)
    until(lambda: ended(services, job_id), seconds=10)
    assert services.trainings.job(job_id).job.state is JobState.CANCELLED


def test_killed_while_cancelling_it_is_cancelled(services: Services, data_set: str) -> None:
    job_id = begin(services, data_set, seed=DEAF_SEED).job.id
    until(lambda: services.trainings.job(job_id).job.phase.startswith("training"))
    services.trainings.cancel(job_id)
    kill(services, job_id)
    assert services.trainings.job(job_id).job.state is JobState.CANCELLED


def test_one_at_a_time_and_the_others_wait_in_line(services: Services, data_set: str) -> None:
    first, second, third = (begin(services, data_set, f"new-{number}", epochs=3).job.id for number in range(3))
    assert [services.trainings.job(number).place for number in (second, third)] == [1, 2]
    assert services.trainings.cancel(third).job.state is JobState.CANCELLED
    seen: set[int] = set()

    def all_done() -> bool:
        at_work = [job.job.id for job in services.trainings.jobs() if job.job.state is JobState.RUNNING]
        assert len(at_work) <= 1
        seen.update(at_work)
        return not any(job.job.state.is_open for job in services.trainings.jobs())

    until(all_done)  # the second is started by the process of the first: nobody calls `ensure_jobs` here
    assert seen == {first, second}
    assert [services.trainings.job(number).job.state for number in (first, second)] == [JobState.FINISHED] * 2


def test_a_worker_starts_it_again_while_reading_goes_on(services: Services, data_set: str, start: Start) -> None:
    job_id = begin(services, data_set, epochs=40).job.id
    until(lambda: services.trainings.job(job_id).epochs)
    worker = start("worker")
    until(lambda: services.queue.status().alive)
    kill(services, job_id)
    until(lambda: not services.trainings.job(job_id).job.state.is_open)
    assert services.trainings.job(job_id).job.state is JobState.FINISHED
    assert worker.is_running()


def test_it_outlives_who_started_it(services: Services, data_set: str, start: Start) -> None:
    """A worker starts a process for what waits, is killed, and the training neither notices nor is begun again."""
    job_id = begin(services, data_set, epochs=60).job.id
    kill(services, job_id)
    worker = start("worker")
    until(lambda: services.trainings.job(job_id).epochs)
    owner = services.trainings.job(job_id).job.owner
    worker.kill()
    worker.wait()
    job = services.trainings.job(job_id).job
    assert job.owner == owner and is_alive(owner, job.heartbeat)
    until(lambda: not services.trainings.job(job_id).job.state.is_open)
    assert services.trainings.job(job_id).job.state is JobState.FINISHED


def test_of_two_trainings_asked_for_at_once_one_is_taken(services: Services) -> None:
    """Both tabs have passed every check when the first one's row is written."""
    first = services.jobs.add(JobKind.TRAINING, "twin", "0" * 64, SETTINGS.to_json(), "ann")
    with pytest.raises(VersionExistsError, match="twin is under way"):
        services.jobs.add(JobKind.TRAINING, "twin", "0" * 64, SETTINGS.to_json(), "bob")
    services.jobs.cancel(first.id)
    until(lambda: not services.jobs.find(first.id).state.is_open)
    second = services.jobs.add(JobKind.TRAINING, "twin", "0" * 64, SETTINGS.to_json(), "bob")
    with pytest.raises(VersionExistsError, match="twin is under way"):
        services.jobs.resume(first.id)
    services.jobs.cancel(second.id)
