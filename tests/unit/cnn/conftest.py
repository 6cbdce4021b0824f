"""Networks that are slow to build, once for all tests, with weights that make something happen."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from core.cnn import networks
from tests.unit.cnn.helpers import enliven, random_images, tiny_network

SMALL = 64  # pixels; the smallest input of the compact networks


@pytest.fixture(scope="session")
def reference() -> keras.Model:
    return networks.build("reference")


@pytest.fixture(scope="session")
def compact() -> keras.Model:
    return enliven(networks.build("compact", SMALL))


@pytest.fixture(scope="session")
def pyramid() -> keras.Model:
    """The compact network with the feature pyramid, whose evidence is of either sign."""
    model = enliven(networks.build("compact-fpn", SMALL))
    features = keras.Model(model.inputs[0], model.get_layer("pyramid").output)(random_images(8, (SMALL, SMALL, 1)))
    mean = np.asarray(features).mean(axis=(0, 1, 2))
    kernel = np.random.default_rng(0).normal(0, 0.1, mean.shape)
    centred = kernel - kernel @ mean / (mean @ mean) * mean
    model.get_layer("evidence_conv").set_weights([centred.astype(np.float32).reshape(1, 1, -1, 1)])
    return model


@pytest.fixture(scope="session")
def tiny() -> keras.Model:
    keras.utils.set_random_seed(3)
    return tiny_network()
