"""Which model versions there are, and which of them serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import ModelVersion
from core.errors import RegistryError
from core.processes import now
from core.registry import Registry
from core.store import workers
from core.store.database import Database

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier

CARDS = 8  # held at a time


class ModelVersions:
    """The registry, and the store's choice from it.

    Args:
        load_classifier: makes the classifier of a version, given the path of its verified weights.
    """

    def __init__(
        self, database: Database, registry: Registry, load_classifier: Callable[[ModelVersion, Path], Classifier]
    ) -> None:
        self._database = database
        self._registry = registry
        self._load_classifier = load_classifier
        # A version never changes once it is written, and reading its card takes milliseconds, so it is read once.
        self._card = lru_cache(maxsize=CARDS)(registry.get)
        self._shipped = lru_cache(maxsize=1)(registry.default)

    def champion(self) -> ModelVersion:
        """The version that reads new batches: the one appointed last, or the shipped one.

        Raises:
            UnknownVersionError: the appointed version is not in the registry.
            DamagedModelError: its card cannot be read.
        """
        with self._database.reading() as connection:
            chosen = workers.latest_champion(connection)
        return self._shipped() if chosen is None else self._card(chosen.version)

    def champion_name(self) -> str:
        """The name of that version, or nothing where there is none that could serve."""
        try:
            return self.champion().version
        except RegistryError:
            return ""

    def classifier(self, version: str) -> Classifier:
        """Load a version, its weights verified. Imports TensorFlow: for a worker's process only.

        Raises:
            UnknownVersionError, DamagedModelError: see `champion`.
        """
        return self._load_classifier(self._registry.get(version), self._registry.weights(version))

    def appoint(self, version: str, reader: str, reason: str) -> ModelVersion:
        """Let a version read new batches from now on; what was read stays as it is.

        Raises:
            UnknownVersionError, DamagedModelError: see `champion`.
        """
        chosen = self._registry.get(version)
        with self._database.writing() as connection:
            workers.appoint(connection, version, reader, reason, now())
        return chosen

    def versions(self) -> list[ModelVersion]:
        return self._registry.versions()

    def get(self, version: str) -> ModelVersion:
        """Raises UnknownVersionError, DamagedModelError."""
        return self._card(version)

    def card(self, version: str) -> Mapping[str, object]:
        """What a version's card says; nothing where it cannot be read."""
        try:
            return self._card(version).card
        except RegistryError:
            return {}
