"""Transactions: one writer at a time, readers see one moment, and what must be on the disk is."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from core.store import workers
from core.store.database import Database
from core.store.schema import champion
from tests.unit.store.conftest import NOW


def appoint(database: Database, version: str, seconds: float = 0.0) -> None:
    with database.writing() as connection:
        before = connection.scalar(select(func.count()).select_from(champion))
        time.sleep(seconds)
        workers.appoint(connection, f"{version} after {before}", "ann", "", NOW)


def test_the_last_one_appointed_serves(database: Database) -> None:
    with database.reading() as connection:
        assert workers.latest_champion(connection) is None
    appoint(database, "a")
    appoint(database, "b")
    with database.reading() as connection:
        assert workers.latest_champion(connection).version == "b after 1"


def test_writers_wait_for_each_other(database: Database) -> None:
    """Each reads before it writes; had two read the same number, one would have been lost or refused."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: appoint(database, "v", 0.002), range(30)))
    with database.reading() as connection:
        versions = connection.scalars(select(champion.c.version).order_by(champion.c.id)).all()
    assert versions == [f"v after {number}" for number in range(30)]


def test_a_reader_sees_one_moment_and_keeps_nobody_waiting(database: Database) -> None:
    with database.reading() as connection:
        count = select(func.count()).select_from(champion)
        assert connection.scalar(count) == 0
        writer = threading.Thread(target=appoint, args=(database, "a"))
        writer.start()
        writer.join(timeout=20)
        assert not writer.is_alive()
        assert connection.scalar(count) == 0
    with database.reading() as connection:
        assert connection.scalar(count) == 1


def test_what_raises_is_rolled_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as connection:
        workers.appoint(connection, "a", "ann", "", NOW)
        raise RuntimeError
    with database.reading() as connection:
        assert workers.latest_champion(connection) is None


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_only_what_must_survive_a_power_cut_waits_for_the_disk(database: Database, durable: bool, level: int) -> None:
    for _ in range(2):  # the same connection comes back from the pool
        with database.writing(durable=durable) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
        with database.writing(durable=not durable) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3 - level
