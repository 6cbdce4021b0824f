"""SIGKILL at any moment loses nothing and stores nothing twice."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import Services
from core.domain import IntakeState
from core.store.work import CRASHED
from tests.fakes import DEADLY, fake_probability, picture, take_in
from tests.integration.conftest import Start, all_rows, until
from tests.phantoms import zip_of

SEED = 20261122


@pytest.fixture
def sql(services: Services) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(services.settings.home / "fracture.db")
    yield connection
    connection.close()


def pile(number: int) -> bytes:
    """A ZIP of so many different pictures."""
    return zip_of({f"{n}.png": picture(n / number, n) for n in range(number)})


def is_whole(sql: sqlite3.Connection) -> None:
    """What must be true of the store at every moment."""
    assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert sql.execute("PRAGMA foreign_key_check").fetchall() == []
    one = "SELECT count(*) FROM prediction p JOIN work w ON w.id = p.id WHERE w.state = 'predicted'"
    assert sql.execute(one).fetchone() == sql.execute("SELECT count(*) FROM prediction").fetchone()
    assert (
        sql.execute("SELECT count(*) FROM prediction").fetchone()
        == sql.execute("SELECT count(*) FROM work WHERE state = 'predicted'").fetchone()
    )
    assert (
        sql.execute("SELECT count(*) FROM heatmap").fetchone()
        == sql.execute("SELECT count(DISTINCT radiograph_id || model_version) FROM prediction").fetchone()
    )


def test_a_killed_worker_loses_nothing_and_stores_nothing_twice(
    services: Services, start: Start, sql: sqlite3.Connection
) -> None:
    moments = random.Random(SEED)
    take_in(services, ("pile.zip", pile(240)))
    kills = 0
    while kills < 8 and services.queue.status().done < 240:
        done = services.queue.status().done
        worker = start("worker", "--seconds", 0.002)
        until(lambda before=done: services.queue.status().done > before)
        time.sleep(moments.uniform(0, 0.1))
        worker.kill()
        worker.wait()
        kills += 1
        is_whole(sql)
    assert kills >= 4, "the worker was too quick for this test"
    start("worker")
    until(lambda: not services.queue.is_open())
    is_whole(sql)
    assert services.queue.status().done == 240
    rows = all_rows(services)
    for name in ("pile.zip/0.png", "pile.zip/17.png", "pile.zip/239.png"):
        pixels = services.viewing.radiograph(rows[name].entry_id).pixels
        assert rows[name].probability == pytest.approx(fake_probability(pixels))


def test_one_that_kills_its_reader_is_given_up_and_its_neighbours_are_read(services: Services, start: Start) -> None:
    pictures = [(f"{n}.png", picture(0.5, n)) for n in range(12)]
    take_in(services, *pictures, ("deadly.png", picture(0.5, first=DEADLY)))
    lives = 0
    while services.queue.is_open():
        start("worker", "--idle-seconds", 0).wait(timeout=60)
        lives += 1
    rows = all_rows(services)
    assert (rows["deadly.png"].status, rows["deadly.png"].error) == ("failed", CRASHED)
    assert services.queue.status().done == 12
    assert lives == 4


def test_a_killed_dashboard_leaves_whole_entries_and_the_rest_can_be_taken_in_again(
    services: Services, start: Start, tmp_path: Path, sql: sqlite3.Connection
) -> None:
    moments = random.Random(SEED)
    archive = tmp_path / "pile.zip"
    archive.write_bytes(pile(400))
    for _ in range(6):
        batch_id = services.ingest.create_batch("pile", "ann").id
        dashboard = start("intake", archive, "--batch", batch_id)
        until(lambda batch=batch_id: services.ingest.progress(batch) and services.ingest.progress(batch).received > 20)
        time.sleep(moments.uniform(0, 0.1))
        dashboard.kill()
        dashboard.wait()
        progress = services.ingest.progress(batch_id)
        assert progress.state is IntakeState.INTERRUPTED
        assert progress.received == progress.taken + progress.known + progress.refused < 400
        rows = all_rows(services, batch_id)
        assert len(rows) == progress.received
        for row in list(rows.values())[:: max(1, len(rows) // 10)]:
            assert services.viewing.radiograph(row.entry_id).sha256 == row.sha256
        is_whole(sql)
    for _ in services.ingest.take_in(batch_id, "pile.zip", archive):
        pass
    assert len(all_rows(services, batch_id)) == 400
    assert services.queue.status().waiting == 400
