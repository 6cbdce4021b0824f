"""Batch normalisation in one operation against Keras' own."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.cnn import networks
from core.cnn.training.batch_norm import with_fused_batch_norm
from tests.unit.cnn.helpers import enliven, random_images


@pytest.fixture(scope="module")
def plain() -> keras.Model:
    """Two normalisations, one of which is frozen, with statistics and scales of their own."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(6, 3, use_bias=False, name="first")(inputs)
    x = keras.layers.BatchNormalization(momentum=0.6, epsilon=1e-2, name="norm")(x)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", use_bias=False, name="second")(x)
    x = keras.layers.BatchNormalization(momentum=0.9, name="frozen")(x)
    model = enliven(keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x)))
    for layer in (model.get_layer("norm"), model.get_layer("frozen")):
        layer.gamma.assign([0.5, 2.0, -1.0, 0.3, 1.0, 1.5][: layer.gamma.shape[0]])
        layer.beta.assign([0.1, -0.2, 0.0, 0.4, 1.0, -3.0][: layer.beta.shape[0]])
    model.get_layer("frozen").trainable = False
    return model


def step_of(model: keras.Model, training: bool) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Outputs, gradients, and the weights after it, of one call."""
    images = random_images(5, (16, 16, 1), seed=3)
    with tf.GradientTape() as tape:
        outputs = model(images, training=training)
        loss = tf.reduce_sum(outputs * [[1.0, -2.0, 3.0, 0.5]])
    gradients = tape.gradient(loss, model.trainable_variables)
    return outputs.numpy(), [g.numpy() for g in gradients], model.get_weights()


@pytest.mark.parametrize("training", [True, False])
def test_answers_gradients_and_statistics_are_those_of_keras(plain: keras.Model, training: bool) -> None:
    fused = with_fused_batch_norm(plain)
    kept = keras.models.clone_model(plain)  # as `plain` must stay as it is
    kept.set_weights(plain.get_weights())
    for ours, theirs in zip(step_of(fused, training), step_of(kept, training), strict=True):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("settings", [{"scale": False}, {"center": False}, {"axis": 1}])
def test_what_the_operation_cannot_do_stays_keras_own(settings: dict) -> None:
    inputs = keras.Input((6, 6, 3))
    x = keras.layers.BatchNormalization(name="pictures", **settings)(inputs)
    x = keras.layers.BatchNormalization(name="vectors")(keras.layers.GlobalAveragePooling2D()(x))
    fused = with_fused_batch_norm(keras.Model(inputs, x))
    assert {type(fused.get_layer(name)) for name in ("pictures", "vectors")} == {keras.layers.BatchNormalization}
    assert fused(random_images(4, (6, 6, 3)), training=True).shape == (4, 3)


@pytest.mark.parametrize("name", ["compact", "compact-fpn"])
def test_the_real_networks_answer_the_same(name: str) -> None:
    keras.utils.set_random_seed(2)
    kept = enliven(networks.build(name, 64))
    fused = with_fused_batch_norm(kept)
    images = random_images(4, (64, 64, 1), seed=5)
    np.testing.assert_allclose(fused(images).numpy(), kept(images).numpy(), atol=1e-4)
    assert [w.path for w in fused.weights] == [w.path for w in kept.weights]
    assert keras.layers.BatchNormalization not in {type(layer) for layer in fused.layers}


def test_what_is_copied_stays_as_it_was_and_its_weights_fit_back(plain: keras.Model) -> None:
    before = plain.get_weights()
    fused = with_fused_batch_norm(plain)
    step_of(fused, training=True)
    for now, then in zip(plain.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert [v.path for v in fused.variables] == [v.path for v in plain.variables]
    moved = [not np.array_equal(new, old) for new, old in zip(fused.get_weights(), before, strict=True)]
    assert any(moved)
    assert {type(layer) for layer in plain.layers} & {keras.layers.BatchNormalization}
    assert keras.layers.BatchNormalization not in {type(layer) for layer in fused.layers}
