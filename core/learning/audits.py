"""Audits for a screen: each in a thread of its own, so that it goes on while nobody looks, and can be cancelled."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from core.config import Limits
from core.domain import Radiograph
from core.errors import DatasetError, FractureReviewError, NotFoundError
from core.imaging.decode import decode
from core.learning.audit import Audit, Audited
from core.learning.data_sets import DataSets
from core.learning.manifest import FOLDER, Manifest
from core.learning.sources import Collection
from core.learning.splitting import Division, Shares, suggest
from core.learning.verdicts import Choice
from core.processes import now

KEPT = 8  # finished audits that are remembered; a manifest, once made, is kept for good
UPLOADS = f"{FOLDER}/uploads"  # below FRACTURE_HOME, emptied when an archive has been read
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
NAME_LENGTH = 60


class AuditState(StrEnum):
    """The life of an audit."""

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Wanted:
    """What a data set is to be made of: one source or a mix.

    Attributes:
        folders: below FRACTURE_DATASETS.
        archives: uploaded ZIPs, as (name, stream).
        reviews: whose reviewed cases; None for none.
    """

    folders: tuple[str, ...] = ()
    archives: tuple[tuple[str, BinaryIO], ...] = ()
    reviews: Choice | None = None


@dataclass(frozen=True)
class AuditRun:
    """How far an audit is, and what it has found.

    Attributes:
        phase: what is being done, in words; `done` of `total` of it are behind it.
        reason: why it failed, else empty.
        audit, suggestion: there once it is finished; the division that suits it.
    """

    id: int
    name: str
    created: datetime
    state: AuditState = AuditState.RUNNING
    phase: str = "starting"
    done: int = 0
    total: int = 0
    reason: str = ""
    audit: Audit | None = None
    suggestion: Division | None = None

    @property
    def fraction(self) -> float:
        """Of the phase, in [0, 1]."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(eq=False)
class _Work:
    """What a thread works on; `run` is replaced as a whole, so that whoever reads it sees one moment."""

    run: AuditRun
    stop: threading.Event = field(default_factory=threading.Event)
    collections: tuple[Collection, ...] = ()
    audited: Audited | None = None


class _Stopped(Exception):
    """The administrator has cancelled."""


