"""`python -m core dashboard`: the dashboard on this machine alone, started from any folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.architecture.sources import ROOT

START_SECONDS = 60


@contextmanager
def started(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command in another folder, with a home that is named as seen from there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "dashboard", *options],
        cwd=folder,
        env=os.environ | {"FRACTURE_HOME": "home", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(process: subprocess.Popen[str], port: int) -> bool:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return False


def test_it_serves_on_the_port_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, "--port", str(port)) as process:
        assert answers(process, port), process.stdout.read()
        assert process.stdout.readline() == f"Fracture Review: http://127.0.0.1:{port}\n"
        process.terminate()
        process.wait(START_SECONDS)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "what was started is still there"


def test_options_of_streamlit_come_after_two_dashes(tmp_path: Path) -> None:
    """And what they open to the network is refused as ever."""
    with started(tmp_path, "--port", str(free_port()), "--", "--server.address", "0.0.0.0") as process:
        said = process.stdout.read()
        assert process.wait(START_SECONDS) != 0
    assert "bound to 0.0.0.0 and no sign-in is configured" in said
