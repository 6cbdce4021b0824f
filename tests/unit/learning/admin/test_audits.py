"""Audits go on in a process of their own, can be cancelled, outlive the dashboard, and say why they fail."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from core.bootstrap import Services, build
from core.config import Settings
from core.domain import JobState
from core.errors import DatasetError, NotFoundError
from core.learning.admin.audits import AuditRun
from core.learning.datasets.audit import audit
from core.learning.datasets.audit_request import AuditRequest
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.split import Division, suggest
from core.learning.jobs.queue import CRASHED_AT_ONCE
from core.processes import now
from tests import phantoms

SECONDS = 120.0  # a process starts for each, and the machine may be busy
Build = Callable[[], Services]


@pytest.fixture
def build_services(tmp_path: Path) -> Build:
    """The services of one home; a second time as after a restart."""
    folders = tmp_path / "datasets"
    phantoms.class_folders(folders / "bones", {"train": 4, "val": 4, "test": 2}, size=(64, 48))
    phantoms.class_folders(folders / "many", {"train": 150}, size=(64, 48))
    (folders / "bones" / "train" / "fractured" / "broken.jpg").write_bytes(b"no picture")
    (folders / "letters").mkdir()
    environment = {"FRACTURE_HOME": str(tmp_path / "home"), "FRACTURE_DATASETS": str(folders)}
    return lambda: build(Settings.from_environment(environment))


@pytest.fixture
def services(build_services: Build) -> Iterator[Services]:
    services = build_services()
    yield services
    services.close()


def begin(services: Services, *folders: str, name: str = "") -> AuditRun:
    return services.audits.start(name, "ann", folders)


def finished(services: Services, run: AuditRun) -> AuditRun:
    deadline = time.monotonic() + SECONDS
    while services.audits.run(run.id).job.state.is_open:
        assert time.monotonic() < deadline
        services.ensure_jobs()
        time.sleep(0.02)
    return services.audits.run(run.id)


def kill(services: Services, run: AuditRun) -> None:
    owner = services.audits.run(run.id).job.owner
    process = psutil.Process(int(owner.split("|")[1]))
    process.kill()
    process.wait()


def test_a_finished_one_can_be_looked_at_and_kept(services: Services) -> None:
    run = finished(services, begin(services, "bones", name="bones"))
    assert (run.name, run.job.reader, run.is_finished) == ("bones", "ann", True), run.job.reason
    found = services.audits.audit_file(run.id)
    assert found.audit.pictures == 20
    assert services.audits.picture(run.id, "train/fractured/0000.jpg").height == 64
    manifest = services.audits.keep(run.id, Division.GIVEN)
    assert services.data_sets.kept() == (manifest.sha256,)
    first, again = (services.audits.example(manifest, number) for number in (0, len(manifest.items)))
    assert first.sha256 == again.sha256


def test_it_outlives_the_dashboard_and_is_what_was_seen(build_services: Build) -> None:
    """Asked for by one dashboard, found by the next one; and what was written is what an audit in memory gives."""
    before = build_services()
    run = begin(before, "bones", name="bones")
    before.close()
    after = build_services()
    assert finished(after, run).is_finished
    (known,) = after.audits.runs()
    assert (known.id, known.name) == (run.id, "bones")
    found, collection = after.audits.audit_file(run.id), after.data_sets.from_folder("bones")
    seen = audit(collection.pictures, after.settings.limits)
    assert found.sources == (collection.source,) and found.suggestion is suggest(seen)
    assert found.audit == seen.audit and found.audited.groups == seen.groups
    assert len(found.audit.unreadable) == 1 and found.audited.survey.refused == seen.survey.refused
    ours, theirs = ([asdict(each) for each in one.survey.pictures] for one in (found.audited, seen))
    assert ours == theirs
    after.close()


def test_killed_it_is_done_again(services: Services) -> None:
    run = begin(services, "many")
    kill(services, run)
    assert services.audits.run(run.id).job.state is JobState.WAITING
    assert finished(services, run).is_finished
    assert services.audits.run(run.id).job.attempts == 2


def test_killed_over_and_over_it_is_given_up_with_the_reason(services: Services) -> None:
    run = begin(services, "many")
    for _ in range(3):
        services.ensure_jobs()
        kill(services, run)
    job = services.audits.run(run.id).job
    assert (job.state, job.reason) == (JobState.FAILED, CRASHED_AT_ONCE)


def test_a_cancelled_one_ends_and_keeps_nothing(services: Services) -> None:
    run = begin(services, "many")
    services.audits.cancel(run.id)
    began = time.monotonic()
    assert finished(services, run).job.state is JobState.CANCELLED
    assert time.monotonic() - began < 10
    with pytest.raises(DatasetError, match="not finished"):
        services.audits.keep(run.id, Division.FRESH)


def test_one_at_a_time_and_the_next_one_waits(services: Services) -> None:
    first, second = begin(services, "many"), begin(services, "bones")
    assert (first.place, second.place, second.job.state) == (None, 1, JobState.WAITING)
    assert services.audits.cancel(second.id).job.state is JobState.CANCELLED
    services.audits.cancel(first.id)
    finished(services, first)


def test_a_failed_one_says_why(services: Services) -> None:
    ended = finished(services, begin(services, "letters"))
    assert ended.job.state is JobState.FAILED
    assert "fractured" in ended.job.reason


@pytest.mark.parametrize("name", ["../../x.zip", "/etc/passwd", ".hidden", "a\0b.zip", "x" * 4000, ""])
def test_a_name_from_outside_leads_nowhere(services: Services, name: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(services.settings.home)}
    run = services.audits.start("", "ann", archives=[(name, io.BytesIO(b"no archive"))])
    (archive,) = (services.settings.home / "datasets" / "uploads").glob("*/*")
    assert archive.read_bytes() == b"no archive" and archive.name.strip(".")
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(services.settings.home)} == before
    services.audits.cancel(run.id)


def test_what_is_uploaded_goes_with_the_end_of_the_audit(services: Services) -> None:
    run = finished(services, services.audits.start("", "ann", archives=[("x.zip", io.BytesIO(b"no archive"))]))
    assert run.job.state is JobState.FAILED
    assert not list((services.settings.home / "datasets" / "uploads").iterdir())
    assert "x.zip" not in services.jobs.log_tail(run.job, 1000)


def test_one_that_is_not_known_is_said(services: Services) -> None:
    with pytest.raises(NotFoundError, match="no job 7"):
        services.audits.run(7)


def test_what_is_wanted_is_read_as_it_was_written() -> None:
    for reviews in (None, LabelPolicy(), LabelPolicy(("ann", "bob"), now(), aided=False)):
        wanted = AuditRequest("bones", ("a", "b"), ("datasets/uploads/x/y.zip",), reviews)
        assert AuditRequest.from_json(wanted.to_json()) == wanted
    with pytest.raises(DatasetError, match="not what a data set can be made of"):
        AuditRequest.from_json("{}")
