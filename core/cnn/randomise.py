"""Sanity check of a saliency method: randomise a network from its top downwards and explain again.

A heatmap that stays the same when the weights are random explains the picture, not the network (Adebayo et al. 2018,
arXiv:1810.03292, "cascading randomization").
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.cnn.gradcam import GradCam


def cascade(
    model, saliency_layer: str, images: np.ndarray, sign: int = 1, seed: int = 0
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield heatmaps of the trained network, then after each block of layers was randomised too, from the output down.

    They are not rectified: a randomised network often says no everywhere, and an empty map resembles any quiet one.

    Each weight tensor is shuffled rather than drawn anew: the values keep their spread, so the activations neither die
    nor explode, and a difference comes from what was learned alone. In the end the model is as it was.

    Args:
        model: a Keras model as for `GradCam`, batch normalisation not folded.
        images: (B, S, S, C) float32 in [0, 1].
        sign: +1 where the sigmoid means *fractured*, else -1.

    Yields:
        The block randomised last (empty for the trained network), and (B, h, w) float32 heatmaps in [-1, 1].
    """
    rng, trained = np.random.default_rng(seed), model.get_weights()
    explain = GradCam(model, saliency_layer, sign, rectified=False)
    try:
        yield "", explain(images).heatmaps
        for name, layers in blocks(model):
            for layer in layers:
                layer.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in layer.get_weights()])
            yield name, explain(images).heatmaps
    finally:
        model.set_weights(trained)


def blocks(model) -> list[tuple[str, list]]:
    """Group the layers with weights to shuffle, the last first; those of one block (`block7_...`) belong together."""
    found: list[tuple[str, list]] = []
    for layer in reversed(model.layers):
        if not any(weight.size > 1 for weight in layer.get_weights()):
            continue
        name = layer.name.split("_")[0] if layer.name.startswith(("block", "stem")) else layer.name.removesuffix("_bn")
        if found and found[-1][0] == name:
            found[-1][1].append(layer)
        else:
            found.append((name, [layer]))
    return found
