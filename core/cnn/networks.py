"""The networks, behind one small interface: `build(name, size)` gives an uncompiled Keras model.

Every network maps (batch, size, size, channels) in [0, 1] to (batch, 1), the sigmoid score of its positive class.

    reference     the seed's CNN, exactly: the row everything is compared with
    compact       EfficientNet-Lite0 and global average pooling
    compact-fpn   EfficientNet-Lite0, a feature pyramid down to stride 8, and a one-channel evidence map pooled by
                  log-sum-exp: boxes can teach the map, and Grad-CAM on its input is the map itself
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.card import InputSpec
from core.errors import TrainingError

if TYPE_CHECKING:
    import keras

EVIDENCE_LAYER = "evidence"
LOGIT_LAYER = "logit"
BACKBONE_OUTPUT = "block15_bn2"
# An early and a late layer: of those tried, what tells bones of other collections best from what is no bone.
GATE_LAYERS = ("block0_bn2", "block12_add")
PYRAMID_CHANNELS = 64
RELU_CEILING = 6.0
BATCH_NORM_EPSILON = 1e-3
BATCH_NORM_MOMENTUM = 0.95  # a fine-tuning run has some hundred steps; Keras' 0.99 would lag behind them
POOLING_SHARPNESS = 2.0  # of log-sum-exp: 0 is the mean of the map, infinity its maximum
EVIDENCE_SCALE = 4.0  # so many times faster the evidence map learns than the rest

# Expansion, filters, repeats, kernel, stride of each stage: Tan and Le 2019 (arXiv:1905.11946), table 1, in the Lite
# variant (no squeeze-and-excitation, ReLU6).
LITE0_STAGES = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)


class Network(StrEnum):
    """The names that a recipe and a card know."""

    REFERENCE = "reference"
    COMPACT = "compact"
    COMPACT_FPN = "compact-fpn"


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """What training needs to know of a network before it is built.

    Attributes:
        input: the default preprocessing.
        saliency_layer: the layer whose output Grad-CAM explains.
        feature_layers: whose statistics over the picture the gate measures distances in; none for no distance.
        plain_layer: the last layer of the backbone, which a plain Grad-CAM explains, for comparison.
        description: one line for the screens and the card.
    """

    input: InputSpec
    saliency_layer: str
    feature_layers: tuple[str, ...]
    plain_layer: str
    description: str


NETWORKS: Mapping[Network, NetworkInfo] = MappingProxyType(
    {
        Network.REFERENCE: NetworkInfo(
            InputSpec(size=150, letterbox=False, channels=3),
            "conv2d",
            (),
            "conv2d",
            "Reference CNN: Conv2D 32 3x3, MaxPool 2x2, Flatten, Dense 128, Dense 1 (22.43 M parameters)",
        ),
        Network.COMPACT: NetworkInfo(
            InputSpec(size=224, letterbox=True, channels=1, mask_collimation=True),
            "head_relu",
            GATE_LAYERS,
            "head_relu",
            "EfficientNet-Lite0 with global average pooling (3.4 M parameters)",
        ),
        Network.COMPACT_FPN: NetworkInfo(
            InputSpec(size=384, letterbox=True, channels=1, mask_collimation=True),
            "pyramid",
            GATE_LAYERS,
            BACKBONE_OUTPUT,
            "EfficientNet-Lite0 with a feature pyramid to stride 8 and log-sum-exp pooling (3.0 M parameters)",
        ),
    }
)


def build(name: str, size: int | None = None) -> keras.Model:
    """Build a network with random weights.

    Args:
        name: one of `Network`.
        size: the side of the square input in pixels; the network's default where None. The reference CNN has 150 only.

    Raises:
        TrainingError: no such network, or an impossible size.
    """
    try:
        network = Network(name)
    except ValueError:
        raise TrainingError(f"The network must be one of {', '.join(Network)}, but is {name!r}.") from None
    default = NETWORKS[network].input.size
    size = default if size is None else size
    if network is Network.REFERENCE:
        if size != default:
            raise TrainingError(f"The reference CNN reads {default}x{default} pixels only, but {size} was asked for.")
        return _reference(size)
    if size < 64 or size % 32:
        raise TrainingError(f"The image size must be a multiple of 32 and at least 64, but is {size}.")
    return _compact(size) if network is Network.COMPACT else _compact_fpn(size)


def logits_of(hidden, last):
    """(B,) before the sigmoid.

    Args:
        hidden: what the model's last layer is given.
        last: that layer, a sigmoid alone or a Dense layer with one. Cross-entropy from its rounded output would have no
            gradient left once a picture is far off.
    """
    import tensorflow as tf

    if type(last).__name__ == "Activation":
        return hidden[:, 0]
    return (tf.matmul(hidden, last.kernel) + last.bias)[:, 0]


def _reference(size: int) -> keras.Model:
    from keras import Input, Model, layers

    inputs = Input((size, size, 3))
    x = layers.Conv2D(32, (3, 3), activation="relu", name="conv2d")(inputs)
    x = layers.MaxPooling2D((2, 2), name="max_pooling2d")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(128, activation="relu", name="dense")(x)
    return Model(inputs, layers.Dense(1, activation="sigmoid", name="score")(x), name="reference")


def _compact(size: int) -> keras.Model:
    from keras import Input, Model, layers

    inputs = Input((size, size, 1))
    stages = _lite0(inputs)
    x = _conv_bn(stages[32], 1280, 1, 1, "head_conv", "head_bn")
    x = layers.ReLU(RELU_CEILING, name="head_relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    logit = layers.Dense(1, name=LOGIT_LAYER)(x)
    return Model(inputs, layers.Activation("sigmoid", name="score")(logit), name="compact")


def _compact_fpn(size: int) -> keras.Model:
    """EfficientNet-Lite0 under a feature pyramid, whose one-channel evidence map is pooled by log-sum-exp.

    The pyramid merges strides 32, 16 and 8 (Lin et al. 2017, arXiv:1612.03144). The evidence e, (B, h, w) with
    h = w = size / 8, is pooled to (B,) by

        logit = w * LSE_r(e) + b,   LSE_r(e) = 1/r * log( 1/(h w) * sum_ij exp(r * e_ij) )

    with the sharpness r = POOLING_SHARPNESS: a smooth form between the mean (r to 0) and the maximum (r to infinity)
    of the map, so that every cell learns, and the most evident ones most (Pinheiro and Collobert 2015,
    arXiv:1411.6228).
    """
    import numpy as np
    from keras import Input, Model, layers, ops

    inputs = Input((size, size, 1))
    stages = _lite0(inputs)
    x = layers.Conv2D(PYRAMID_CHANNELS, 1, use_bias=False, name="lateral32")(stages[32])
    for stride in (16, 8):
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{stride}")(x)
        lateral = layers.Conv2D(PYRAMID_CHANNELS, 1, use_bias=False, name=f"lateral{stride}")(stages[stride])
        x = layers.Add(name=f"merge{stride}")([x, lateral])
        x = layers.BatchNormalization(
            momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"merge{stride}_bn"
        )(x)
        x = layers.ReLU(name=f"merge{stride}_relu")(x)
        x = layers.SeparableConv2D(PYRAMID_CHANNELS, 3, padding="same", use_bias=False, name=f"smooth{stride}")(x)
        x = layers.BatchNormalization(
            momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"smooth{stride}_bn"
        )(x)
        x = layers.ReLU(name="pyramid" if stride == 8 else f"smooth{stride}_relu")(x)
    evidence = layers.Conv2D(1, 1, use_bias=False, kernel_initializer="zeros", name="evidence_conv")(x)
    evidence = layers.Rescaling(EVIDENCE_SCALE, name=EVIDENCE_LAYER)(evidence)
    cells = (size // 8) ** 2
    pooled = (ops.logsumexp(evidence * POOLING_SHARPNESS, axis=(1, 2)) - float(np.log(cells))) / POOLING_SHARPNESS
    logit = layers.Dense(1, kernel_initializer="ones", name=LOGIT_LAYER)(pooled)
    return Model(inputs, layers.Activation("sigmoid", name="score")(logit), name="compact_fpn")


def _conv_bn(x, filters: int, kernel: int, stride: int, conv: str, batch_norm: str):
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=conv)(x)
    return layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=batch_norm)(x)


def _lite0(inputs) -> dict[int, object]:
    """The backbone on grey pixels in [0, 1]; returns the last features at strides 8, 16 and 32."""
    from keras import layers

    x = layers.Rescaling(2.0, -1.0, name="centre")(inputs)
    x = layers.Concatenate(name="grey_to_rgb")([x, x, x])
    x = layers.ReLU(RELU_CEILING, name="stem_relu")(_conv_bn(x, 32, 3, 2, "stem_conv", "stem_bn"))
    stages: dict[int, object] = {}
    stride_so_far, block = 2, 0
    for expansion, filters, repeats, kernel, stage_stride in LITE0_STAGES:
        stride_so_far *= stage_stride
        for repeat in range(repeats):
            stride = stage_stride if repeat == 0 else 1
            name, before = f"block{block}", x
            if expansion > 1:
                x = _conv_bn(x, x.shape[-1] * expansion, 1, 1, f"{name}_expand_conv", f"{name}_bn0")
                x = layers.ReLU(RELU_CEILING, name=f"{name}_relu0")(x)
            x = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{name}_depthwise_conv")(x)
            x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"{name}_bn1")(
                x
            )
            x = layers.ReLU(RELU_CEILING, name=f"{name}_relu1")(x)
            x = _conv_bn(x, filters, 1, 1, f"{name}_project_conv", f"{name}_bn2")
            if before.shape[-1] == filters and stride == 1:
                x = layers.Add(name=f"{name}_add")([x, before])
            block += 1
        stages[stride_so_far] = x
    return stages
