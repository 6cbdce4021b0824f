"""Inverted and turned radiographs: how they are made, and how they are told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.card import GateParameters, InputSpec, read, to_document
from core.domain import Presentation, Radiograph, Window
from core.imaging.preprocess import preprocess
from core.prediction.presentation import CHANGES, Presentations, as_card, choose_thresholds, fit_weights, invert, turn
from tests.phantoms import bone

SPEC = InputSpec(64, True, 1)
FEATURES = 6
INVERTED, TURNED = Presentation.INVERTED, Presentation.TURNED


def radiograph(bits: int = 8) -> Radiograph:
    pixels = bone(np.random.default_rng(1), True, (96, 60), bits=bits)
    window = Window(0.0, 255.0) if bits == 8 else Window(100.0, 3000.0)
    return Radiograph("a" * 64, 0, "a.png", pixels, bits, "PNG", window)


@pytest.mark.parametrize("bits", [8, 16])
def test_inverted_is_shown_with_dark_and_bright_exchanged(bits: int) -> None:
    taken = radiograph(bits)
    inverted = invert(taken)
    assert inverted.pixels.dtype == taken.pixels.dtype
    as_is = preprocess(taken.pixels, taken.window, SPEC)
    inner = slice(13, 51)  # of 64 columns, those within the letterbox of a 96x60 picture
    np.testing.assert_allclose(
        preprocess(inverted.pixels, inverted.window, SPEC)[:, inner], 1 - as_is[:, inner], atol=0.01
    )


def test_inverting_twice_changes_nothing() -> None:
    taken = radiograph()
    again = invert(invert(taken))
    np.testing.assert_array_equal(again.pixels, taken.pixels)
    assert again.window == taken.window


@pytest.mark.parametrize(("name", "quarters"), [("turned left", 1), ("turned right", 3), ("upside down", 2)])
def test_each_turn_is_the_one_it_is_called(name: str, quarters: int) -> None:
    taken = radiograph()
    turned = CHANGES[name][1](taken)
    np.testing.assert_array_equal(turned.pixels, np.rot90(taken.pixels, quarters))
    np.testing.assert_array_equal(turn(turned, 4 - quarters).pixels, taken.pixels)


GATE = {
    "layers": ["features"],
    "mean": [0.0] * FEATURES,
    "scale": [1.0] * FEATURES,
    "axes": [[1.0] + [0.0] * (FEATURES - 1)],
    "residual": 1.0,
    "threshold": 10.0,
}


def features(count: int, seed: int, shift: float = 0.0, axis: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, FEATURES)) * [1, 10, 0.1, 1, 1, 1]
    found[:, axis] += shift * [1, 10, 0.1, 1, 1, 1][axis]
    return found.astype(np.float32)


@pytest.fixture(scope="module")
def probes() -> Presentations:
    learned = {None: features(400, 5), INVERTED: features(200, 1, 30), TURNED: features(200, 2, 3, axis=1)}
    judged = {None: features(400, 6), INVERTED: features(150, 3, 30), TURNED: features(150, 4, 3, axis=1)}
    return choose_thresholds(fit_weights(learned), judged)


def test_each_is_told_from_what_is_as_it_should_be(probes: Presentations) -> None:
    card = to_document(replace(read(GateParameters, GATE), presentation=as_card(probes)))
    probing = Presentations.from_card(read(GateParameters, json.loads(json.dumps(card))))
    said = {
        "as it should be": probing.of(features(500, 7)),
        INVERTED: probing.of(features(500, 8, 30)),
        TURNED: probing.of(features(500, 9, 3, axis=1)),
    }
    assert said["as it should be"].count(None) > 0.97 * 500
    assert said[INVERTED].count(INVERTED) > 0.9 * 500
    assert said[TURNED].count(TURNED) > 0.6 * 500


def test_what_lies_between_two_that_lie_far_apart_is_left_alone(probes: Presentations) -> None:
    """Radiographs of another collection are unlike either: a threshold beside the known ones would note them all."""
    assert probes.of(features(200, 10, 10)).count(INVERTED) < 0.05 * 200


def test_a_card_without_probes_says_nothing() -> None:
    for card in (None, GateParameters(), GateParameters(presentation={})):
        none = Presentations.from_card(card)
        assert not none and none.of(features(3, 1)) == [None] * 3


@pytest.mark.parametrize(
    "probes",
    [
        7,
        [],
        {"sideways": {"weights": [0.0] * FEATURES, "threshold": 1.0}},
        {"turned": {"weights": [0.0] * (FEATURES - 1), "threshold": 1.0}},
        {"turned": {"weights": [float("nan")] * FEATURES, "threshold": 1.0}},
        {"turned": {"weights": [0.0] * FEATURES}},
    ],
)
def test_a_card_that_cannot_be_used_is_told_before_anything_is_read(probes: object) -> None:
    with pytest.raises(ValueError, match="presentation"):
        read(GateParameters, GATE | {"presentation": probes})
