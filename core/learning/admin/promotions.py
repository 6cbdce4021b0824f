"""Which version serves: compared with the one before it, promoted, rolled back, retired; every step written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.card import ModelVersion
from core.config import Limits
from core.domain import Action, ChampionChange, Job, JobKind, JobState, Radiograph, TestLook
from core.errors import DatasetError, NotFoundError, PromotionError, RegistryError, UnknownVersionError
from core.imaging.decode import decode
from core.learning.datasets import lineage
from core.learning.datasets import manifest as manifests
from core.learning.datasets.manifest import Manifest, Split, both_classes
from core.learning.evaluation.comparison import Comparison
from core.learning.jobs.queue import JobQueue
from core.processes import now
from core.registry import Registry
from core.store import test_looks, work, workers
from core.store.database import Database

REASON_LENGTH = 2000


class Role(StrEnum):
    """What a version is here and now."""

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
class ComparisonJob:
    """A comparison that was asked for; `result` is there once it is finished."""

    job: Job
    result: Comparison | None


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether the newest comparison with the version that serves supports promoting, in a plain sentence."""

    supported: bool
    sentence: str
    comparison_id: int | None


class Promotions:
    """Compares, promotes, rolls back and retires.

    Args:
        champion: gives the version that serves.
        home: FRACTURE_HOME.
    """

    def __init__(
        self,
        database: Database,
        jobs: JobQueue,
        registry: Registry,
        champion: Callable[[], ModelVersion],
        home: Path,
        limits: Limits,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._registry = registry
        self._champion = champion
        self._home = home
        self._limits = limits

    def versions(self) -> tuple[RegisteredVersion, ...]:
        """The champion first, then the newest first; without a champion where it cannot be read."""
        try:
            champion = self._champion().version
        except RegistryError:
            champion = ""
        served = {*self._shipped(), *(appointment.version for appointment in self.history())}

        def role(model: ModelVersion) -> Role:
            if model.version == champion:
                return Role.CHAMPION
            if model.retired:
                return Role.RETIRED
            return Role.FORMER if model.version in served else Role.CHALLENGER

        standings = [RegisteredVersion(model, role(model)) for model in self._registry.versions()]
        return tuple(sorted(standings, key=lambda standing: standing.role is not Role.CHAMPION))

    def compare(self, challenger: str, manifest_sha256: str, reader: str, against: str | None = None) -> ComparisonJob:
        """Put a comparison on the test split of a data set into the line; it is done by a process of its own.

        Args:
            against: the champion by default.

        Raises:
            RegistryError: a version that is not there, or retired; or one compared with itself.
            DatasetError: no such data set, or no test split with both classes.
        """
        against = against or self._champion().version
        if challenger == against:
            raise PromotionError(f"{challenger} cannot be compared with itself. Choose two versions.")
        for version in (challenger, against):
            self._registry.weights(version)
        manifest = manifests.read(manifest_sha256, self._home)
        if not both_classes(manifest.of(Split.TEST)):
            raise DatasetError(f"{manifest.name} has no test split with both classes. Choose another data set.")
        job = self._jobs.add(JobKind.COMPARISON, challenger, manifest_sha256, "{}", reader, against)
        return self.comparison(job.id)

    def comparisons(self, version: str | None = None) -> tuple[ComparisonJob, ...]:
        """Newest first.

        Args:
            version: only those in which it is the challenger.
        """
        found = self._jobs.of_kind(JobKind.COMPARISON)
        return tuple(self._with_result(job) for job in found if version in (None, job.version))

    def comparison(self, job_id: int) -> ComparisonJob:
        """Raises NotFoundError."""
        return self._with_result(self._jobs.find(job_id))

    def cancel(self, job_id: int) -> ComparisonJob:
        """Raises NotFoundError."""
        self._jobs.cancel(job_id)
        return self.comparison(job_id)

    def picture(self, job_id: int, sha256: str) -> Radiograph:
        """One radiograph of a comparison's test.

        Raises:
            NotFoundError: no such comparison, or no such picture in it.
            DatasetError: the data set or the file is gone.
            RefusedFileError: the file cannot be read any more.
        """
        manifest = manifests.read(self._jobs.find(job_id).manifest_sha256, self._home)
        test = zip(manifest.of(Split.TEST), manifest.examples(Split.TEST, self._home), strict=True)
        for item, example in test:
            if item.sha256 == sha256:
                try:
                    data = example.path.read_bytes()
                except OSError as error:
                    raise DatasetError(f"{item.file} of {manifest.name} is gone. Restore the folder.") from error
                return decode(data, item.file, self._limits)[0]
        raise NotFoundError("This picture is not in the test. Choose one from the list.")

    def advice(self, version: str) -> Advice:
        """Whether a version may serve, by its newest finished comparison with the one that does."""
        champion = self._champion().version
        if version == champion:
            return Advice(False, f"{version} serves already.", None)
        for each in self.comparisons(version):
            if each.result is not None and each.job.against == champion:
                return Advice(each.result.supported, each.result.sentence, each.job.id)
        return Advice(False, f"Promoting is not supported: {version} has not been compared with {champion}.", None)

    def promote(self, version: str, reader: str, override: str = "") -> ModelVersion:
        """Let a version read new batches from now on. What was read stays as it is, bound to the version that read it.

        Args:
            reader: who decides it.
            override: why, where no comparison supports it; written down.

        Raises:
            PromotionError: it is not supported, and there is no override.
            RegistryError: it is not there, retired or damaged.
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
        return self._appoint(version, reader, reason, Action.PROMOTED, not advice.supported, advice.comparison_id)

    def roll_back(self, reader: str, reason: str = "") -> ModelVersion:
        """Let the version serve that did before this one was promoted.

        Raises:
            PromotionError: there is none before it.
            RegistryError: it is damaged.
        """
        retired = {model.version for model in self._registry.versions() if model.retired}
        *before, serving = line_of_champions(self._shipped(), self.history()[::-1])
        before = [version for version in before if version not in retired and version != serving]
        if not before:
            raise PromotionError(f"No version served before {serving}, so there is nothing to roll back to.")
        self._registry.weights(before[-1])
        return self._appoint(before[-1], reader, reason.strip()[:REASON_LENGTH], Action.ROLLED_BACK, False, None)

    def retire(self, version: str, reader: str, reason: str) -> ModelVersion:
        """Delete a version's weights. Its card, its manifest and all its predictions stay.

        Raises:
            UnknownVersionError: no such version.
            PromotionError: it serves, or a batch or a job still needs it.
            RegistryError: it ships with the product.
        """
        if version == self._champion().version:
            raise PromotionError(f"{version} serves. Promote another version or roll back first.")
        with self._database.reading() as connection:
            wanted = work.has_open_rows(connection, version)
        for job in self._jobs.unfinished():
            wanted = wanted or version in (job.version, job.against) or f'"{version}"' in job.settings_json
        if wanted:
            raise PromotionError(f"{version} is still to read a batch or is part of a job. Wait for it, or cancel it.")
        return self._registry.retire(version, reader, reason.strip()[:REASON_LENGTH])

    def history(self) -> tuple[ChampionChange, ...]:
        """Who let what serve, newest first. Before the first one the shipped version served."""
        with self._database.reading() as connection:
            return tuple(reversed(workers.appointments(connection)))

    def looks(self, version: str) -> tuple[TestLook, ...]:
        """Each time this installation measured a version on a test split, oldest first."""
        with self._database.reading() as connection:
            return tuple(test_looks.of_version(connection, version))

    def manifest(self, version: str) -> Manifest | None:
        """What a version was made from; None where that is not kept beside it."""
        return lineage.manifest_of(self._registry, version)

    def _with_result(self, job: Job) -> ComparisonJob:
        text = self._jobs.result(job.id) if job.state is JobState.FINISHED else None
        return ComparisonJob(job, None if text is None else Comparison.from_json(text))

    def _shipped(self) -> list[str]:
        """The version that serves as long as nobody has decided anything; none where none ships."""
        try:
            return [self._registry.default().version]
        except UnknownVersionError:
            return []

    def _appoint(
        self, version: str, reader: str, reason: str, action: Action, override: bool, comparison_id: int | None
    ) -> ModelVersion:
        with self._database.writing(durable=True) as connection:
            workers.appoint(connection, version, reader, reason, now(), action, override, comparison_id)
        return self._registry.get(version)


def line_of_champions(first: Sequence[str], history: Sequence[ChampionChange]) -> list[str]:
    """The versions that stand behind the one that serves, which is the last: a promotion adds one, a roll back takes
    away what came after the version it went back to.

    Args:
        first: what served before anything was decided.
        history: oldest first.
    """
    line = list(first)
    for appointment in history:
        if appointment.action is Action.ROLLED_BACK and appointment.version in line:
            while line[-1] != appointment.version:
                line.pop()
        else:
            line.append(appointment.version)
    return line
