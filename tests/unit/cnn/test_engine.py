"""A version is loaded without running what its file holds, and its classifier says what Grad-CAM does."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from core.cnn.engine import build_engine, load_classifier
from core.errors import DamagedModelError
from tests.unit.cnn.helpers import TINY, brightness_network, random_images, version_of


def test_the_engine_of_a_saved_version_scores_as_its_network(tmp_path: Path) -> None:
    network = brightness_network()
    network.save(tmp_path / "x_ray.keras")
    images = random_images(3, (TINY, TINY, 1))
    scores = np.asarray(network(images))[:, 0]
    for meaning, sign in (("fractured", 1), ("not_fractured", -1)):
        model = version_of(network, "evidence", sigmoid_means=meaning)
        output = build_engine(model, network)(images)
        np.testing.assert_allclose(1 / (1 + np.exp(-sign * output.logits)), scores, atol=1e-5)
        loaded = load_classifier(model, tmp_path / "x_ray.keras")
        assert loaded.version == model.version and loaded.spec.size == TINY
    assert build_engine(model, network).input_shape == network.input_shape


@pytest.mark.parametrize(
    "card", [{"sigmoid_means": "broken"}, {"saliency_layer": "no such layer"}, {"gate": {"layers": ["no such layer"]}}]
)
def test_a_card_of_another_network_is_damage(card: dict) -> None:
    network = brightness_network()
    with pytest.raises(DamagedModelError, match="card of tiny-1 cannot be (used|read)"):
        build_engine(version_of(network, **{"saliency_layer": "evidence"} | card), network)


def test_what_is_no_model_is_damage(tmp_path: Path) -> None:
    (tmp_path / "x_ray.keras").write_bytes(b"no model")
    network = brightness_network()
    with pytest.raises(DamagedModelError, match="cannot be loaded"):
        load_classifier(version_of(network, "evidence"), tmp_path / "x_ray.keras")


def test_code_in_a_model_is_not_run(tmp_path: Path) -> None:
    """A Lambda layer is Python code that Keras would run on loading: its safe mode refuses it."""
    marker = tmp_path / "marker"
    inputs = keras.Input((TINY, TINY, 1))
    path = str(marker)
    x = keras.layers.Lambda(lambda values: (open(path, "w").close(), values)[1])(inputs)  # noqa: PTH123, SIM115
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(x)))
    model.save(tmp_path / "x_ray.keras")
    marker.unlink(missing_ok=True)
    with pytest.raises(DamagedModelError, match="cannot be loaded"):
        load_classifier(version_of(model, "lambda"), tmp_path / "x_ray.keras")
    assert not marker.exists()
