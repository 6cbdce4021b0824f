"""The model registry: one folder a version, with `x_ray.keras` and `card.json`.

What decides a prediction is written once and never changed. What is said of a version, such as figures and looks at
test, can be amended.

Two places are read: the versions that ship beside the code, and those this installation trained. Nothing else is ever
loaded as a model, and a weights file whose SHA-256 differs from its card is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.card import AMENDABLE, ModelCard, ModelVersion, read_card, write_card
from core.errors import (
    DamagedModelError,
    RegistryError,
    RetiredVersionError,
    UnknownVersionError,
    VersionExistsError,
)

WEIGHTS = "x_ray.keras"
CARD = "card.json"
MANIFEST = "manifest.json"  # what it was trained, chosen and tested on, where that is known
RETIRED = "retired.json"
VERSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
EVALUATION_NAME = re.compile(r"evaluation-[A-Za-z0-9._-]{1,64}\.json")


class Registry:
    """Lists, reads and adds model versions.

    Args:
        shipped: the read-only versions beside the code.
        models: where new versions are written; made when the first one is added.
    """

    def __init__(self, shipped: Path, models: Path) -> None:
        self._shipped, self._models = shipped, models

    def versions(self) -> list[ModelVersion]:
        """Every version that can be read, the newest first. A damaged folder is left out; `get` says why."""
        found = []
        for folder in self._folders():
            try:
                found.append(self._read(folder))
            except DamagedModelError:
                continue
        return sorted(found, key=lambda model: (model.created, model.version), reverse=True)

    def get(self, version: str) -> ModelVersion:
        """Read one version's card.

        Raises:
            UnknownVersionError: no such version.
            DamagedModelError: its card cannot be read.
        """
        return self._read(self._folder(version))

    def default(self) -> ModelVersion:
        """The champion that ships: the newest shipped version.

        Raises:
            UnknownVersionError: none ships.
        """
        shipped = [model for model in self.versions() if model.shipped]
        if not shipped:
            raise UnknownVersionError(f"No model version ships in {self._shipped}. Train one: python -m core train.")
        return shipped[0]

    def weights(self, version: str) -> Path:
        """The weights file of a version, its checksum verified.

        Raises:
            UnknownVersionError: no such version.
            RetiredVersionError: they are gone on purpose.
            DamagedModelError: the file is missing or is not the one its card describes.
        """
        folder = self._folder(version)
        if (folder / RETIRED).is_file():
            raise RetiredVersionError(f"{version} is retired: its weights are gone, its card is kept. Choose another.")
        path, expected = folder / WEIGHTS, self._read(folder).sha256
        if not path.is_file() or path.is_symlink() or file_sha256(path) != expected:
            raise DamagedModelError(
                f"The weights of {version} are not the ones its card describes. Restore the folder or leave it out."
            )
        return path

    def check_free(self, version: str) -> None:
        """Ask, before hours of training, whether `add` will take a name.

        Raises:
            VersionExistsError: the name is taken, by a shipped version or by one of this installation.
            RegistryError: the name cannot be used.
        """
        if not VERSION_NAME.fullmatch(version):
            raise RegistryError(
                "A version's name must be 1 to 64 letters (A to Z), digits, dots, dashes and underscores, the first a "
                f"letter or a digit, but is {version!r}."
            )
        if any((place / version).exists() for place in (self._shipped, self._models)):
            raise VersionExistsError(f"The version {version} exists. A version is never changed: choose another name.")

    def add(
        self, version: str, card: ModelCard, write_weights: Callable[[Path], None], manifest: bytes | None = None
    ) -> ModelVersion:
        """Add a version atomically: it appears whole or not at all.

        Args:
            version: letters, digits, dots, dashes and underscores.
            card: `version` and `sha256` are filled in here.
            write_weights: saves the model to the path it is given.
            manifest: kept beside them; see `core.learning.datasets.manifest`.

        Raises:
            VersionExistsError: the name is taken.
            RegistryError: the name cannot be used, or the card cannot be written.
        """
        self.check_free(version)
        self._models.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=self._models))
        try:
            write_weights(partial / WEIGHTS)
            complete = replace(card, version=version, sha256=file_sha256(partial / WEIGHTS))
            (partial / CARD).write_text(write_card(complete), encoding="utf-8")
            if manifest is not None:
                (partial / MANIFEST).write_bytes(manifest)
            partial.chmod(0o755)
            try:
                partial.rename(self._models / version)
            except OSError as error:
                if not (self._models / version).exists():
                    raise
                raise VersionExistsError(f"The version {version} exists. Choose another name.") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return self.get(version)

    def manifest(self, version: str) -> bytes | None:
        """What is kept beside a version of its data; None where nothing is. Raises UnknownVersionError."""
        path = self._folder(version) / MANIFEST
        return path.read_bytes() if path.is_file() else None

    def retire(self, version: str, reader: str, reason: str) -> ModelVersion:
        """Delete the weights of a version of this installation; its card and manifest stay.

        Raises:
            UnknownVersionError: no such version.
            RegistryError: it ships with the product.
        """
        folder = self._own_folder(version)
        note = {"by": reader, "at": datetime.now(UTC).isoformat(timespec="seconds"), "reason": reason}
        _replace(folder / RETIRED, json.dumps(note, indent=2, ensure_ascii=False) + "\n")
        (folder / WEIGHTS).unlink(missing_ok=True)
        return self.get(version)

    def amend(self, version: str, change: Callable[[ModelCard], Mapping[str, Any]]) -> ModelVersion:
        """Write anew what a card says of a version: figures and words, nothing that decides a prediction.

        Args:
            change: called with the card as it is now; returns the parts to put in place, by name. See
                `core.card.AMENDABLE`.

        Raises:
            UnknownVersionError, DamagedModelError: see `get`.
            RegistryError: a shipped version, another part, or one that cannot be written.
        """
        folder = self._own_folder(version)
        with FileLock(self._models / ".amending.lock"):
            card = self._read(folder).card
            parts = change(card)
            if fixed := sorted(set(parts) - AMENDABLE):
                raise RegistryError(f"{', '.join(fixed)} of {version} cannot be changed. Train a new version.")
            known = {key: value for key, value in card.extra.items() if key not in parts}
            _replace(folder / CARD, write_card(replace(card, extra=known, **parts)))
        return self.get(version)

    def keep_evaluation(self, version: str, name: str, text: str) -> Path:
        """Keep a document beside a version of this installation, as `evaluation-<name>.json`."""
        path = self._own_folder(version) / f"evaluation-{name}.json"
        if not EVALUATION_NAME.fullmatch(path.name):
            raise RegistryError(f"An evaluation's name must be letters, digits, dots and dashes, but is {name!r}.")
        _replace(path, text)
        return path

    def evaluations(self, version: str) -> list[Path]:
        """The documents that lie beside a version, by name."""
        folder = self._folder(version)
        return sorted(p for p in folder.glob("evaluation-*.json") if EVALUATION_NAME.fullmatch(p.name))

    def _own_folder(self, version: str) -> Path:
        folder = self._folder(version)
        if folder.parent == self._shipped:
            raise RegistryError(f"{version} ships with the product: its folder is read-only. Copy it under a new name.")
        return folder

    def _folders(self) -> list[Path]:
        """Shipped versions first: a trained one can never take a shipped one's name."""
        folders: dict[str, Path] = {}
        for place in (self._shipped, self._models):
            if place.is_dir():
                for folder in sorted(place.iterdir()):
                    if VERSION_NAME.fullmatch(folder.name) and (folder / CARD).is_file():
                        folders.setdefault(folder.name, folder)
        return list(folders.values())

    def _folder(self, version: str) -> Path:
        for folder in self._folders():
            if folder.name == version:
                return folder
        raise UnknownVersionError(f"There is no model version {version!r}. `python -m core models list` shows them.")

    def _read(self, folder: Path) -> ModelVersion:
        try:
            text = (folder / CARD).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise DamagedModelError(f"The card of {folder.name} cannot be read: {error}.") from error
        card = read_card(text, folder.name)
        return ModelVersion.of(card, folder.parent == self._shipped, (folder / RETIRED).is_file())


def _replace(path: Path, text: str) -> None:
    """Atomically: a reader sees the old file or the new one."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
