"""The queue as a worker and a screen see it: claim rows, store their results, release them; the workers' status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain import Prediction, WorkerState, WorkState
from core.processes import is_alive, now
from core.reading.champion import ModelVersions
from core.store import batches, predictions, work, workers
from core.store.batch_records import BatchProgress
from core.store.database import Database
from core.store.records import ClaimedWork, WorkerRecord

LEASE = timedelta(
    minutes=5
)  # longer than any batch takes; the rows of a process that is known to be gone are free at once
REMEMBERED = timedelta(minutes=1)  # how long a dead worker stays in the store, so that one that dies at once is noticed
ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """Whether a worker is alive, and how much it has to do.

    Attributes:
        state: none, starting, idle or reading.
        waiting, failed, done: rows of the queue; those that are claimed wait too.
        rate: predictions a second over the last minute.
        champion: the version that predicts new batches.
        batch: the one that is predicted now, None where nothing waits.
    """

    alive: bool
    state: str
    waiting: int
    failed: int
    done: int
    rate: float
    champion: str
    batch: BatchProgress | None = None


class Queue:
    """The rows without a prediction. Workers are named by `processes.name_of`."""

    def __init__(self, database: Database, models: ModelVersions) -> None:
        self._database = database
        self._models = models

    def is_waiting(self) -> bool:
        """Whether a claim would find something now."""
        with self._database.reading() as connection:
            return work.is_waiting(connection, now())

    def is_open(self) -> bool:
        """Whether anything is neither predicted nor failed, whoever holds it."""
        with self._database.reading() as connection:
            return work.is_open(connection)

    def claim(self, owner: str, most: int, *, suspects: bool = True) -> list[ClaimedWork]:
        """Take at most so many rows of one version; see `core.store.work.claim`."""
        with self._database.writing() as connection:
            return work.claim(connection, owner, most, now(), LEASE, suspects=suspects)

    def store_results(self, predicted: Mapping[int, Prediction], failed: Mapping[int, str]) -> None:
        """Store predictions and failures, by work id, in one commit."""
        with self._database.writing() as connection:
            predictions.store(connection, predicted, now())
            for work_id, reason in failed.items():
                work.finish(connection, [work_id], WorkState.FAILED, reason[:ERROR_LENGTH])

    def release(self, owner: str, work_ids: Sequence[int]) -> None:
        """Give rows back without a result."""
        with self._database.writing() as connection:
            work.release(connection, owner, work_ids)

    def report(self, owner: str, code_version: str, state: WorkerState) -> None:
        """Store a worker's heartbeat and what it does."""
        with self._database.writing() as connection:
            workers.report(connection, owner, code_version, state, now())

    def remove_worker(self, owner: str) -> None:
        """Forget a worker that ends."""
        with self._database.writing() as connection:
            workers.remove(connection, owner)

    def release_lost(self) -> None:
        """Release the rows of workers that ended without releasing them."""
        with self._database.reading() as connection:
            dead = [record for record in workers.all_workers(connection) if not _lives(record)]
            holding = set(work.owners(connection)) if dead else set()
        forgotten = [record for record in dead if now() - record.heartbeat > REMEMBERED]
        if not forgotten and holding.isdisjoint(record.owner for record in dead):
            return
        with self._database.writing() as connection:
            for record in dead:
                work.expire(connection, record.owner)
            for record in forgotten:
                workers.remove(connection, record.owner)

    def workers(self) -> list[WorkerRecord]:
        """The workers that are alive, newest first."""
        return [record for record in self.known_workers() if _lives(record)]

    def known_workers(self) -> list[WorkerRecord]:
        """The workers that are alive or were a minute ago, newest first."""
        with self._database.reading() as connection:
            return workers.all_workers(connection)

    def status(self) -> WorkerStatus:
        """What a screen shows of the queue and its workers."""
        with self._database.reading() as connection:
            states = work.count_states(connection)
            rate = predictions.rate(connection, now())
            known = workers.all_workers(connection)
            batch = batches.being_read(connection)
        alive = [record for record in known if _lives(record)]
        return WorkerStatus(
            alive=bool(alive),
            state=alive[0].state if alive else "none",
            waiting=states.get(WorkState.WAITING, 0) + states.get(WorkState.CLAIMED, 0),
            failed=states.get(WorkState.FAILED, 0),
            done=states.get(WorkState.PREDICTED, 0),
            rate=rate,
            champion=self._models.champion_name(),
            batch=batch,
        )


def _lives(record: WorkerRecord) -> bool:
    return is_alive(record.owner, record.heartbeat)
