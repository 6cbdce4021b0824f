"""Tiny networks, and versions of them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core.card import ModelVersion
from core.domain import Radiograph, Window
from tests.cards import card_of

TINY = 32  # pixels
GRID = 8  # cells of the brightness network's heatmap, each TINY / GRID pixels of the input
GAIN, OFFSET = 40.0, -2.0


def tiny_network(name: str = "tiny", size: int = TINY) -> keras.Model:
    """A network that has one of each and is traced in no time; in place of `networks.build`."""
    inputs = keras.Input((size, size, 1))
    x = keras.layers.Conv2D(4, 3, 2, padding="same", activation="relu", name="features")(inputs)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.3, name="dropout")(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="score")(x))


def brightness_network(sign: float = 1.0) -> keras.Model:
    """The logit is the mean brightness of cells, times GAIN plus OFFSET; its evidence is the brightness itself."""
    inputs = keras.Input((TINY, TINY, 1))
    cells = keras.layers.AveragePooling2D(TINY // GRID)(inputs)
    evidence = keras.layers.Conv2D(1, 1, use_bias=False, name="evidence")(cells)
    pooled = keras.layers.GlobalAveragePooling2D()(evidence)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="score")(pooled))
    model.get_layer("evidence").set_weights([np.ones((1, 1, 1, 1), np.float32)])
    model.get_layer("score").set_weights([np.array([[sign * GAIN]], np.float32), np.array([sign * OFFSET], np.float32)])
    return model


def enliven(model: keras.Model) -> keras.Model:
    """Set every batch normalisation to the statistics of random pictures, so that no layer's output dies away."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(random_images(8, model.input_shape[1:]), training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
    return model


def random_images(count: int, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, *shape), np.float32)


def version_of(network: keras.Model, saliency_layer: str, letterbox: bool = True, **card: Any) -> ModelVersion:
    """A version as the registry would give it; `card` are parts of its card.json."""
    _, size, _, channels = network.input_shape
    spec = {"size": size, "letterbox": letterbox, "channels": channels}
    return ModelVersion.of(card_of(**{"input": spec, "saliency_layer": saliency_layer} | card))


def radiograph_of(pixels: np.ndarray) -> Radiograph:
    """A radiograph of (H, W) uint8 or uint16 pixels, shown over its full range."""
    return Radiograph("0" * 64, 0, "phantom", pixels, 8, "PNG", Window(0.0, float(np.iinfo(pixels.dtype).max)))
