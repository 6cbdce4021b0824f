"""Data sets for an administrator: chosen, audited, divided, and kept as manifests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.config import Limits, Settings
from core.errors import DatasetError
from core.learning.datasets import manifest, sources
from core.learning.datasets.audit import Audited, audit
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.manifest import Manifest, Source
from core.learning.datasets.sources import Collection
from core.learning.datasets.split import Division, Shares, make_manifest
from core.store.database import Database
from core.store.files import FileStore


class DataSetCatalogue:
    """Everything that ends in a manifest. Reading an archive and auditing take minutes."""

    def __init__(self, settings: Settings, database: Database, files: FileStore) -> None:
        self._settings = settings
        self._database = database
        self._files = files

    def folders(self) -> tuple[str, ...]:
        """What lies below FRACTURE_DATASETS."""
        return sources.list_folders(self._settings.datasets)

    def from_folder(self, chosen: str) -> Collection:
        """A folder below FRACTURE_DATASETS, with its `boxes.csv` where there is one. Raises DatasetError."""
        return sources.read_folder_below(self._settings.datasets, chosen, name=f"folder {chosen}")

    def from_archive(self, archive: Path) -> Collection:
        """A ZIP of class folders. Raises DatasetError."""
        return sources.read_archive(archive, self._settings.home, self._settings.limits, name=f"archive {archive.name}")

    def from_reviews(self, choice: LabelPolicy) -> Collection:
        """The store's reviewed cases."""
        home, limits = self._settings.home, self._settings.limits
        return sources.read_reviews(self._database, self._files, home, limits, choice)

    def audit(
        self, collections: Sequence[Collection], on_done: Callable[[str, int, int], None] | None = None
    ) -> Audited:
        """See `audit_all`."""
        return audit_all(collections, self._settings.limits, on_done)

    def keep(
        self,
        name: str,
        chosen: Sequence[Source],
        audited: Audited,
        division: Division,
        shares: Shares | None = None,
        seed: int = 0,
    ) -> Manifest:
        """Divide and write; see `make_manifest`. Raises DatasetError."""
        home = self._settings.home
        made = make_manifest(name, chosen, audited, home, division, shares, seed)
        manifest.write(made, home)
        return made

    def kept(self) -> tuple[str, ...]:
        """The SHA-256 of every manifest, the newest first."""
        return manifest.kept(self._settings.home)

    def get(self, sha256: str) -> Manifest:
        """Raises DatasetError."""
        return manifest.read(sha256, self._settings.home)

    def find(self, beginning: str) -> str:
        """The SHA-256 that begins so. Raises DatasetError where there is not exactly one."""
        found = [sha256 for sha256 in self.kept() if sha256.startswith(beginning)]
        if len(found) != 1:
            known = ", ".join(sha256[:8] for sha256 in self.kept()) or "none"
            raise DatasetError(f"{beginning!r} names no kept data set, or several. Kept: {known}.")
        return found[0]


def audit_all(
    collections: Sequence[Collection], limits: Limits, on_done: Callable[[str, int, int], None] | None = None
) -> Audited:
    """Audit a mix; paths then begin with their source's name.

    Raises:
        DatasetError: a source is given twice.
    """
    if len({each.source.name for each in collections}) < len(collections):
        raise DatasetError("A source is chosen twice. Choose each once.")
    pictures = [picture for each in collections for picture in each.pictures]
    if len(collections) > 1:
        pictures = [replace(each, name=f"{each.source}/{each.name}") for each in pictures]
    return audit(pictures, limits, on_done)
