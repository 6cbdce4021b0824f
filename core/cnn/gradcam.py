"""Grad-CAM for *fractured*, from the logit, a whole batch in one pass.

With the logit y, and the activations A of the chosen layer, (h, w, K):

    alpha_k = 1/(h w) * sum_ij dy / dA_ijk
    L_ij    = max(0, sum_k alpha_k A_ijk)
    heatmap = L / max_ij L_ij, or all zeros where L is nowhere positive

The gradient is taken from the logit down to the chosen layer only, so it costs next to nothing where the head is small.
Where the head is linear, the result is the class activation map itself (Zhou et al. 2016, arXiv:1512.04150).

Source: Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2. Taken from the logit rather than from the sigmoid,
whose gradient vanishes where the network is sure.

Limits: evidence for the network's own answer, not a localisation of a fracture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.cnn.networks import logits_of
from core.errors import InvalidImageError
from core.prediction.engine import EngineOutput


class GradCam:
    """One network, ready to score and to explain.

    Args:
        model: (B, S, S, C) in [0, 1] to (B, 1) sigmoid; its last layer is the sigmoid, alone or as a Dense activation.
        saliency_layer: the layer whose output is explained.
        fractured_sign: +1 where the sigmoid means *fractured*, -1 where it means *not fractured*.
        feature_layers: whose statistics over the picture are returned beside.
        rectified: False leaves out the maximum with 0 and keeps what speaks against a fracture: the heatmaps are
            then divided by their largest absolute value and lie in [-1, 1].

    Raises:
        ValueError: the model has no such layer.
    """

    def __init__(
        self,
        model,
        saliency_layer: str,
        fractured_sign: int = 1,
        feature_layers: Sequence[str] = (),
        rectified: bool = True,
    ) -> None:
        import keras
        import tensorflow as tf

        last = model.layers[-1]
        outputs = [model.get_layer(name).output for name in (saliency_layer, *feature_layers)]
        inner = keras.Model(model.inputs[0], [*outputs, last.input])
        sign = float(fractured_sign)
        self._shape = model.input_shape

        def run(images):
            with tf.GradientTape() as tape:
                tape.watch(images)  # so that it records a network whose weights are all frozen, too
                activations, *features, hidden = inner(images, training=False)
                logits = sign * logits_of(hidden, last)
            gradients = tape.gradient(logits, activations)
            weights = tf.reduce_mean(gradients, axis=(1, 2))
            maps = tf.einsum("bhwc,bc->bhw", activations, weights)
            maps = tf.nn.relu(maps) if rectified else maps
            maps = tf.math.divide_no_nan(maps, tf.reduce_max(tf.abs(maps), axis=(1, 2), keepdims=True))
            evident = tf.reduce_max(maps, axis=(1, 2)) > 0
            return logits, maps, evident, statistics(images, features)

        def score(images):
            _, *features, hidden = inner(images, training=False)
            return sign * logits_of(hidden, last), statistics(images, features)

        def statistics(images, features):
            spread = [part(layer, axis=(1, 2)) for layer in features for part in (tf.reduce_mean, tf.math.reduce_std)]
            return tf.concat([tf.zeros((tf.shape(images)[0], 0)), *spread], axis=1)

        signature = tf.TensorSpec((None, *self._shape[1:]), tf.float32)
        self._run = tf.function(run, input_signature=[signature])
        self._score = tf.function(score, input_signature=[signature])

    @property
    def input_shape(self) -> tuple[int | None, int, int, int]:
        """(B, S, S, C), where B is None."""
        return self._shape

    def __call__(self, images: np.ndarray, saliency: bool = True) -> EngineOutput:
        """Score and explain.

        Args:
            images: (B, S, S, C) float32 in [0, 1].
            saliency: False scores alone, in less than half the time where the head is large.

        Raises:
            InvalidImageError: another shape or dtype.
        """
        if images.ndim != 4 or images.shape[1:] != self._shape[1:] or images.dtype != np.float32:
            raise InvalidImageError(
                f"images must be (B, {self._shape[1:]}) float32, but are {images.shape} {images.dtype}"
            )
        if not saliency:
            logits, features = (tensor.numpy() for tensor in self._score(images))
            maps, evident = np.zeros((len(images), 1, 1), np.float32), np.zeros(len(images), bool)
        else:
            logits, maps, evident, features = (tensor.numpy() for tensor in self._run(images))
        return EngineOutput(logits.astype(np.float64), maps, evident, features)