class Audits:
    """Audits of this process, and the manifests that are made of them. Safe to share between threads.

    Args:
        home: FRACTURE_HOME.
    """

    def __init__(self, data_sets: DataSets, home: Path, limits: Limits) -> None:
        self._data_sets = data_sets
        self._home = home
        self._limits = limits
        self._works: OrderedDict[int, _Work] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, name: str, wanted: Wanted) -> AuditRun:
        """Begin, and return at once. Archives are copied to disk first.

        Raises:
            DatasetError: nothing is chosen.
        """
        if not (wanted.folders or wanted.archives or wanted.reviews):
            raise DatasetError("Nothing is chosen. Upload a ZIP, choose a folder, or take reviewed cases.")
        uploads = self._home / UPLOADS
        uploads.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=uploads))
        archives = [_copy(folder, archive, stream) for archive, stream in wanted.archives]
        with self._lock:
            number = max([time.time_ns() // 1_000_000, *(known + 1 for known in self._works)])
            work = _Work(AuditRun(number, name.strip() or f"Data set of {now():%Y-%m-%d %H:%M}", now()))
            self._works[number] = work
            ended = [known for known, each in self._works.items() if each.run.state is not AuditState.RUNNING]
            for known in ended[: max(0, len(ended) - KEPT)]:
                del self._works[known]
        arguments = (work, wanted, archives, folder)
        threading.Thread(target=self._run, args=arguments, name=f"audit-{number}", daemon=True).start()
        return work.run

    def runs(self) -> tuple[AuditRun, ...]:
        """Newest first."""
        with self._lock:
            return tuple(work.run for work in reversed(self._works.values()))

    def run(self, audit_id: int) -> AuditRun:
        """Raises NotFoundError."""
        return self._find(audit_id).run

    def cancel(self, audit_id: int) -> None:
        """Within seconds. Raises NotFoundError."""
        self._find(audit_id).stop.set()

    def picture(self, audit_id: int, name: str) -> Radiograph:
        """A picture by its name in the audit.

        Raises:
            NotFoundError: no such audit, or no such picture in it.
            RefusedFileError, DatasetError: its file cannot be read any more.
        """
        audited = self._find(audit_id).audited
        for each in audited.survey.pictures if audited else ():
            if each.picture.name == name:
                return self._decode(each.picture.path, name)
        raise NotFoundError("This picture is not part of the audit. Choose one from the list.")

    def keep(self, audit_id: int, division: Division, shares: Shares | None = None, seed: int = 0) -> Manifest:
        """Divide an audited data set and keep it.

        Raises:
            NotFoundError: no such audit.
            DatasetError: it is not finished, or too little would be left.
        """
        work = self._find(audit_id)
        if work.audited is None:
            raise DatasetError(f"The audit of {work.run.name} is not finished, so it cannot be divided yet.")
        return self._data_sets.keep(work.run.name, work.collections, work.audited, division, shares, seed)

    def example(self, manifest: Manifest, number: int) -> Radiograph:
        """One of a manifest's pictures, counted round and round, to show what augmentation does to it.

        Raises:
            RefusedFileError, DatasetError: its file cannot be read any more.
        """
        item = manifest.items[number % len(manifest.items)]
        root = next(source.root for source in manifest.sources if source.name == item.source)
        return self._decode(self._home / root / item.file, item.file)

    def _run(self, work: _Work, wanted: Wanted, archives: Sequence[Path], folder: Path) -> None:
        try:
            self._work(work, wanted, archives)
        except _Stopped:
            work.run = replace(work.run, state=AuditState.CANCELLED)
        except (FractureReviewError, OSError) as error:
            work.run = replace(work.run, state=AuditState.FAILED, reason=str(error))
        finally:
            if work.run.state is AuditState.RUNNING:  # a fault of ours: it is logged, and nobody waits for ever
                reason = "The audit ended unexpectedly; the server's log says why. Start it again."
                work.run = replace(work.run, state=AuditState.FAILED, reason=reason)
            shutil.rmtree(folder, ignore_errors=True)

    def _work(self, work: _Work, wanted: Wanted, archives: Sequence[Path]) -> None:
        def tell(phase: str, done: int = 0, total: int = 0) -> None:
            if work.stop.is_set():
                raise _Stopped
            work.run = replace(work.run, phase=phase, done=done, total=total)

        collections = []
        for chosen in wanted.folders:
            tell(f"listing {chosen}")
            collections.append(self._data_sets.from_folder(chosen))
        for archive in archives:
            tell(f"unpacking {archive.name}")
            collections.append(self._data_sets.from_archive(archive))
        if wanted.reviews:
            tell("gathering reviewed cases")
            collections.append(self._data_sets.from_reviews(wanted.reviews))
        audited = self._data_sets.audit(collections, tell)
        if not audited.audit.pictures:
            raise DatasetError("No picture of it can be used. Choose another source, or other readers.")
        tell("finished")
        work.collections, work.audited = tuple(collections), audited
        found = {"audit": audited.audit, "suggestion": suggest(audited)}
        work.run = replace(work.run, state=AuditState.FINISHED, **found)

    def _find(self, audit_id: int) -> _Work:
        with self._lock:
            if audit_id in self._works:
                return self._works[audit_id]
        raise NotFoundError("This audit is not known any more: audits last until the server stops. Start it again.")

    def _decode(self, path: Path, name: str) -> Radiograph:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{name} is gone. Restore its folder, or audit the data set again.") from error
        return decode(data, name, self._limits)[0]


def _copy(folder: Path, name: str, stream: BinaryIO) -> Path:
    """Write an upload to disk under a name without anything that could lead elsewhere."""
    path = folder / (UNSAFE.sub("_", name)[-NAME_LENGTH:].lstrip(".") or "upload.zip")
    with path.open("xb") as target:
        stream.seek(0)
        shutil.copyfileobj(stream, target)
    return path
