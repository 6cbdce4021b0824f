"""Audits for an administrator: started, followed, cancelled, and kept as data sets. Each is done in its own process."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from core.config import Limits
from core.domain import Job, JobKind, JobState, Radiograph
from core.errors import DatasetError, NotFoundError
from core.imaging.decode import decode
from core.learning.datasets import audit_file
from core.learning.datasets.audit_file import AuditFile
from core.learning.datasets.audit_request import AuditRequest
from core.learning.datasets.catalogue import DataSetCatalogue
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.manifest import FOLDER, Manifest
from core.learning.datasets.split import Division, Shares
from core.learning.jobs.queue import JobQueue
from core.processes import now

CACHED = 2  # audit files that are held in memory; all are on the disk
UPLOADS = f"{FOLDER}/uploads"  # below FRACTURE_HOME; an audit deletes its own when it ends
ABANDONED_SECONDS = 7 * 24 * 3600.0  # an upload this old belongs to an audit that was killed, and is deleted
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class AuditRun:
    """An audit as a job.

    Attributes:
        name: of the data set, for people.
        place: in the queue, 1 for the next one; None unless it waits.
    """

    job: Job
    name: str
    place: int | None = None

    @property
    def id(self) -> int:
        """The number of its job."""
        return self.job.id

    @property
    def is_finished(self) -> bool:
        """Whether it is finished, so that its audit file can be read."""
        return self.job.state is JobState.FINISHED


class Audits:
    """Starts, follows and cancels audits, and makes manifests of them. Safe to share between threads.

    Args:
        home: FRACTURE_HOME.
    """

    def __init__(self, data_sets: DataSetCatalogue, jobs: JobQueue, home: Path, limits: Limits) -> None:
        self._data_sets = data_sets
        self._jobs = jobs
        self._home = home
        self._limits = limits
        self._read = lru_cache(CACHED)(audit_file.read)

    def start(
        self,
        name: str,
        reader: str,
        folders: Sequence[str] = (),
        archives: Sequence[tuple[str, BinaryIO]] = (),
        reviews: LabelPolicy | None = None,
    ) -> AuditRun:
        """Queue an audit, and return at once. Archives are copied to disk first.

        Args:
            name: of the data set, for people; by default the date and time.
            reader: who starts it.
            folders: below FRACTURE_DATASETS.
            archives: uploaded ZIPs, as (name, stream).
            reviews: which verdicts label the reviewed cases; None to take no reviewed cases.

        Raises:
            DatasetError: nothing is chosen.
        """
        if not (folders or archives or reviews):
            raise DatasetError("Nothing is chosen. Upload a ZIP, choose a folder, or take reviewed cases.")
        self._delete_abandoned()
        name = name.strip() or f"Data set of {now():%Y-%m-%d %H:%M}"
        copied = tuple(self._copy(archive, stream) for archive, stream in archives)
        request = AuditRequest(name, tuple(folders), copied, reviews)
        return self.run(self._jobs.add(JobKind.AUDIT, "", "", request.to_json(), reader).id)

    def runs(self) -> tuple[AuditRun, ...]:
        """All audits, newest first."""
        found = self._jobs.of_kind(JobKind.AUDIT)
        waiting = sorted(job.id for job in found if job.state is JobState.WAITING)
        return tuple(_run(job, waiting) for job in found)

    def run(self, audit_id: int) -> AuditRun:
        """Find an audit by the number of its job. Raises NotFoundError."""
        job = self._jobs.find(audit_id)
        if job.kind is not JobKind.AUDIT:
            raise NotFoundError(f"Job {audit_id} is no audit. Choose one from the list, or start it again.")
        unfinished = self._jobs.unfinished() if job.state is JobState.WAITING else []
        return _run(job, [each.id for each in unfinished if each.kind is job.kind and each.state is job.state])

    def cancel(self, audit_id: int) -> AuditRun:
        """Cancel an audit: a waiting one at once, a running one within 10 s. Raises NotFoundError."""
        self._jobs.cancel(self.run(audit_id).id)
        return self.run(audit_id)

    def audit_file(self, audit_id: int) -> AuditFile:
        """Read the audit file of a finished audit.

        Raises:
            NotFoundError: no such audit.
            DatasetError: it is not finished, or its file is gone.
        """
        run = self.run(audit_id)
        if not run.is_finished:
            raise DatasetError(f"The audit of {run.name} is not finished, so there is nothing to see of it yet.")
        return self._read(self._jobs.folder(run.job))

    def picture(self, audit_id: int, name: str) -> Radiograph:
        """Decode a picture by its name in the audit.

        Raises:
            NotFoundError: no such audit, or no such picture in it.
            RefusedFileError, DatasetError: its file cannot be read any more.
        """
        for each in self.audit_file(audit_id).audited.survey.pictures:
            if each.picture.name == name:
                return self._decode(each.picture.path, name)
        raise NotFoundError("This picture is not part of the audit. Choose one from the list.")

    def keep(self, audit_id: int, division: Division, shares: Shares | None = None, seed: int = 0) -> Manifest:
        """Divide an audited data set, and keep its manifest.

        Raises:
            NotFoundError: no such audit.
            DatasetError: it is not finished, or a split would lack a class.
        """
        content, name = self.audit_file(audit_id), self.run(audit_id).name
        return self._data_sets.keep(name, content.sources, content.audited, division, shares, seed)

    def example(self, manifest: Manifest, number: int) -> Radiograph:
        """Decode one of a manifest's pictures, to show what augmentation does to it.

        Args:
            number: of the picture; after the last one the first one follows.

        Raises:
            RefusedFileError, DatasetError: its file cannot be read any more.
        """
        item = manifest.items[number % len(manifest.items)]
        root = next(source.root for source in manifest.sources if source.name == item.source)
        return self._decode(self._home / root / item.file, item.file)

    def _decode(self, path: Path, name: str) -> Radiograph:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{name} is gone. Restore its folder, or audit the data set again.") from error
        return decode(data, name, self._limits)[0]

    def _copy(self, name: str, stream: BinaryIO) -> str:
        """Write an upload to disk under a safe name, and return its path relative to FRACTURE_HOME."""
        uploads = self._home / UPLOADS
        uploads.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(dir=uploads)) / (UNSAFE.sub("_", name)[-NAME_LENGTH:].lstrip(".") or "upload.zip")
        with path.open("xb") as target:
            stream.seek(0)
            shutil.copyfileobj(stream, target)
        return path.relative_to(self._home).as_posix()

    def _delete_abandoned(self) -> None:
        for folder in (self._home / UPLOADS).glob("*"):
            if folder.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _run(job: Job, waiting: Sequence[int]) -> AuditRun:
    place = waiting.index(job.id) + 1 if job.id in waiting else None
    return AuditRun(job, AuditRequest.from_json(job.settings_json).name, place)
