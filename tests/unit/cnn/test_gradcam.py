"""Grad-CAM against weights worked out by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from core.cnn.fold import fold
from core.cnn.gradcam import GradCam
from core.errors import InvalidImageError
from tests.unit.cnn.helpers import random_images

SIZE = 6
KERNEL = np.array([[[0, 1, 0], [1, -4, 1], [0, 1, 0]], [[1, 0, -1], [2, 0, -2], [1, 0, -1]]], np.float32)  # (2, 3, 3)
BIAS = np.array([0.1, -0.2], np.float32)


def network_by_hand(head: np.ndarray, bias: float = 0.3) -> keras.Model:
    """Conv2D with two known 3x3 filters, then Flatten and Dense 1: (4, 4, 2) features and one weight for each."""
    inputs = keras.Input((SIZE, SIZE, 1))
    features = keras.layers.Conv2D(2, 3, activation="relu", name="features")(inputs)
    score = keras.layers.Dense(1, activation="sigmoid", name="score")(keras.layers.Flatten()(features))
    model = keras.Model(inputs, score)
    model.get_layer("features").set_weights([KERNEL.transpose(1, 2, 0)[:, :, np.newaxis], BIAS])
    model.get_layer("score").set_weights([head.reshape(-1, 1).astype(np.float32), np.array([bias], np.float32)])
    return model


def features_by_hand(image: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE) to (4, 4, 2): correlation, bias, rectified."""
    side = SIZE - 2
    found = np.zeros((side, side, 2))
    for row, column, channel in np.ndindex(side, side, 2):
        window = image[row : row + 3, column : column + 3]
        found[row, column, channel] = max(0.0, float((window * KERNEL[channel]).sum() + BIAS[channel]))
    return found


