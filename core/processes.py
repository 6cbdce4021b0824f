"""Who is alive: processes by name, and the version of the code they run."""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

SILENT = timedelta(seconds=60)  # after this long without a word a process on another machine counts as gone
SECONDS_APART = 2.0  # how exactly a process's start is known
CODE = Path(__file__).resolve().parent


def now() -> datetime:
    return datetime.now(UTC)


def name_of(pid: int | None = None) -> str:
    """A name for a process (this one by default) that no later process on any machine will have: `host|pid|start`.

    Raises:
        psutil.NoSuchProcess: there is none with this id.
    """
    pid = os.getpid() if pid is None else pid
    return f"{socket.gethostname()}|{pid}|{psutil.Process(pid).create_time():.1f}"


def is_alive(name: str, last_heard: datetime) -> bool:
    """Whether a named process still runs: asked of the system for this machine, by its last sign of life for others."""
    host, pid, start = name.rsplit("|", 2)
    if host != socket.gethostname():
        return now() - last_heard < SILENT
    try:
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(start)) < SECONDS_APART
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def terminate(name: str) -> None:
    """Ask a named process to end. One that is gone, or that runs on another machine, is left alone."""
    host, pid, start = name.rsplit("|", 2)
    if host != socket.gethostname():
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        if abs(process.create_time() - float(start)) < SECONDS_APART:
            process.terminate()


def code_version() -> str:
    """A hash of the files of this package as they are on disk now: names, sizes and times of change."""
    files = sorted(CODE.rglob("*.py"))
    facts = ((path.relative_to(CODE).as_posix(), path.stat()) for path in files)
    text = "".join(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n" for name, stat in facts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
