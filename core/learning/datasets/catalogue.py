"""The data sets of an installation: their sources, their audit, and the manifests that are kept."""

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
    """Reads sources, audits them, and keeps manifests. Reading an archive and auditing take minutes."""

    def __init__(self, settings: Settings, database: Database, files: FileStore) -> None:
        self._settings = settings
        self._database = database
        self._files = files

    def folders(self) -> tuple[str, ...]:
        """The names of the folders below FRACTURE_DATASETS."""
        return sources.list_folders(self._settings.datasets)

    def from_folder(self, folder: str) -> Collection:
        """Read a folder below FRACTURE_DATASETS, with its `boxes.csv` where there is one. Raises DatasetError."""
        return sources.read_folder_below(self._settings.datasets, folder, name=f"folder {folder}")

    def from_archive(self, archive: Path) -> Collection:
        """Unpack a ZIP of class folders. Raises DatasetError."""
        return sources.read_archive(archive, self._settings.home, self._settings.limits, name=f"archive {archive.name}")

    def from_reviews(self, policy: LabelPolicy) -> Collection:
        """Take the store's reviewed cases."""
        home, limits = self._settings.home, self._settings.limits
        return sources.read_reviews(self._database, self._files, home, limits, policy)

    def audit(
        self, collections: Sequence[Collection], on_done: Callable[[str, int, int], None] | None = None
    ) -> Audited:
        """Audit a mix of sources under the limits of the settings; see `audit_all`."""
        return audit_all(collections, self._settings.limits, on_done)

    def keep(
        self,
        name: str,
        sources: Sequence[Source],
        audited: Audited,
        division: Division,
        shares: Shares | None = None,
        seed: int = 0,
    ) -> Manifest:
        """Divide an audited data set, and keep its manifest; see `make_manifest`. Raises DatasetError."""
        home = self._settings.home
        made = make_manifest(name, sources, audited, home, division, shares, seed)
        manifest.write(made, home)
        return made

    def kept(self) -> tuple[str, ...]:
        """The SHA-256 of every manifest, the newest first."""
        return manifest.kept(self._settings.home)

    def get(self, sha256: str) -> Manifest:
        """Read a kept manifest. Raises DatasetError: there is none, or it has been changed."""
        return manifest.read(sha256, self._settings.home)

    def find(self, prefix: str) -> str:
        """The SHA-256 of the kept manifest that begins with a prefix. Raises DatasetError for none or several."""
        found = [sha256 for sha256 in self.kept() if sha256.startswith(prefix)]
        if len(found) != 1:
            known = ", ".join(sha256[:8] for sha256 in self.kept()) or "none"
            raise DatasetError(f"{prefix!r} names no kept data set, or several. Kept: {known}.")
        return found[0]


def audit_all(
    collections: Sequence[Collection], limits: Limits, on_done: Callable[[str, int, int], None] | None = None
) -> Audited:
    """Audit the pictures of one or several sources. Of several, the names begin with that of their source.

    Args:
        on_done: called with (phase, done, total).

    Raises:
        DatasetError: a source is given twice.
    """
    if len({each.source.name for each in collections}) < len(collections):
        raise DatasetError("A source is chosen twice. Choose each once.")
    pictures = [picture for each in collections for picture in each.pictures]
    if len(collections) > 1:
        pictures = [replace(each, name=f"{each.source}/{each.name}") for each in pictures]
    return audit(pictures, limits, on_done)
