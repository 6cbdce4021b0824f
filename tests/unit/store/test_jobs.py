"""A job is taken once, ends once, and keeps the epochs that it has done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain import EpochFigures, JobKind, JobState
from core.errors import NotFoundError
from core.store import jobs
from core.store.database import Database
from tests.unit.store.conftest import NOW

LATER = NOW + timedelta(minutes=1)


def add(database: Database, kind: JobKind = JobKind.TRAINING, version: str = "new-1") -> int:
    with database.writing() as connection:
        return jobs.add(connection, kind, version, "m" * 64, "{}", "ann", NOW)


def epoch(number: int, auc: float = 0.5) -> EpochFigures:
    return EpochFigures(0, number, 0.5, 0.5, 0.5, auc, 0.5, 0.5, None, 1.0)


def test_one_of_a_kind_is_at_work(database: Database) -> None:
    first, second, other = add(database), add(database), add(database, JobKind.COMPARISON)
    with database.writing() as connection:
        assert jobs.take(connection, first, "one", NOW)
        assert not jobs.take(connection, first, "two", NOW)
        assert not jobs.take(connection, second, "two", NOW)
        assert jobs.take(connection, other, "two", NOW), "another kind has a line of its own"
        jobs.end(connection, first, JobState.FINISHED, LATER)
        assert jobs.take(connection, second, "three", NOW)
        assert [job.id for job in jobs.unfinished(connection)] == [second, other]
        assert [job.id for job in jobs.of_kind(connection, JobKind.TRAINING)] == [second, first]
        assert jobs.find(connection, first).finished == LATER
        with pytest.raises(NotFoundError):
            jobs.find(connection, 99)


def test_a_sign_of_life_answers_with_the_wish_to_cancel(database: Database) -> None:
    job_id = add(database)
    with database.writing() as connection:
        jobs.take(connection, job_id, "one", NOW)
        assert jobs.report(connection, job_id, LATER, "epoch 1 of 3", 2, 8, 9.5, 700) is JobState.RUNNING
        jobs.cancel(connection, job_id, LATER)
        assert jobs.report(connection, job_id, LATER, "epoch 1 of 3", 3, 8, 9.0, 600) is JobState.CANCELLING
        found = jobs.find(connection, job_id)
        assert (found.phase, found.done, found.total, found.fraction) == ("epoch 1 of 3", 3, 8, 3 / 8)
        assert (found.peak_bytes, found.seconds_left, found.heartbeat) == (700, 9.0, LATER)
        jobs.end(connection, job_id, JobState.CANCELLED, LATER)
        jobs.end(connection, job_id, JobState.FINISHED, LATER)
        assert jobs.find(connection, job_id).state is JobState.CANCELLED, "the first last word counts"


def test_a_lost_process_is_followed_by_another_three_times_at_most(database: Database) -> None:
    job_id = add(database)
    with database.writing() as connection:
        for life in range(jobs.CRASHES):
            assert jobs.take(connection, job_id, f"process {life}", NOW)
            jobs.requeue_or_fail(connection, job_id, "another", NOW, "too often")
            assert jobs.find(connection, job_id).state is JobState.RUNNING, "somebody else was lost"
            jobs.requeue_or_fail(connection, job_id, f"process {life}", NOW, "too often")
        found = jobs.find(connection, job_id)
        assert (found.state, found.reason, found.attempts) == (JobState.FAILED, "too often", jobs.CRASHES)
        assert jobs.resume(connection, job_id) and not jobs.resume(connection, job_id)
        assert jobs.find(connection, job_id).attempts == 0


def test_who_finishes_epochs_is_not_given_up(database: Database) -> None:
    job_id = add(database)
    with database.writing() as connection:
        for life in range(2 * jobs.CRASHES):
            assert jobs.take(connection, job_id, f"process {life}", NOW)
            jobs.replace_epochs(connection, job_id, [epoch(number) for number in range(life + 1)])
            jobs.requeue_or_fail(connection, job_id, f"process {life}", NOW, "too often")
        assert jobs.find(connection, job_id).state is JobState.WAITING


def test_a_resumed_run_replaces_what_it_does_again(database: Database) -> None:
    job_id = add(database)
    with database.writing() as connection:
        jobs.replace_epochs(connection, job_id, [epoch(0), epoch(1)])
        jobs.replace_epochs(connection, job_id, [epoch(0), epoch(1, 0.75)])
        assert jobs.epochs(connection, job_id) == (epoch(0), epoch(1, 0.75))
