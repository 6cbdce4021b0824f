"""ImageNet weights are read without PyTorch, and nothing but weights is read."""

from __future__ import annotations

import collections
import io
import pickle
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.cnn.training.imagenet import LEGACY_MAGIC, read_state_dict
from core.errors import TrainingError


class _Storage:
    """What PyTorch's pickles refer to from outside."""

    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class _Tensor:
    def __init__(self, storage: _Storage, offset: int, shape: tuple, strides: tuple) -> None:
        self.parts = (storage, offset, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


@pytest.fixture
def torch_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two names that such a file mentions, so that one can be written here."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")

    def _rebuild_tensor_v2(*parts):
        raise AssertionError("never called: the file is only written")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    storage = type("FloatStorage", (), {"__module__": "torch"})
    torch.FloatStorage = storage
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


class _Pickler(pickle.Pickler):
    def persistent_id(self, item: object) -> tuple | None:
        if isinstance(item, _Storage):
            return "storage", sys.modules["torch"].FloatStorage, item.key, "cpu", item.count, None
        return None


def legacy_file(entries: object, storages: dict[str, np.ndarray], magic: int = LEGACY_MAGIC) -> io.BytesIO:
    stream = io.BytesIO()
    for part in (magic, 1001, {"little_endian": True}):
        pickle.dump(part, stream, protocol=2)
    _Pickler(stream, protocol=2).dump(entries)
    pickle.dump(list(storages), stream, protocol=2)
    for values in storages.values():
        stream.write(len(values).to_bytes(8, "little") + values.astype("<f4").tobytes())
    stream.seek(0)
    return stream


@pytest.mark.usefixtures("torch_names")
def test_tensors_come_back_in_the_files_own_order() -> None:
    """One tensor is a transposed view at an offset, as those are that came from TensorFlow."""
    values = np.arange(10, dtype=np.float32)
    storage = _Storage("7", 10)
    entries = collections.OrderedDict(
        plain=_Tensor(storage, 0, (2, 3), (3, 1)), turned=_Tensor(storage, 4, (2, 3), (1, 2))
    )
    tensors = read_state_dict(legacy_file(entries, {"7": values}))
    np.testing.assert_array_equal(tensors["plain"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(tensors["turned"], [[4, 6, 8], [5, 7, 9]])


class _Malice:
    def __reduce__(self):
        return eval, ("1 + 1",)


@pytest.mark.usefixtures("torch_names")
def test_any_other_class_in_the_file_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="does not belong"):
        read_state_dict(legacy_file(collections.OrderedDict(weights=_Malice()), {}))


class _Payload:
    """A pickle that creates a file when it is read without restriction."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.usefixtures("torch_names")
@pytest.mark.parametrize("position", range(5))
def test_a_payload_is_refused_at_each_position_and_does_nothing(position: int, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    parts = [LEGACY_MAGIC, 1001, {"little_endian": True}, collections.OrderedDict(), []]
    parts[position] = _Payload(marker)
    written = [pickle.dumps(part, protocol=2) for part in parts]
    with pytest.raises(pickle.UnpicklingError, match="does not belong"):
        read_state_dict(io.BytesIO(b"".join(written)))
    assert not marker.exists()
    pickle.loads(written[position])
    assert marker.exists(), "the payload would have done something"


def test_another_format_is_refused() -> None:
    stream = io.BytesIO(pickle.dumps(12345, protocol=2))
    with pytest.raises(TrainingError, match="not in the format expected"):
        read_state_dict(stream)
