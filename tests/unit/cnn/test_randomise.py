"""Networks are randomised from the top downwards, block by block, and their heatmaps fall apart."""

from __future__ import annotations

import keras
import numpy as np

from core.cnn.gradcam import GradCam
from core.cnn.randomise import blocks, cascade
from tests.unit.cnn.helpers import brightness_network, random_images


def test_blocks_go_from_the_output_to_the_input(pyramid: keras.Model) -> None:
    names = [name for name, _ in blocks(pyramid)]
    assert names[0] == "evidence_conv" and names[-1] == "stem"
    assert names.index("smooth8") < names.index("lateral8") < names.index("block5")
    assert names.index("block15") < names.index("block14") < names.index("block0")
    layers = [layer.name for _, group in blocks(pyramid) for layer in group]
    weighty = [layer.name for layer in pyramid.layers if any(w.size > 1 for w in layer.get_weights())]
    assert sorted(layers) == sorted(weighty)


def test_every_step_changes_one_more_block_and_keeps_its_values(pyramid: keras.Model) -> None:
    model = keras.models.clone_model(pyramid)
    model.set_weights(pyramid.get_weights())
    before = {layer.name: layer.get_weights() for layer in model.layers}
    images = random_images(2, model.input_shape[1:])
    shuffled: list[str] = []
    members = dict(blocks(model))
    for name, maps in cascade(model, "pyramid", images):
        assert maps.shape == (2, 8, 8) and np.all(np.isfinite(maps)) and np.abs(maps).max() <= 1
        shuffled += [layer.name for layer in members.get(name, ())]
        for layer in model.layers:
            same = all(np.array_equal(a, b) for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
            if layer.name not in shuffled:
                assert same, layer.name
        if name == "block9":
            (old,), (new,) = before["block9_expand_conv"], model.get_layer("block9_expand_conv").get_weights()
            assert not np.array_equal(old, new) and np.array_equal(np.sort(old, axis=None), np.sort(new, axis=None))
    assert len(shuffled) == sum(len(group) for group in members.values())
    assert all(np.array_equal(a, b) for a, b in zip(pyramid.get_weights(), model.get_weights(), strict=True))


def test_the_first_heatmaps_are_the_trained_networks_own(pyramid: keras.Model) -> None:
    model = keras.models.clone_model(pyramid)
    model.set_weights(pyramid.get_weights())
    images = random_images(3, model.input_shape[1:])
    expected = GradCam(model, "pyramid")(images).heatmaps
    steps = cascade(model, "pyramid", images)
    name, maps = next(steps)
    assert name == "" and maps.min() < 0
    evident = expected.max(axis=(1, 2), keepdims=True) > 0
    positive = np.maximum(maps, 0)
    assert np.allclose(positive / np.maximum(positive.max(axis=(1, 2), keepdims=True), 1e-9), expected * evident)
    name, maps = next(steps)
    assert name == "evidence_conv" and not np.allclose(np.maximum(maps, 0), positive)


def test_a_map_that_learned_nothing_does_not_fall_apart() -> None:
    """The brightness network's one cell of evidence cannot be shuffled: its heatmap is the picture's, and stays."""
    assert blocks(brightness_network()) == []
