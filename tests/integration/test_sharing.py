"""Several processes on one store: they share the work, start at once, and read a picture once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from core.bootstrap import Services, build
from core.errors import NewerDatabaseError
from core.reading.worker import worker
from tests.fakes import VERSION, FakeClassifier, add_fake_version, picture, take_in
from tests.integration.conftest import Start, all_rows, until
from tests.phantoms import zip_of
from tests.unit.architecture.sources import ROOT


def test_two_workers_share_the_work(services: Services, start: Start) -> None:
    for mark in "ab":
        start("worker", "--seconds", 0.01, "--mark", mark)
    until(lambda: [worker.state for worker in services.queue.workers()] == ["idle", "idle"])
    take_in(services, ("pile.zip", zip_of({f"{n}.png": picture(0.5, n) for n in range(200)})))
    until(lambda: not services.queue.is_open())
    by = Counter(row.model_sha256[0] for row in all_rows(services).values())
    assert set(by) == {"a", "b"}
    assert by.total() == services.queue.status().done == 200


def test_a_picture_in_two_batches_is_read_once(services: Services) -> None:
    first = take_in(services, ("a.png", picture(0.5)))
    second = take_in(services, ("copy of a.png", picture(0.5)))
    seen: list[np.ndarray] = []

    class Counting(FakeClassifier):
        def prepare(self, radiograph):
            if radiograph.name != "blank":
                seen.append(radiograph.pixels)
            return super().prepare(radiograph)

    worker.run(services, idle_seconds=0.0, load=Counting)
    third = take_in(services, ("a.png", picture(0.5)))
    worker.run(services, idle_seconds=0.0, load=Counting)
    assert len(seen) == 1
    predictions = [row.prediction_id for batch in (first, second, third) for row in all_rows(services, batch).values()]
    assert len(predictions) == 3
    assert len(set(predictions)) == 1


def test_processes_that_start_at_once_make_one_home(tmp_path) -> None:
    home = tmp_path / "home"
    add_fake_version(home / "shipped", VERSION)
    code = """
import sys
from pathlib import Path
from tests.fakes import fake_services
sys.stdin.readline()
services = fake_services(Path(sys.argv[1]))
print(services.ingest.create_batch("x", "ann").id)
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=ROOT, **pipes) for _ in range(3)]
    told = [process.communicate("go\n", timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(map(int, told)) == [1, 2, 3]


def test_a_newer_store_is_refused_on_start(services: Services) -> None:
    services.close()
    home = services.settings.home
    import sqlite3  # as another version would, without this one's code

    with sqlite3.connect(home / "fracture.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
    connection.close()
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with pytest.raises(NewerDatabaseError, match="from the future"):
        build(services.settings)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
