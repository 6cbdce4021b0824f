"""Batch normalisation in one operation, for training.

Keras writes it as some dozen operations, and on a CPU their backward passes took two fifths of a step of the compact
networks. TensorFlow has it whole (Ioffe and Szegedy 2015, arXiv:1502.03167). What is saved keeps Keras' own layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def with_fused_batch_norm(model: keras.Model) -> keras.Model:
    """A copy with the same weights, in the same order, whose batch normalisations are one operation each.

    One that the operation cannot do stays Keras' own.
    """
    import keras

    fused = _layer()

    def copied(layer):
        kind = fused if type(layer) is keras.layers.BatchNormalization and _is_common(layer) else type(layer)
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy


def _is_common(norm: keras.layers.BatchNormalization) -> bool:
    """Of pictures, over their channels, with scale and offset: what the one operation can do."""
    pictures = len(norm.input.shape) == 4 and norm.axis in (3, -1)
    return pictures and norm.scale and norm.center and not norm.renorm and not norm.synchronized


def _layer() -> type[keras.layers.BatchNormalization]:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):
        """Over the channels of (batch, height, width, channels) float32, the last axis."""

        def call(self, inputs, training=None, mask=None):  # noqa: ARG002  Keras passes it
            training = bool(training and self.trainable)
            mean, variance = ([], []) if training else (self.moving_mean, self.moving_variance)
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=tf.convert_to_tensor(self.gamma),
                offset=tf.convert_to_tensor(self.beta),
                mean=tf.convert_to_tensor(mean, tf.float32),
                variance=tf.convert_to_tensor(variance, tf.float32),
                epsilon=self.epsilon,
                is_training=training,
            )
            if training:
                count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
                variance *= (count - 1.0) / count  # TensorFlow gives the sample's, Keras keeps the population's
                for moving, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
                    moving.assign(moving * self.momentum + seen * (1.0 - self.momentum))
            return outputs

    return FusedBatchNormalization
