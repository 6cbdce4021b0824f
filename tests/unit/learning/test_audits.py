"""Audits go on in a thread, can be cancelled, and say why they fail."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import Services, build
from core.config import Settings
from core.errors import DatasetError, NotFoundError
from core.learning.audits import AuditRun, AuditState, Wanted
from core.learning.splitting import Division
from tests import phantoms

SECONDS = 60.0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folders = tmp_path / "datasets"
    phantoms.class_folders(folders / "bones", {"train": 4, "val": 4, "test": 2}, size=(64, 48))
    phantoms.class_folders(folders / "many", {"train": 150}, size=(64, 48))
    (folders / "letters").mkdir()
    environment = {"FRACTURE_HOME": str(tmp_path / "home"), "FRACTURE_DATASETS": str(folders)}
    services = build(Settings.from_environment(environment))
    yield services
    services.close()


def finished(services: Services, run: AuditRun) -> AuditRun:
    deadline = time.monotonic() + SECONDS
    while services.audits.run(run.id).state is AuditState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return services.audits.run(run.id)


def test_a_finished_one_can_be_looked_at_and_kept(services: Services) -> None:
    run = finished(services, services.audits.start("bones", Wanted(folders=("bones",))))
    assert (run.state, run.audit.pictures, run.suggestion is not None) == (AuditState.FINISHED, 20, True)
    assert services.audits.picture(run.id, "train/fractured/0000.jpg").height == 64
    manifest = services.audits.keep(run.id, Division.GIVEN)
    assert services.data_sets.kept() == (manifest.sha256,)
    first, again = (services.audits.example(manifest, number) for number in (0, len(manifest.items)))
    assert first.sha256 == again.sha256


def test_a_cancelled_one_ends_and_keeps_nothing(services: Services) -> None:
    run = services.audits.start("many", Wanted(folders=("many",)))
    services.audits.cancel(run.id)
    ended = finished(services, run)
    assert (ended.state, ended.audit) == (AuditState.CANCELLED, None)
    with pytest.raises(DatasetError, match="not finished"):
        services.audits.keep(run.id, Division.FRESH)


def test_a_failed_one_says_why(services: Services) -> None:
    ended = finished(services, services.audits.start("", Wanted(folders=("letters",))))
    assert ended.state is AuditState.FAILED
    assert "fractured" in ended.reason


@pytest.mark.parametrize("name", ["../../x.zip", "/etc/passwd", ".hidden", "a\0b.zip", "x" * 4000, ""])
def test_a_name_from_outside_leads_nowhere(services: Services, name: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(services.settings.home)}
    archives = ((name, io.BytesIO(b"no archive")),)
    ended = finished(services, services.audits.start("", Wanted(archives=archives)))
    assert ended.state is AuditState.FAILED
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(services.settings.home)} == before


def test_one_that_is_not_known_is_said(services: Services) -> None:
    with pytest.raises(NotFoundError, match="Start it again"):
        services.audits.run(7)
