"""The engine on TensorFlow: the weights of a version are loaded, folded, and explained by Grad-CAM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.card import ModelVersion
from core.cnn.fold import fold
from core.cnn.gradcam import GradCam
from core.cnn.runtime import load_tensorflow
from core.errors import DamagedModelError
from core.prediction.classifier import Classifier, unusable_card
from core.prediction.gate import Gate

if TYPE_CHECKING:
    import keras

    from core.prediction.engine import Engine


def load_classifier(model: ModelVersion, weights: Path) -> Classifier:
    """Load a version. Imports TensorFlow.

    Args:
        model: from `Registry.get`.
        weights: from `Registry.weights`, which has verified the checksum.

    Raises:
        DamagedModelError: the file is not a model that this card describes.
    """
    load_tensorflow()
    return classifier_of(model, load_network(model, weights))


def classifier_of(model: ModelVersion, network: keras.Model) -> Classifier:
    """The classifier of a version whose Keras model is already there.

    Raises:
        DamagedModelError: the card does not describe the network.
    """
    return Classifier(model, build_engine(model, network))


def build_engine(model: ModelVersion, network: keras.Model) -> Engine:
    """Fold the network, and explain it at the layer that the card names.

    Raises:
        DamagedModelError: the card does not describe the network.
    """
    card = model.card
    try:
        return GradCam(fold(network), card.saliency_layer, card.sigmoid_means.sign, Gate.from_card(card.gate).layers)
    except (KeyError, TypeError, ValueError) as error:
        raise unusable_card(model, error) from error


def load_network(model: ModelVersion, weights: Path) -> keras.Model:
    """The Keras model of a version, loaded in Keras' safe mode: code that the file holds is refused, not run.

    Raises:
        DamagedModelError: the file is not a Keras model.
    """
    import keras

    try:
        return keras.models.load_model(weights, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedModelError(f"The weights of {model.version} cannot be loaded: {error}.") from error
