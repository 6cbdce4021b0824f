"""One worker is started when there is none and something to read, however many ask."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.bootstrap import Services
from core.reading.worker import supervisor
from core.reading.worker.supervisor import ensure_worker
from tests.fakes import picture, take_in

FAKE = (sys.executable, "-m", "tests.fakes", "worker", "--idle-seconds", "2")


def ended(services: Services, seconds: float = 20.0) -> bool:
    for _ in range(round(seconds / 0.05)):
        if not services.queue.workers():
            return True
        time.sleep(0.05)
    return False


def test_without_anything_to_read_none_is_started(services: Services) -> None:
    assert not services.ensure_worker()
    assert services.queue.known_workers() == []


def test_tabs_that_ask_at_once_start_one_and_it_reads(services: Services) -> None:
    take_in(services, ("a.png", picture(0.5)))
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ensure_worker, services.settings, services.queue, False, FAKE) for _ in range(6)]
    assert sorted(future.result() for future in asked) == [False] * 5 + [True]
    assert services.queue.status().alive
    for _ in range(400):
        if services.queue.status().done:
            break
        time.sleep(0.05)
    assert services.queue.status().done == 1
    names = {record.owner.rsplit("|", 1)[0] for record in services.queue.workers()}
    assert len(names) == 1
    assert not ensure_worker(services.settings, services.queue, True, FAKE)
    assert ended(services)
    log = (services.settings.home / "worker.log").read_text()
    assert "a.png" not in log


def test_one_that_dies_at_once_is_not_started_over_and_over(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = (sys.executable, "-c", "raise SystemExit(3)")
    assert ensure_worker(services.settings, services.queue, True, dying)
    assert ended(services)
    assert not ensure_worker(services.settings, services.queue, True, dying)
    monkeypatch.setattr(supervisor, "PATIENCE", supervisor.PATIENCE * 0)
    assert ensure_worker(services.settings, services.queue, True, dying)
    assert ended(services)


def test_it_gets_the_settings_and_a_place_of_its_own(services: Services, tmp_path: Path) -> None:
    told = tmp_path / "told"
    code = f"""
import os, sys, pathlib
facts = [os.environ["FRACTURE_HOME"], os.environ["FRACTURE_DATABASE_URL"], *sys.argv[1:]]
facts.append(str(os.getsid(0) == os.getpid()))
pathlib.Path({str(told)!r}).write_text("\\n".join(facts))
"""
    assert ensure_worker(services.settings, services.queue, True, (sys.executable, "-c", code))
    assert ended(services)
    home = services.settings.home
    parent = str(psutil.Process().pid)
    assert told.read_text().splitlines() == [str(home), f"sqlite:///{home}/fracture.db", "--parent-pid", parent, "True"]


def test_the_log_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    for number in range(6):
        with supervisor.open_log(tmp_path) as log:
            log.write(f"start number {number}".encode())
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["worker.log", "worker.log.1", "worker.log.2", "worker.log.3"]
    assert (tmp_path / "worker.log.1").read_bytes() == b"start number 4"
