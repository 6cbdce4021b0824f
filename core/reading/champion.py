"""The model versions, and which of them is the champion."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.card import ModelCard, ModelVersion
from core.errors import RegistryError
from core.processes import now
from core.registry import Registry
from core.store import workers
from core.store.database import Database

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier

CARDS_CACHED = 8


class ModelVersions:
    """Finds model versions in the registry, and the champion among them.

    Args:
        load_classifier: makes the classifier of a version, given the path of its verified weights.
    """

    def __init__(
        self, database: Database, registry: Registry, load_classifier: Callable[[ModelVersion, Path], Classifier]
    ) -> None:
        self._database = database
        self._registry = registry
        self._load_classifier = load_classifier
        # Reading a card takes milliseconds, and a version never changes once it is written.
        self._card = lru_cache(maxsize=CARDS_CACHED)(registry.get)
        self._shipped = lru_cache(maxsize=1)(registry.default)

    def champion(self) -> ModelVersion:
        """Find the version that reads new batches: the one appointed last, else the shipped one.

        Raises:
            UnknownVersionError: the appointed version is not in the registry.
            DamagedModelError: its card cannot be read.
        """
        with self._database.reading() as connection:
            chosen = workers.latest_champion(connection)
        return self._shipped() if chosen is None else self._card(chosen.version)

    def champion_name(self) -> str:
        """The champion's name; empty where no version can serve."""
        try:
            return self.champion().version
        except RegistryError:
            return ""

    def classifier(self, version: str) -> Classifier:
        """Load a version after its weights are verified. Imports TensorFlow, so only a worker may call it.

        Raises:
            UnknownVersionError, DamagedModelError: see `champion`.
        """
        return self._load_classifier(self._registry.get(version), self._registry.weights(version))

    def appoint(self, version: str, reader: str, reason: str) -> ModelVersion:
        """Make a version the champion: it reads new batches from now on. Earlier predictions stay.

        Raises:
            UnknownVersionError, DamagedModelError: see `champion`.
        """
        chosen = self._registry.get(version)
        with self._database.writing() as connection:
            workers.appoint(connection, version, reader, reason, now())
        return chosen

    def versions(self) -> list[ModelVersion]:
        """List the versions of the registry."""
        return self._registry.versions()

    def get(self, version: str) -> ModelVersion:
        """Find a version by its name. Raises UnknownVersionError, DamagedModelError."""
        return self._card(version)

    def card(self, version: str) -> ModelCard | None:
        """The card of a version; None where it cannot be read."""
        try:
            return self._card(version).card
        except RegistryError:
            return None
