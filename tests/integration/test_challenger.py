"""A real training through the job's own process: killed, resumed, measured, compared with the champion, promoted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.bootstrap import Services, build
from core.card import to_document
from core.config import Settings
from core.domain import JobState
from core.learning.datasets import manifest
from core.learning.datasets.class_folders import read_split
from core.learning.datasets.lineage import describe_folders
from core.learning.datasets.manifest import Split
from core.learning.jobs.queue import LOG
from core.learning.training.settings import PRESETS, defaults
from core.registry import CARD, MANIFEST, WEIGHTS
from tests.integration.conftest import until
from tests.phantoms import class_folders

PATIENCE = 600.0  # seconds, for a busy machine
EPOCHS_SECONDS = 120.0  # what the whole training may take on two processors; it takes a quarter of that
SETTINGS = replace(
    defaults("compact"),
    size=96,
    epochs=3,
    batch_size=16,
    learning_rate=1e-3,
    fractured_weight=1.0,
    augmentation=PRESETS["none"],
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    built = build(Settings.from_environment({"FRACTURE_HOME": str(tmp_path / "home")}))
    yield built
    built.close()


def ended(services: Services, job_id: int) -> bool:
    services.ensure_jobs()
    return not services.jobs.find(job_id).state.is_open


def test_a_challenger_is_made_compared_and_promoted(services: Services, tmp_path: Path) -> None:
    data = class_folders(tmp_path / "data", {"train": 60, "val": 30, "test": 30}, seed=5)
    made = describe_folders("phantoms", {split: read_split(data / split) for split in Split}, data.resolve())
    manifest.write(made, services.settings.home)
    champion = services.model_versions.champion().version
    job_id = services.trainings.start(SETTINGS, made.sha256, "phantoms-1", "ann").job.id

    until(lambda: services.trainings.job(job_id).epochs, PATIENCE)
    process = psutil.Process(int(services.jobs.find(job_id).owner.split("|")[1]))
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == 10, "reading does not go first"
    process.kill()
    process.wait()
    until(lambda: ended(services, job_id), PATIENCE)

    training = services.trainings.job(job_id)
    assert training.job.state is JobState.FINISHED, services.trainings.log_tail(job_id)
    assert [figures.epoch for figures in training.epochs] == [0, 1, 2]
    assert "resumed after" in services.trainings.log_tail(job_id, 1000)
    folder = services.settings.models / "phantoms-1"
    assert sorted(path.name for path in folder.iterdir()) == sorted((CARD, MANIFEST, WEIGHTS))
    assert services.promotions.manifest("phantoms-1") == made
    card = services.registry.get("phantoms-1").card
    test = card.figures["test"]
    assert test.auc >= 0.95, training.epochs
    assert sum(figures.seconds for figures in training.epochs) < EPOCHS_SECONDS
    assert test.manifest_sha256 == made.split_sha256(Split.TEST)
    assert [look.number for look in test.looks] == [1]
    assert not test.leaks, "phantoms are in nobody's training data"
    assert card.training.settings["start"] == champion == card.training.ancestors[0].version
    assert card.training.manifest == made.sha256
    run = services.jobs.folder(training.job)
    assert list((run / "tensorboard").glob("events.*")) and str(run) in services.trainings.board_command(job_id)
    assert sorted(path.name for path in run.glob("*.npz")) == []
    assert str(tmp_path) not in json.dumps(to_document(card)) and "0000.jpg" not in (run / LOG).read_text()

    compared = services.comparisons.start("phantoms-1", made.sha256, "ann").job.id
    until(lambda: ended(services, compared), PATIENCE)
    result = services.comparisons.job(compared).result
    assert result is not None, services.jobs.log_tail(services.jobs.find(compared), 40)
    assert (result.n, result.n_fractured, result.looks) == (60, 30, 3)
    assert result.challenger.auc == pytest.approx(test.auc) and result.challenger.sha256 == card.sha256
    assert result.champion.version == champion
    assert not result.challenger.leaks and not result.champion.leaks and result.sentence
    for item in result.disagreements[:1]:
        assert services.comparisons.picture(compared, item.sha256).sha256 == item.sha256
    services.promotions.promote("phantoms-1", "ann", override="for this test")
    assert services.model_versions.champion().version == "phantoms-1"
