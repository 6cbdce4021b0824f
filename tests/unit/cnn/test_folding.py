"""Folding batch normalisation away changes nothing but the speed."""

from __future__ import annotations

import keras
import numpy as np

from core.cnn.folding import fold_batch_norm
from tests.unit.cnn.helpers import random_images


def test_the_answers_stay(pyramid: keras.Model) -> None:
    folded, images = fold_batch_norm(pyramid), random_images(3, pyramid.input_shape[1:], seed=5)
    for layer in ("pyramid", "logit"):
        before = np.asarray(keras.Model(pyramid.inputs[0], pyramid.get_layer(layer).output)(images))
        after = np.asarray(keras.Model(folded.inputs[0], folded.get_layer(layer).output)(images))
        np.testing.assert_allclose(after, before, atol=2e-3 * np.abs(before).max())


def test_only_normalisations_without_a_convolution_are_left(pyramid: keras.Model) -> None:
    """Those that follow an addition."""
    left = [layer for layer in fold_batch_norm(pyramid).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.name for layer in left] == ["merge16_bn", "merge8_bn"]


def test_a_network_without_any_stays_as_it_is(tiny: keras.Model) -> None:
    images = random_images(2, tiny.input_shape[1:])
    np.testing.assert_array_equal(np.asarray(fold_batch_norm(tiny)(images)), np.asarray(tiny(images)))
