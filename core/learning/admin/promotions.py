"""Which version serves: compared with the champion, promoted, rolled back, retired. Every step is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.card import ModelVersion
from core.domain import ChampionAction, ChampionChange, Job, JobKind, TestLook
from core.errors import PromotionError, RegistryError, UnknownVersionError
from core.learning.admin.comparisons import Comparisons
from core.learning.datasets import lineage
from core.learning.datasets.manifest import Manifest
from core.learning.jobs.queue import JobQueue
from core.learning.training.settings import TrainingSettings
from core.processes import now
from core.registry import Registry
from core.store import test_looks, work, workers
from core.store.database import Database

REASON_LENGTH = 2000


class Role(StrEnum):
    """The role of a version in this installation."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    FORMER = "former champion"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version and its role."""

    model: ModelVersion
    role: Role


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether promoting a version is supported.

    Attributes:
        sentence: says so, and why, for people.
        comparison_id: the newest finished comparison with the champion; None for none.
    """

    supported: bool
    sentence: str
    comparison_id: int | None


class Promotions:
    """Promotes, rolls back and retires.

    Args:
        champion: gives the version that serves.
    """

    def __init__(
        self,
        database: Database,
        jobs: JobQueue,
        registry: Registry,
        champion: Callable[[], ModelVersion],
        comparisons: Comparisons,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._registry = registry
        self._champion = champion
        self._comparisons = comparisons

    def versions(self) -> tuple[RegisteredVersion, ...]:
        """All versions with their roles, the champion first, then the newest first.

        Where the champion cannot be read, no version has that role.
        """
        try:
            champion = self._champion().version
        except RegistryError:
            champion = ""
        served = {*self._shipped(), *(change.version for change in self.history())}

        def role(model: ModelVersion) -> Role:
            if model.version == champion:
                return Role.CHAMPION
            if model.retired:
                return Role.RETIRED
            return Role.FORMER if model.version in served else Role.CHALLENGER

        versions = [RegisteredVersion(model, role(model)) for model in self._registry.versions()]
        return tuple(sorted(versions, key=lambda version: version.role is not Role.CHAMPION))

    def advice(self, version: str) -> Advice:
        """Whether promoting a version is supported, by its newest finished comparison with the champion."""
        champion = self._champion().version
        if version == champion:
            return Advice(False, f"{version} serves already.", None)
        for each in self._comparisons.jobs(version):
            if each.result is not None and each.job.against == champion:
                return Advice(each.result.supported, each.result.sentence, each.job.id)
        return Advice(False, f"Promoting is not supported: {version} has not been compared with {champion}.", None)

    def promote(self, version: str, reader: str, override: str = "") -> ModelVersion:
        """Make a version the champion, which reads all new batches. Predictions keep the version that made them.

        Args:
            reader: who decides it.
            override: the reason, where no comparison supports it; it is recorded.

        Raises:
            PromotionError: it is not supported, and there is no override.
            RegistryError: the version is not there, retired or damaged.
        """
        advice, override = self.advice(version), override.strip()[:REASON_LENGTH]
        if version == self._champion().version:
            raise PromotionError(advice.sentence)
        if not advice.supported and not override:
            raise PromotionError(
                f"{advice.sentence} It can be promoted all the same, for a reason that is written down: "
                '`--override "reason"` on the command line.'
            )
        self._registry.weights(version)
        reason = advice.sentence if advice.supported else override
        return self._change_champion(
            version, reader, reason, ChampionAction.PROMOTED, not advice.supported, advice.comparison_id
        )

    def roll_back(self, reader: str, reason: str = "") -> ModelVersion:
        """Make the version the champion that was before the present one was promoted.

        Raises:
            PromotionError: there was none before it.
            RegistryError: that version is damaged.
        """
        retired = {model.version for model in self._registry.versions() if model.retired}
        *before, serving = line_of_champions(self._shipped(), self.history()[::-1])
        before = [version for version in before if version not in retired and version != serving]
        if not before:
            raise PromotionError(f"No version served before {serving}, so there is nothing to roll back to.")
        self._registry.weights(before[-1])
        return self._change_champion(
            before[-1], reader, reason.strip()[:REASON_LENGTH], ChampionAction.ROLLED_BACK, False, None
        )

    def retire(self, version: str, reader: str, reason: str) -> ModelVersion:
        """Delete a version's weights. Its card, its manifest and all its predictions stay.

        Raises:
            UnknownVersionError: there is no such version.
            PromotionError: the version is the champion, or a batch or a job still needs it.
            RegistryError: the version ships with the product.
        """
        if version == self._champion().version:
            raise PromotionError(f"{version} serves. Promote another version or roll back first.")
        with self._database.reading() as connection:
            is_needed = work.has_open_rows(connection, version)
        if is_needed or any(_needs(job, version) for job in self._jobs.unfinished()):
            raise PromotionError(f"{version} is still to read a batch or is part of a job. Wait for it, or cancel it.")
        return self._registry.retire(version, reader, reason.strip()[:REASON_LENGTH])

    def history(self) -> tuple[ChampionChange, ...]:
        """All changes of the champion, newest first. Before the first change the shipped version served."""
        with self._database.reading() as connection:
            return tuple(reversed(workers.appointments(connection)))

    def test_looks(self, version: str) -> tuple[TestLook, ...]:
        """The test looks of a version in this installation, oldest first."""
        with self._database.reading() as connection:
            return tuple(test_looks.of_version(connection, version))

    def manifest(self, version: str) -> Manifest | None:
        """The manifest that a version was made from; None where it is not kept."""
        return lineage.manifest_of(self._registry, version)

    def _shipped(self) -> list[str]:
        """The version that serves before any change of the champion; none where none ships."""
        try:
            return [self._registry.default().version]
        except UnknownVersionError:
            return []

    def _change_champion(
        self, version: str, reader: str, reason: str, action: ChampionAction, override: bool, comparison_id: int | None
    ) -> ModelVersion:
        with self._database.writing(durable=True) as connection:
            workers.appoint(connection, version, reader, reason, now(), action, override, comparison_id)
        return self._registry.get(version)


def line_of_champions(first: Sequence[str], history: Sequence[ChampionChange]) -> list[str]:
    """The champions that a roll back can go back to, the present one last.

    A promotion adds a version; a roll back removes those after the version that it goes back to.

    Args:
        first: the champion before the first change, if there was one.
        history: oldest first.
    """
    line = list(first)
    for change in history:
        if change.action is ChampionAction.ROLLED_BACK and change.version in line:
            while line[-1] != change.version:
                line.pop()
        else:
            line.append(change.version)
    return line


def _needs(job: Job, version: str) -> bool:
    """Whether an open job makes a version, compares it, or starts from it."""
    if version in (job.version, job.against):
        return True
    return job.kind is JobKind.TRAINING and TrainingSettings.from_json(job.settings_json).start == version
