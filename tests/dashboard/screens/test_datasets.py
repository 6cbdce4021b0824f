"""Data sets: what is chosen is audited beside the screen, shown, divided and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.learning.datasets.manifest import Split
from dashboard import resources
from tests import phantoms
from tests.dashboard.conftest import APP, TIMEOUT, parameter
from tests.dashboard.test_serving import AUTH, PROVIDER

Open = Callable[..., AppTest]
SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: Services) -> Path:
    """A data set on the server whose test leaks, which holds a contradiction and a broken file."""
    monkeypatch.setenv("FRACTURE_DATASETS", str(tmp_path / "datasets"))
    made = phantoms.class_folders(tmp_path / "datasets" / "bones", {"train": 6, "val": 4, "test": 4}, seed=2)
    train, test = made / "train", made / "test"
    (test / "fractured" / "again.jpg").write_bytes((train / "fractured" / "0000.jpg").read_bytes())
    (train / "not_fractured" / "both.jpg").write_bytes((train / "fractured" / "0001.jpg").read_bytes())
    (train / "not_fractured" / "broken.jpg").write_bytes((train / "fractured" / "0002.jpg").read_bytes()[:400])
    return made


def button(app: AppTest, label: str):  # noqa: ANN201 - AppTest's own
    return next(each for each in app.button if each.label == label)


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def finish(app: AppTest) -> AppTest:
    """Wait until the audit is over. It runs in the services that the app itself has built."""
    deadline = time.monotonic() + SECONDS
    while resources.services().audits.runs()[0].job.state.is_open:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    app.run()
    assert not app.exception, app.exception
    return app


def audited(open_app: Open) -> AppTest:
    app = open_app("datasets")
    app.multiselect(key="datasets-folders").set_value(["bones"])
    button(app, "Audit").click().run()
    return finish(app)


@pytest.mark.usefixtures("services")
def test_at_first_it_says_what_will_be_there_and_how_to_have_folders(open_app: Open) -> None:
    said = " ".join(caption.value for caption in open_app("datasets").caption)
    assert "before anything is trained" in said
    assert "FRACTURE_DATASETS" in said


@pytest.mark.usefixtures("services")
def test_nothing_chosen_is_said(open_app: Open) -> None:
    app = open_app("datasets")
    button(app, "Audit").click().run()
    assert "Nothing is chosen" in app.error[0].value


@pytest.mark.usefixtures("folder")
def test_an_audit_shows_copies_contradictions_leaks_and_broken_files(open_app: Open) -> None:
    app = audited(open_app)
    for number, word in ((30, "pictures"), (2, "exact copies"), (1, "under both classes"), (1, "unreadable")):
        assert f"<b>{number}</b>{word}" in shown(app)
    assert "1 picture of test has a copy in train" in shown(app)
    for path in ("test/fractured/again.jpg", "train/not_fractured/both.jpg", "train/not_fractured/broken.jpg"):
        assert path in shown(app)
    assert shown(app).count('<img src="data:image/webp') >= 6  # two groups of copies, one of them a contradiction too


@pytest.mark.usefixtures("folder")
def test_a_refresh_finds_the_audit_again(open_app: Open) -> None:
    app = audited(open_app)
    again = open_app("datasets", audit=parameter(app, "audit"))
    assert "<b>30</b>pictures" in shown(again)


@pytest.mark.usefixtures("folder")
def test_split_anew_nothing_leaks(open_app: Open, services: Services) -> None:
    app = audited(open_app)
    assert app.radio[0].value == "fresh"
    button(app, "Keep as a data set").click().run()
    (kept,) = services.data_sets.kept()
    assert not services.data_sets.get(kept).leaks
    assert any("Kept: " in caption.value for caption in app.caption)


@pytest.mark.usefixtures("folder")
def test_as_given_it_is_kept_and_marked(open_app: Open, services: Services) -> None:
    app = audited(open_app)
    app.radio[0].set_value("given").run()
    button(app, "Keep as a data set").click().run()
    (kept,) = services.data_sets.kept()
    manifest = services.data_sets.get(kept)
    assert [(leak.first, leak.second) for leak in manifest.leaks] == [(Split.TRAIN, Split.TEST)]
    assert '<b class="leaks">leaks</b> 1 of test in train' in shown(app)


@pytest.mark.usefixtures("services")
def test_a_zip_is_audited_and_its_copy_on_disk_removed(open_app: Open, services: Services, tmp_path: Path) -> None:
    made = phantoms.class_folders(tmp_path / "bones", {"train": 4, "val": 4}, seed=4)
    members = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*.jpg")}
    app = open_app("datasets")
    app.file_uploader[0].set_value(("../bones.zip", phantoms.zip_of(members), "application/zip")).run()
    button(app, "Audit").click().run()
    finish(app)
    assert "<b>16</b>pictures" in shown(app)
    deadline = time.monotonic() + SECONDS
    while any((services.settings.home / "datasets" / "uploads").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.usefixtures("services")
def test_without_reviewed_cases_the_reason_is_said(open_app: Open) -> None:
    app = open_app("datasets")
    app.toggle(key="datasets-reviewed").set_value(True).run()
    button(app, "Audit").click().run()
    finish(app)
    assert "No picture of it can be used" in app.error[0].value


@pytest.mark.parametrize(
    ("administrators", "groups"), [("", True), ("boss@clinic.invalid, A@Clinic.invalid", True), ("b@c.invalid", False)]
)
@pytest.mark.usefixtures("services")
def test_who_is_no_administrator_does_not_see_these_screens(
    monkeypatch: pytest.MonkeyPatch, administrators: str, groups: bool
) -> None:
    monkeypatch.setenv("FRACTURE_ADMINISTRATORS", administrators)
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    app.secrets["auth"] = {**AUTH, "clinic": PROVIDER}
    app.user = {"is_logged_in": True, "email": "a@clinic.invalid", "exp": time.time() + 60}
    app.run()
    assert not app.exception
    assert ("datasets" in app.session_state["screens"]) is groups
