"""Training: settings that are refused before the start, what goes on, and what can be done about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import EpochFigures, JobKind, JobState
from core.learning.datasets.audit import audit
from core.learning.datasets.manifest import Split
from core.learning.datasets.sources import read_folder
from core.learning.datasets.split import Division
from core.learning.training.settings import SETTINGS, TrainingSettings
from core.processes import name_of, now
from core.store import jobs
from tests import phantoms
from tests.dashboard.screens.test_datasets import button, shown
from tests.fakes import VERSION
from tests.unit.learning.pictures import marked_folders

Open = Callable[..., AppTest]


@pytest.fixture
def data_set(services: Services, tmp_path: Path) -> str:
    """A kept data set of phantoms."""
    return keep(services, phantoms.class_folders(tmp_path / "bones", {"train": 4, "val": 4, "test": 4}))


def keep(services: Services, folders: Path) -> str:
    found = read_folder(folders)
    audited = audit(found.pictures, services.settings.limits)
    return services.data_sets.keep("bones", [found.source], audited, Division.GIVEN).sha256


def epoch(number: int) -> EpochFigures:
    return EpochFigures(0, number, 0.5, 0.8, 0.6, 0.70 + number / 100, 0.8, 0.7, None, 12.0)


def running(services: Services, data_set: str, version: str = "compact-1") -> int:
    """A training whose process is this one, two epochs in."""
    asked = TrainingSettings(start="random").to_json()
    with services.database.writing() as connection:
        job_id = jobs.add(connection, JobKind.TRAINING, version, data_set, asked, "reader", now())
        assert jobs.take(connection, job_id, name_of(os.getpid()), now())
        jobs.replace_epochs(connection, job_id, [epoch(0), epoch(1)])
        jobs.report(connection, job_id, now(), "epoch 3 of 10", 4, 16, 95.0, 3 * 1024**3)
    return job_id


@pytest.mark.usefixtures("services")
def test_without_a_data_set_it_leads_to_one(open_app: Open) -> None:
    app = open_app("training")
    assert "There is no data set yet" in app.text[0].value
    button(app, "Open data sets").click().run()
    assert app.header[0].value == "Data sets"


@pytest.mark.usefixtures("data_set")
def test_every_setting_is_asked_for_with_its_help(open_app: Open) -> None:
    app = open_app("training")
    widgets = [*app.selectbox, *app.number_input, *app.checkbox]
    for setting in SETTINGS:
        (widget,) = [each for each in widgets if each.label.startswith(setting.label)]
        assert widget.help == setting.help
    assert shown(app).count("<img") == 1  # the twelve draws, as one sheet


@pytest.mark.usefixtures("data_set")
def test_an_impossible_setting_is_refused_before_the_start(open_app: Open) -> None:
    app = open_app("training")
    app.selectbox(key="training-compact-start").set_value("random").run()
    assert not button(app, "Start training").disabled
    app.number_input(key="training-compact-size").set_value(100).run()
    assert "multiple of 32" in app.error[0].value
    assert button(app, "Start training").disabled


@pytest.mark.usefixtures("data_set")
def test_a_network_brings_its_own_defaults(open_app: Open) -> None:
    app = open_app("training")
    app.selectbox(key="training-network").set_value("reference").run()
    assert app.number_input(key="training-reference-size").value == 150
    assert app.number_input(key="training-reference-epochs").value == 15
    assert app.text_input(key="training-version").value == "reference-1"
    assert app.button(key="strengths-preset-seed").proto.type == "primary"
    assert app.button(key="strengths-preset-gentle").proto.type == "secondary"


def test_a_training_is_followed_and_cancelled(open_app: Open, services: Services, data_set: str) -> None:
    job_id = running(services, data_set)
    app = open_app("training")
    for part in ("compact-1", "2 of 10", "0.710", "2 min", "3.0 GB", "running"):
        assert part in shown(app)
    assert len(app.get("vega_lite_chart")) == 3
    button(app, "Cancel training").click().run()
    assert services.trainings.job(job_id).job.state is JobState.CANCELLING


def test_tuning_figures_are_marked_where_copies_are_trained_on(
    open_app: Open, services: Services, tmp_path: Path
) -> None:
    clean = keep(services, marked_folders(tmp_path / "clean", {"train": 3, "val": 3}))
    leaking = marked_folders(tmp_path / "leaking", {"train": 3, "val": 3})
    (leaking / "val" / "fractured" / "again.jpg").write_bytes((leaking / "train/fractured/0000.jpg").read_bytes())
    marked = 'best AUC, tuning <b class="leaks">leaks</b>'
    first = running(services, clean)
    app = open_app("training", training=first)
    assert "best AUC, tuning" in shown(app) and marked not in shown(app)
    with services.database.writing() as connection:
        jobs.end(connection, first, JobState.FINISHED, now())
    app = open_app("training", training=running(services, keep(services, leaking), "compact-2"))
    assert marked in shown(app)
    assert list(app.dataframe[0].value["auc"]) == ["leaks 0.710", "0.710"]


def test_a_start_that_has_seen_the_test_is_said_before_the_start(
    open_app: Open, services: Services, data_set: str
) -> None:
    """The version to start from was trained on what is the test here; nobody is to learn of it after the training."""
    train = [replace(item, split=Split.TRAIN) for item in services.data_sets.get(data_set).of(Split.TEST)]
    before = replace(services.data_sets.get(data_set), items=tuple(train))
    card = replace(services.registry.get(VERSION).card, network="compact")
    write = lambda path: path.write_bytes(b"weights")  # noqa: E731
    services.registry.add("seen-1", card, write, before.to_json())
    app = open_app("training")
    app.selectbox(key="training-compact-start").set_value("random").run()
    assert not any("Leaks" in caption.value for caption in app.caption)
    app.selectbox(key="training-compact-start").set_value("seen-1").run()
    (said,) = [caption.value for caption in app.caption if "Leaks" in caption.value]
    assert "8 of the 8 pictures to be measured on" in said and "will be marked" in said
    assert not button(app, "Start training").disabled


def test_a_cancelled_one_can_go_on(open_app: Open, services: Services, data_set: str) -> None:
    job_id = running(services, data_set)
    with services.database.writing() as connection:
        jobs.end(connection, job_id, JobState.CANCELLED, now())
    app = open_app("training", training=job_id)
    assert "cancelled" in shown(app)
    assert not button(app, "Resume at its last epoch").disabled


def test_why_one_failed_is_said(open_app: Open, services: Services, data_set: str) -> None:
    job_id = running(services, data_set)
    with services.database.writing() as connection:
        jobs.end(connection, job_id, JobState.FAILED, now(), "The memory ran out. Choose a smaller batch size.")
    app = open_app("training", training=job_id)
    assert "The memory ran out" in app.error[0].value.replace("\\", "")


def test_a_finished_one_leads_to_the_comparison(open_app: Open, services: Services, data_set: str) -> None:
    job_id = running(services, data_set)
    with services.database.writing() as connection:
        jobs.end(connection, job_id, JobState.FINISHED, now())
    app = open_app("training", training=job_id)
    button(app, "Compare with the champion").click().run()
    assert app.header[0].value == "Models"
