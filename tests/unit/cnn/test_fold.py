"""Folding changes nothing but the speed."""

from __future__ import annotations

import keras
import numpy as np

from core.cnn.fold import fold
from tests.unit.cnn.helpers import random_images


def test_the_answers_stay(pyramid: keras.Model) -> None:
    folded, images = fold(pyramid), random_images(3, pyramid.input_shape[1:], seed=5)
    for layer in ("pyramid", "logit"):
        before = np.asarray(keras.Model(pyramid.inputs[0], pyramid.get_layer(layer).output)(images))
        after = np.asarray(keras.Model(folded.inputs[0], folded.get_layer(layer).output)(images))
        np.testing.assert_allclose(after, before, atol=2e-3 * np.abs(before).max())


def test_only_normalisations_without_a_convolution_are_left(pyramid: keras.Model) -> None:
    """Those that follow an addition."""
    left = [layer for layer in fold(pyramid).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.name for layer in left] == ["merge16_bn", "merge8_bn"]


def test_grey_is_read_once_not_three_times(pyramid: keras.Model) -> None:
    folded = fold(pyramid)
    assert folded.get_layer("grey_to_rgb").output.shape[-1] == 1
    before, after = (network.get_layer("stem_conv").get_weights()[0].shape for network in (pyramid, folded))
    assert (before[2], after[2]) == (3, 1)


def test_channels_that_differ_are_read_apart() -> None:
    grey = keras.Input((8, 8, 1))
    twice = keras.layers.Concatenate(name="two")([grey, keras.layers.Rescaling(2.0)(grey)])
    network = keras.Model(grey, keras.layers.Conv2D(3, 3)(twice))
    folded, images = fold(network), random_images(2, (8, 8, 1))
    assert folded.get_layer("two").output.shape[-1] == 2
    np.testing.assert_array_equal(np.asarray(folded(images)), np.asarray(network(images)))


def test_a_network_without_any_stays_as_it_is(tiny: keras.Model) -> None:
    images = random_images(2, tiny.input_shape[1:])
    np.testing.assert_array_equal(np.asarray(fold(tiny)(images)), np.asarray(tiny(images)))
