"""A model version with its network in memory, for what measures it."""

from __future__ import annotations

from dataclasses import dataclass

from core.card import ModelVersion
from core.cnn.engine import classifier_of, load_network
from core.prediction.classifier import Classifier
from core.registry import Registry


@dataclass(frozen=True, eq=False)
class MeasuredVersion:
    """A model version, loaded: its card, its Keras model, and the classifier made of both."""

    model: ModelVersion
    network: object
    classifier: Classifier

    @classmethod
    def load(cls, registry: Registry, model: ModelVersion) -> MeasuredVersion:
        """Raises UnknownVersionError, DamagedModelError."""
        network = load_network(model, registry.weights(model.version))
        return cls(model, network, classifier_of(model, network))
