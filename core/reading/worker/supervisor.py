"""Start a worker when there is none: one, however many tabs ask at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from core.config import Settings
from core.domain import WorkerState
from core.processes import CODE, code_version, name_of, now
from core.reading.worker.queue import Queue
from core.store.database import absolute_url

COMMAND = (sys.executable, "-m", "core", "worker")
PATIENCE = timedelta(
    seconds=20
)  # after a start before the next one, so that one that dies at once does not come in swarms
LOG_BYTES = 1_000_000
LOGS = 3


def ensure_worker(
    settings: Settings, queue: Queue, even_if_idle: bool = False, command: tuple[str, ...] = COMMAND
) -> bool:
    """Start a worker, detached, unless one is alive or there is nothing to read.

    Args:
        even_if_idle: start one all the same, so that it is ready when files have been taken in.

    Returns:
        Whether this call started one.
    """
    if not (even_if_idle or queue.is_open()) or queue.workers():
        return False
    with FileLock(settings.home / "worker.lock", timeout=60):
        known = queue.known_workers()
        if queue.workers() or any(now() - record.started < PATIENCE for record in known):
            return False
        with open_log(settings.home) as log:
            process = subprocess.Popen(  # noqa: S603  this Python, with arguments of our own
                [*command, "--parent-pid", str(os.getpid())],
                cwd=CODE.parent,
                env=os.environ | environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the dashboard's terminal is not meant for it
            )
        # One that has ended stays a zombie until its parent has asked for it; the thread ends with this process.
        threading.Thread(target=process.wait, name="reap-worker", daemon=True).start()
        queue.report(name_of(process.pid), code_version(), WorkerState.STARTING)
    return True


def environment(settings: Settings) -> dict[str, str]:
    """The settings that a process in another folder needs to find the same store."""
    return {
        "FRACTURE_HOME": str(settings.home),
        "FRACTURE_DATABASE_URL": absolute_url(settings.database_url),
        "FRACTURE_MODELS": str(settings.models),
        **({"FRACTURE_DATASETS": str(settings.datasets.absolute())} if settings.datasets else {}),
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
    }


def open_log(home: Path) -> BinaryIO:
    """The worker's log, for appending. One that has grown long makes room: `worker.log.1` is the one before."""
    path = home / "worker.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        for number in range(LOGS - 1, 0, -1):
            older = home / f"worker.log.{number}"
            if older.exists():
                older.replace(home / f"worker.log.{number + 1}")
        path.replace(home / "worker.log.1")
    return path.open("ab")
