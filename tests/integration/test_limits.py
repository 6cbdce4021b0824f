"""The limits of the settings, FRACTURE_MAX_*, are those that training, evaluation and comparison decode under."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.bootstrap import Services, build
from core.config import Limits
from core.domain import JobKind
from core.errors import DatasetError
from core.learning.datasets import manifest
from core.learning.datasets.class_folders import read_split
from core.learning.datasets.lineage import describe_folders
from core.learning.datasets.manifest import Split
from core.learning.jobs.comparison_job import compare_versions
from core.learning.jobs.process import Reporter
from core.learning.jobs.train_job import train_version
from core.learning.training.make_version import run_training
from core.learning.training.provenance import GENERIC
from core.learning.training.settings import TrainingSettings
from tests.fakes import fake_settings
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import brightness_network, version_of

PIXELS = 96 * 80  # of every radiograph here
TOO_FEW, ENOUGH = Limits(pixels=PIXELS - 1), Limits(pixels=PIXELS)
Under = Callable[[Limits], Services]


@pytest.fixture
def under(tmp_path: Path) -> Iterator[Under]:
    """Services of one home, whose settings have these limits."""
    built: list[Services] = []

    def services(limits: Limits) -> Services:
        settings = replace(fake_settings(tmp_path / "home"), limits=limits)
        built.append(build(settings, job_command=("true",)))
        return built[-1]

    yield services
    for each in built:
        each.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return class_folders(tmp_path / "data", {split: 2 for split in Split})


def keep(services: Services, data: Path) -> str:
    made = describe_folders("phantoms", {split: read_split(data / split) for split in Split}, data.resolve())
    manifest.write(made, services.settings.home)
    return made.sha256


def test_a_training_job_decodes_under_them(under: Under, data: Path) -> None:
    asked = json.dumps(asdict(TrainingSettings(start="random", epochs=1)))
    services = under(TOO_FEW)
    job = services.jobs.add(JobKind.TRAINING, "new-1", keep(services, data), asked, "ann")
    with pytest.raises(DatasetError, match="only 0 of one class could"):
        train_version(services, job, Reporter(services.jobs, job))


def test_the_train_command_decodes_under_them(under: Under, data: Path, tmp_path: Path) -> None:
    registry, recipe = under(ENOUGH).registry, TrainingSettings(start="random", epochs=1).recipe(boxes=False)
    with pytest.raises(DatasetError, match="only 0 of one class could"):
        run_training(registry, data, "new-1", recipe, tmp_path / "run", GENERIC, TOO_FEW)


def test_a_comparison_decodes_under_them(under: Under, data: Path) -> None:
    network = brightness_network()
    card = version_of(network, "evidence").card
    services = under(ENOUGH)
    for version in ("one-1", "two-1"):
        services.registry.add(version, card, network.save)
    job = services.jobs.add(JobKind.COMPARISON, "one-1", keep(services, data), "", "ann", "two-1")
    said = json.loads(compare_versions(services, job, Reporter(services.jobs, job)))
    assert said["n"] == 4
    services = under(TOO_FEW)
    with pytest.raises(DatasetError, match="None of the 4 test pictures can be read"):
        compare_versions(services, job, Reporter(services.jobs, job))
