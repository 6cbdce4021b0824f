"""A store that several real processes use at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.bootstrap import Services
from core.reading.worklist import WorklistFilter, WorklistRow
from tests.fakes import fake_services
from tests.unit.architecture.sources import ROOT

Start = Callable[..., psutil.Process]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    built = fake_services(tmp_path / "home")
    yield built
    built.close()


@pytest.fixture
def start(services: Services) -> Iterator[Start]:
    """Start `python -m tests.fakes ...` on the same home; what still runs at the end is killed."""
    environment = os.environ | {"FRACTURE_HOME": str(services.settings.home)}
    command = [sys.executable, "-m", "tests.fakes", "spawn"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started: list[psutil.Process] = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as parent:

        def run(*arguments: object) -> psutil.Process:
            parent.stdin.write("".join(f"{argument}\0" for argument in arguments) + "\n")
            parent.stdin.flush()
            started.append(psutil.Process(int(parent.stdout.readline())))
            return started[-1]

        yield run
        for process in started:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def all_rows(services: Services, batch_id: int | None = None) -> dict[str, WorklistRow]:
    """Every entry by its file name."""
    order = services.worklist.freeze(WorklistFilter(batch_id=batch_id))
    return {row.file_name: row for row in services.worklist.page(order, 1, 100_000)}
