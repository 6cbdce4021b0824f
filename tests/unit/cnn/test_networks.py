"""What the networks are made of, and how they are saved."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from core.cnn import networks
from core.cnn.networks import NETWORKS, Network
from core.errors import TrainingError
from tests.unit.cnn.helpers import random_images

REFERENCE_LAYERS = ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
COMPACT_LIMIT = 4_500_000  # parameters
TRAINED_BYTES = 22_430_849 * 4 * 1.01  # float32, and a little for what describes them


def test_the_reference_cnn_is_the_seeds(reference: keras.Model) -> None:
    assert reference.count_params() == 22_430_849
    assert [type(layer).__name__ for layer in reference.layers] == REFERENCE_LAYERS
    assert reference.input_shape == (None, 150, 150, 3)
    _, convolution, pooling, _, dense, score = reference.layers
    assert (convolution.filters, convolution.kernel_size, convolution.strides) == (32, (3, 3), (1, 1))
    assert (convolution.padding, pooling.pool_size) == ("valid", (2, 2))
    assert (dense.units, score.units) == (128, 1)
    functions = [layer.activation.__name__ for layer in (convolution, dense, score)]
    assert functions == ["relu", "relu", "sigmoid"]


def test_compact_has_global_average_pooling(compact: keras.Model) -> None:
    pools = [layer for layer in compact.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    assert len(pools) == 1
    assert pools[0].input is compact.get_layer(NETWORKS[Network.COMPACT].saliency_layer).output
    assert compact.count_params() <= COMPACT_LIMIT


def test_the_pyramid_is_compact_and_fine(pyramid: keras.Model) -> None:
    assert pyramid.count_params() <= COMPACT_LIMIT
    side = pyramid.input_shape[1] // 8
    assert pyramid.get_layer(networks.EVIDENCE_LAYER).output.shape == (None, side, side, 1)
    assert pyramid.get_layer(NETWORKS[Network.COMPACT_FPN].saliency_layer).output.shape[1:3] == (side, side)


@pytest.mark.parametrize("name", ["reference", "compact", "pyramid"])
def test_scores_are_sigmoids_and_no_network_is_compiled(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    scores = np.asarray(model(random_images(2, model.input_shape[1:])))
    assert scores.shape == (2, 1)
    assert np.all((scores >= 0) & (scores <= 1))
    assert not model.compiled


@pytest.mark.parametrize("name", ["compact", "pyramid"])
def test_the_layers_that_cards_name_are_there(name: str, request: pytest.FixtureRequest) -> None:
    info = NETWORKS[{"compact": Network.COMPACT, "pyramid": Network.COMPACT_FPN}[name]]
    model = request.getfixturevalue(name)
    assert all(map(model.get_layer, (info.saliency_layer, *info.feature_layers, info.plain_layer)))
    assert model.input_shape[-1] == info.input.channels


def test_a_saved_file_has_no_optimizer_and_loads_in_safe_mode(reference: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "x_ray.keras"
    reference.save(path)
    assert path.stat().st_size < TRAINED_BYTES  # Adam's state would triple it
    with zipfile.ZipFile(path) as archive:
        assert b"optimizer" not in archive.read("config.json")
    loaded = keras.models.load_model(path, compile=False, safe_mode=True)
    images = random_images(1, (150, 150, 3))
    np.testing.assert_array_equal(np.asarray(loaded(images)), np.asarray(reference(images)))


def test_the_pyramid_loads_in_safe_mode(pyramid: keras.Model, tmp_path: Path) -> None:
    """No Lambda layer: log-sum-exp is an operation that Keras knows."""
    pyramid.save(tmp_path / "x_ray.keras")
    loaded = keras.models.load_model(tmp_path / "x_ray.keras", compile=False, safe_mode=True)
    images = random_images(2, pyramid.input_shape[1:])
    np.testing.assert_allclose(np.asarray(loaded(images)), np.asarray(pyramid(images)), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "size", "rule", "received"),
    [
        ("resnet", None, "reference, compact, compact-fpn", "'resnet'"),
        ("reference", 224, "150x150", "224"),
        ("reference", 0, "150x150", "0"),
        ("compact", 0, "multiple of 32 and at least 64", "0"),
        ("compact", 32, "multiple of 32 and at least 64", "32"),
        ("compact-fpn", 100, "multiple of 32 and at least 64", "100"),
        ("compact-fpn", -64, "multiple of 32 and at least 64", "-64"),
    ],
)
def test_the_impossible_is_refused(name: str, size: int | None, rule: str, received: str) -> None:
    with pytest.raises(TrainingError) as refused:
        networks.build(name, size)
    assert rule in str(refused.value) and received in str(refused.value)
