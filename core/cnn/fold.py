"""Fold batch normalisations and channel copies into the convolutions: the same answers, twice as fast on a CPU.

A batch normalisation goes into the convolution before it (Jacob et al. 2018, arXiv:1712.05877, section 3.2), and copies
of one grey channel into the convolution that reads them. For prediction only: the saved model keeps all of it, so that
training can go on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")


def fold(model: keras.Model) -> keras.Model:
    """Rebuild a functional model with fewer operations: see the module.

    Layer names stay as they were, and so do the outputs of all but the copies: what is folded becomes an identity.
    """
    import keras

    readers = _readers(model)
    norms, copies = _norms(model, readers), _copies(model, readers)
    folded = {norm.name for norm in norms.values()} | {copy.name for copy in copies.values()}
    config = model.get_config()
    for layer in config["layers"]:
        layer.pop("build_config", None)  # of the shapes before
        if layer["name"] in norms:
            layer["config"]["use_bias"] = True
        elif layer["name"] in folded:
            layer["class_name"] = "Identity"
            layer["module"], layer["registered_name"] = "keras.layers", None
            layer["config"] = {"name": layer["name"]}
            for node in layer["inbound_nodes"]:
                first = node["args"][0]
                node["args"], node["kwargs"] = ((first[0],) if isinstance(first, list) else node["args"]), {}
    faster = keras.Model.from_config(config)
    for layer in faster.layers:
        if layer.name not in folded and layer.weights:
            layer.set_weights(_weights(model.get_layer(layer.name), norms.get(layer.name), copies.get(layer.name)))
    return faster


def _readers(model: keras.Model) -> dict[str, list[keras.Layer]]:
    """Map the name of each layer to the layers that read its output."""
    readers: dict[str, list] = {}
    for layer in model.layers:
        for name in dict.fromkeys(_sources(layer)):
            readers.setdefault(name, []).append(layer)
    return readers


def _sources(layer: keras.Layer) -> list[str]:
    """Names of the layers that a layer reads, each as often as it is read."""
    return [tensor._keras_history.operation.name for node in layer._inbound_nodes for tensor in node.input_tensors]


def _norms(model: keras.Model, readers: Mapping[str, list[keras.Layer]]) -> dict[str, keras.Layer]:
    """Map the name of a convolution to the normalisation that is the only reader of its output."""
    pairs = {}
    for layer in model.layers:
        if type(layer).__name__ in CONVOLUTIONS and not layer.use_bias and layer.activation.__name__ == "linear":
            following = readers.get(layer.name, [])
            if [type(reader).__name__ for reader in following] == ["BatchNormalization"]:
                pairs[layer.name] = following[0]
    return pairs


def _copies(model: keras.Model, readers: Mapping[str, list[keras.Layer]]) -> dict[str, keras.Layer]:
    """Map the name of a convolution to the concatenation of one channel with itself that it alone reads."""
    pairs = {}
    for layer in model.layers:
        following = readers.get(layer.name, [])
        if type(layer).__name__ == "Concatenate" and len(set(_sources(layer))) == 1 and len(following) == 1:
            (reader,) = following
            if type(reader).__name__ == "Conv2D" and layer.output.shape[-1] == len(_sources(layer)):
                pairs[reader.name] = layer
    return pairs


def _weights(layer: keras.Layer, norm: keras.Layer | None, copies: keras.Layer | None) -> list[np.ndarray]:
    """A layer's weights, with the normalisation and the copies folded in."""
    weights = layer.get_weights()
    if copies is not None:
        weights[0] = weights[0].sum(axis=2, keepdims=True)
    if norm is None:
        return weights
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    *before, kernel = weights
    # A depthwise kernel is (h, w, channels, 1), any other ends in its output channels.
    scaled = kernel * (scale[:, np.newaxis] if type(layer).__name__ == "DepthwiseConv2D" else scale)
    return [*before, scaled, beta - mean * scale]
