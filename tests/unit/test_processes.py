"""Processes have names of their own, and the code has a version."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from core import processes
from core.processes import code_version, is_alive, name_of, now


def test_this_process_is_alive() -> None:
    assert is_alive(name_of(), now() - timedelta(days=1))
    assert name_of() == name_of(os.getpid())


def test_a_process_that_has_ended_is_not_alive_even_unburied() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    name = name_of(child.pid)
    child.stdout.read()
    psutil.Process(child.pid)  # not waited for yet, so the system still lists it
    for _ in range(200):
        if not is_alive(name, now()):
            break
        psutil.cpu_percent(0.01)
    assert not is_alive(name, now())
    child.wait()
    child.stdout.close()
    assert not is_alive(name, now())
    with pytest.raises(psutil.NoSuchProcess):
        name_of(child.pid)


def test_a_later_process_with_the_same_id_is_another() -> None:
    host, pid, start = name_of().rsplit("|", 2)
    assert not is_alive(f"{host}|{pid}|{float(start) - 100:.1f}", now())


def test_a_process_on_another_machine_is_known_by_its_signs_of_life() -> None:
    assert is_alive("elsewhere|1|0.0", now() - timedelta(seconds=5))
    assert not is_alive("elsewhere|1|0.0", now() - timedelta(minutes=5))


def test_the_codes_version_changes_with_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "CODE", tmp_path)
    (tmp_path / "a.py").write_text("1")
    before = code_version()
    assert code_version() == before
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.py").write_text("2")
    assert code_version() != before
