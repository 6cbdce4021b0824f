"""Comparisons for an administrator: started, followed, cancelled, looked through. Each is done in its own process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.card import ModelVersion
from core.config import Limits
from core.domain import Job, JobKind, JobState, Radiograph
from core.errors import DatasetError, NotFoundError, PromotionError
from core.imaging.decode import decode
from core.learning.datasets import manifest as manifests
from core.learning.datasets.manifest import Split, both_classes
from core.learning.evaluation.comparison import Comparison
from core.learning.jobs.queue import JobQueue
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class ComparisonJob:
    """A comparison as a job.

    Attributes:
        result: None until it is finished.
    """

    job: Job
    result: Comparison | None


class Comparisons:
    """Starts, follows and cancels comparisons of two versions.

    Args:
        champion: gives the version that serves.
        home: FRACTURE_HOME.
    """

    def __init__(
        self, jobs: JobQueue, registry: Registry, champion: Callable[[], ModelVersion], home: Path, limits: Limits
    ) -> None:
        self._jobs = jobs
        self._registry = registry
        self._champion = champion
        self._home = home
        self._limits = limits

    def start(self, challenger: str, manifest_sha256: str, reader: str, against: str | None = None) -> ComparisonJob:
        """Queue a comparison on the test split of a data set. It is done in its own process.

        Args:
            against: the champion by default.

        Raises:
            PromotionError: both are the same version.
            RegistryError: a version is not there, or is retired.
            DatasetError: there is no such data set, or it has no test split with both classes.
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
        return self._with_result(job)

    def jobs(self, version: str | None = None) -> tuple[ComparisonJob, ...]:
        """All comparisons, newest first.

        Args:
            version: only those in which it is the challenger.
        """
        found = self._jobs.of_kind(JobKind.COMPARISON)
        return tuple(self._with_result(job) for job in found if version in (None, job.version))

    def job(self, job_id: int) -> ComparisonJob:
        """Find a comparison by the number of its job. Raises NotFoundError."""
        return self._with_result(self._jobs.find(job_id))

    def cancel(self, job_id: int) -> ComparisonJob:
        """Cancel a comparison: a waiting one at once, a running one within seconds. Raises NotFoundError."""
        self._jobs.cancel(job_id)
        return self.job(job_id)

    def picture(self, job_id: int, sha256: str) -> Radiograph:
        """Decode one radiograph of a comparison's test.

        Raises:
            NotFoundError: there is no such comparison, or no such picture in it.
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

    def _with_result(self, job: Job) -> ComparisonJob:
        text = self._jobs.result(job.id) if job.state is JobState.FINISHED else None
        return ComparisonJob(job, None if text is None else Comparison.from_json(text))
