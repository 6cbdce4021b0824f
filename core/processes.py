"""Processes by name: whether one is alive, and which version of the code runs."""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

SILENT = timedelta(seconds=60)  # after this long without a heartbeat a process on another machine counts as ended
SECONDS_APART = 2.0  # the tolerance for the time of a process's start
CODE = Path(__file__).resolve().parent


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def name_of(pid: int | None = None) -> str:
    """Name a process, this one by default: `host|pid|start`, which no other process on any machine will have.

    Raises:
        psutil.NoSuchProcess: there is none with this id.
    """
    pid = os.getpid() if pid is None else pid
    return f"{socket.gethostname()}|{pid}|{psutil.Process(pid).create_time():.1f}"


def is_alive(name: str, heartbeat: datetime) -> bool:
    """Whether a named process still runs.

    The operating system answers for this machine; for another one, the process's last heartbeat decides.
    """
    host, pid, start = name.rsplit("|", 2)
    if host != socket.gethostname():
        return now() - heartbeat < SILENT
    try:
        process = psutil.Process(int(pid))
        same = bool(abs(process.create_time() - float(start)) < SECONDS_APART)
        return same and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def terminate(name: str) -> None:
    """Send SIGTERM to a named process, unless it has ended or runs on another machine."""
    host, pid, start = name.rsplit("|", 2)
    if host != socket.gethostname():
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        if abs(process.create_time() - float(start)) < SECONDS_APART:
            process.terminate()


def code_version() -> str:
    """A hash of this package's files on disk: their names, sizes and times of change."""
    files = sorted(CODE.rglob("*.py"))
    described = ((path.relative_to(CODE).as_posix(), path.stat()) for path in files)
    text = "".join(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n" for name, stat in described)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