def map_by_hand(features: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Equations 1 and 2 of the paper: here the logit's gradient is the head itself."""
    weights = head.mean(axis=(0, 1))
    rectified = np.maximum((features * weights).sum(axis=-1), 0)
    return rectified / rectified.max()


@pytest.fixture
def head() -> np.ndarray:
    return np.random.default_rng(5).normal(0.2, 1.0, (SIZE - 2, SIZE - 2, 2))


def test_weights_worked_out_by_hand(head: np.ndarray) -> None:
    images = random_images(3, (SIZE, SIZE, 1))
    explained = GradCam(network_by_hand(head), "features", feature_layers=["features"])(images)
    for index, image in enumerate(images[..., 0]):
        features = features_by_hand(image)
        np.testing.assert_allclose(explained.heatmaps[index], map_by_hand(features, head), atol=1e-5)
        assert explained.logits[index] == pytest.approx(float((features * head).sum() + 0.3), abs=1e-4)
        statistics = np.concatenate([features.mean(axis=(0, 1)), features.std(axis=(0, 1))])
        np.testing.assert_allclose(explained.features[index], statistics, atol=1e-5)
    assert explained.heatmaps.dtype == np.float32
    assert explained.has_evidence.all()
    assert explained.heatmaps.max() == 1.0


def test_it_explains_the_logit_and_not_the_sigmoid(head: np.ndarray) -> None:
    """With a bias of 200 the sigmoid is 1 and has no gradient left; the evidence is the same."""
    images = random_images(2, (SIZE, SIZE, 1))
    plain = GradCam(network_by_hand(head), "features")(images)
    saturated = GradCam(network_by_hand(head, bias=200.3), "features")(images)
    assert saturated.has_evidence.all()
    np.testing.assert_allclose(saturated.heatmaps, plain.heatmaps, atol=1e-5)
    np.testing.assert_allclose(saturated.logits, plain.logits + 200, atol=1e-3)


def test_a_batch_equals_one_by_one(head: np.ndarray) -> None:
    images = random_images(5, (SIZE, SIZE, 1))
    cam = GradCam(network_by_hand(head), "features")
    together, alone = cam(images), [cam(images[index : index + 1]) for index in range(5)]
    np.testing.assert_allclose(together.logits, np.concatenate([one.logits for one in alone]), atol=1e-6)
    np.testing.assert_allclose(together.heatmaps, np.concatenate([one.heatmaps for one in alone]), atol=1e-6)


def test_nowhere_positive_is_empty_and_says_so() -> None:
    images = np.concatenate([random_images(2, (SIZE, SIZE, 1)), np.zeros((1, SIZE, SIZE, 1), np.float32)])
    explained = GradCam(network_by_hand(np.full((4, 4, 2), -0.5)), "features")(images)
    assert not explained.has_evidence.any()
    assert np.array_equal(explained.heatmaps, np.zeros_like(explained.heatmaps))


def test_one_empty_map_does_not_touch_its_neighbours() -> None:
    """Only the second filter counts, which a picture without edges leaves dark."""
    head = np.zeros((4, 4, 2))
    head[..., 1] = 1.0
    images = np.concatenate([np.full((1, SIZE, SIZE, 1), 0.5, np.float32), random_images(1, (SIZE, SIZE, 1))])
    explained = GradCam(network_by_hand(head), "features")(images)
    assert explained.has_evidence.tolist() == [False, True]
    assert not explained.heatmaps[0].any() and explained.heatmaps[1].max() == 1.0


def test_a_sigmoid_of_not_fractured_is_turned_round(head: np.ndarray) -> None:
    images = random_images(3, (SIZE, SIZE, 1))
    turned = GradCam(network_by_hand(-head, bias=-0.3), "features", fractured_sign=-1)(images)
    straight = GradCam(network_by_hand(head), "features")(images)
    np.testing.assert_allclose(turned.logits, straight.logits, atol=1e-5)
    np.testing.assert_allclose(turned.heatmaps, straight.heatmaps, atol=1e-5)
    wrong = GradCam(network_by_hand(head), "features", fractured_sign=-1)(images)
    np.testing.assert_allclose(wrong.logits, -straight.logits, atol=1e-5)
    assert not np.allclose(wrong.heatmaps, straight.heatmaps)


def test_frozen_weights_are_explained_too(head: np.ndarray) -> None:
    model, images = network_by_hand(head), random_images(1, (SIZE, SIZE, 1))
    before = GradCam(model, "features")(images)
    model.trainable = False
    np.testing.assert_allclose(GradCam(model, "features")(images).heatmaps, before.heatmaps, atol=1e-6)


def test_compact_is_its_class_activation_map(compact: keras.Model) -> None:
    """Pooling and a linear head: Grad-CAM is the closed form of Zhou et al. 2016, arXiv:1512.04150."""
    images = random_images(4, compact.input_shape[1:], seed=1)
    explained = GradCam(compact, "head_relu")(images)
    activations, pooled = keras.Model(
        compact.inputs[0], [compact.get_layer("head_relu").output, compact.get_layer("pool").output]
    )(images)
    kernel, bias = compact.get_layer("logit").get_weights()
    maps = np.maximum(np.asarray(activations) @ kernel[:, 0], 0)
    peaks = maps.max(axis=(1, 2), keepdims=True)
    assert (peaks > 0).any()
    np.testing.assert_allclose(explained.heatmaps, np.divide(maps, peaks, where=peaks > 0, out=maps * 0), atol=1e-4)
    np.testing.assert_allclose(explained.logits, (np.asarray(pooled) @ kernel + bias)[:, 0], atol=1e-4)


def test_the_pyramid_is_its_rectified_evidence(pyramid: keras.Model) -> None:
    """Also as it serves, with its batch normalisation folded away."""
    images = random_images(4, pyramid.input_shape[1:], seed=2)
    explained = GradCam(fold(pyramid), "pyramid")(images)
    evidence = np.asarray(keras.Model(pyramid.inputs[0], pyramid.get_layer("evidence").output)(images))[..., 0]
    maps = np.maximum(evidence, 0)
    peaks = maps.max(axis=(1, 2), keepdims=True)
    assert (peaks > 0).any()
    np.testing.assert_allclose(explained.heatmaps, np.divide(maps, peaks, where=peaks > 0, out=maps * 0), atol=2e-3)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, SIZE, SIZE), np.float32),
        np.zeros((1, SIZE, SIZE + 1, 1), np.float32),
        np.zeros((1, SIZE, SIZE, 3), np.float32),
        np.zeros((1, SIZE, SIZE, 1), np.float64),
        np.zeros((1, SIZE, SIZE, 1), np.uint8),
    ],
)
def test_other_arrays_are_refused(images: np.ndarray, head: np.ndarray) -> None:
    with pytest.raises(InvalidImageError, match="must be .* but are"):
        GradCam(network_by_hand(head), "features")(images)
