"""Services over a home of the test's own, with the fake model version, and phantoms to take in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import Services
from tests.fakes import fake_services


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def services(tmp_path: Path, inbox: Path) -> Iterator[Services]:
    built = fake_services(tmp_path / "home", inbox)
    yield built
    built.close()
