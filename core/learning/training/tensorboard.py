"""TensorBoard over every run, on this machine alone: is it running, where, and start it."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
from filelock import FileLock

from core.errors import TrainingError
from core.processes import is_alive, name_of, now

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0  # it imports TensorFlow
STATE = "tensorboard.json"
LOG = "tensorboard.log"


def command(folder: Path) -> str:
    """The line to type that shows the runs of a folder."""
    return shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--host", HOST])


class TensorBoard:
    """One TensorBoard for an installation.

    Args:
        home: FRACTURE_HOME.
        runs: the folder below which every run has its own.
    """

    def __init__(self, home: Path, runs: Path) -> None:
        self._home, self._runs = home, runs

    def url(self) -> str | None:
        """Where it answers; None where none does."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            state = json.loads((self._home / STATE).read_text(encoding="utf-8"))
            if is_alive(str(state["process"]), now()) and _answers(int(state["port"])):
                return f"http://{HOST}:{int(state['port'])}/"
        return None

    def start(self) -> str:
        """Start it unless it runs; returns its address once it answers.

        Raises:
            TrainingError: it does not come up.
        """
        with FileLock(self._home / "tensorboard.lock", timeout=2 * PATIENCE_SECONDS):
            if (running := self.url()) is not None:
                return running
            self._runs.mkdir(parents=True, exist_ok=True)
            port = _free_port()
            line = [sys.executable, "-m", "tensorboard.main", "--logdir", str(self._runs)]
            with (self._home / LOG).open("wb") as log:
                process = subprocess.Popen(  # noqa: S603  this Python, with arguments of our own
                    [*line, "--host", HOST, "--port", str(port)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            state = {"process": name_of(process.pid), "port": port}
            (self._home / STATE).write_text(json.dumps(state), encoding="utf-8")
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end and process.poll() is None:
                if (running := self.url()) is not None:
                    return running
                time.sleep(0.2)
            process.kill()
        raise TrainingError(f"TensorBoard does not start; {self._home / LOG} says why.")

    def stop(self) -> None:
        """End it where it runs."""
        if self.url() is None:
            return
        state = json.loads((self._home / STATE).read_text(encoding="utf-8"))
        with suppress(psutil.NoSuchProcess):
            psutil.Process(int(state["process"].split("|")[1])).terminate()
        (self._home / STATE).unlink(missing_ok=True)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as server:
        server.bind((HOST, 0))
        return server.getsockname()[1]
