"""Inverted and turned radiographs: how they are made, and how they are told."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.cnn.presentation import FEWEST, Presentations, change, fit_presentations
from core.domain import Presentation, Radiograph, Window
from core.imaging.preprocess import InputSpec, preprocess
from tests.phantoms import bone

SPEC = InputSpec(64, True, 1)
FEATURES = 6


def radiograph(bits: int = 8) -> Radiograph:
    pixels = bone(np.random.default_rng(1), True, (96, 60), bits=bits)
    window = Window(0.0, 255.0) if bits == 8 else Window(100.0, 3000.0)
    return Radiograph("a" * 64, 0, "a.png", pixels, bits, "PNG", window)


@pytest.mark.parametrize("bits", [8, 16])
def test_inverted_is_shown_with_dark_and_bright_exchanged(bits: int) -> None:
    taken = radiograph(bits)
    inverted = change(taken, Presentation.INVERTED)
    assert inverted.pixels.dtype == taken.pixels.dtype
    as_is = preprocess(taken.pixels, taken.window, SPEC)
    inner = slice(13, 51)  # of 64 columns, those within the letterbox of a 96x60 picture
    np.testing.assert_allclose(
        preprocess(inverted.pixels, inverted.window, SPEC)[:, inner], 1 - as_is[:, inner], atol=0.01
    )


def test_inverting_twice_changes_nothing() -> None:
    taken = radiograph()
    again = change(change(taken, Presentation.INVERTED), Presentation.INVERTED)
    np.testing.assert_array_equal(again.pixels, taken.pixels)
    assert again.window == taken.window


def test_turned_lies_on_its_side() -> None:
    taken = radiograph()
    turned = change(taken, Presentation.TURNED)
    assert (turned.width, turned.height) == (taken.height, taken.width)
    np.testing.assert_array_equal(np.rot90(turned.pixels, -1), taken.pixels)


def features(count: int, seed: int, shift: float = 0.0, axis: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, FEATURES)) * [1, 10, 0.1, 1, 1, 1]
    found[:, axis] += shift * [1, 10, 0.1, 1, 1, 1][axis]
    return found.astype(np.float32)


@pytest.fixture(scope="module")
def probes() -> dict:
    changed = {Presentation.INVERTED: features(200, 1, 30), Presentation.TURNED: features(200, 2, 3, axis=1)}
    judged = {Presentation.INVERTED: features(150, 3, 30), Presentation.TURNED: features(150, 4, 3, axis=1)}
    return fit_presentations(features(400, 5), changed, features(400, 6), judged)


def test_each_is_told_from_what_is_as_it_should_be(probes: dict) -> None:
    probing = Presentations.from_card(json.loads(json.dumps({"presentation": probes})))
    said = {
        "as it should be": probing.of(features(500, 7)),
        Presentation.INVERTED: probing.of(features(500, 8, 30)),
        Presentation.TURNED: probing.of(features(500, 9, 3, axis=1)),
    }
    assert said["as it should be"].count(None) > 0.97 * 500
    assert said[Presentation.INVERTED].count(Presentation.INVERTED) > 0.9 * 500
    assert said[Presentation.TURNED].count(Presentation.TURNED) > 0.6 * 500


def test_what_lies_between_two_that_lie_far_apart_is_left_alone(probes: dict) -> None:
    """Radiographs of another collection are unlike either: a threshold beside the known ones would note them all."""
    probing = Presentations.from_card({"presentation": probes})
    assert probing.of(features(200, 10, 10)).count(Presentation.INVERTED) < 0.05 * 200


def test_where_few_were_judged_nothing_is_said() -> None:
    few = features(FEWEST - 1, 1)
    changed = {Presentation.TURNED: features(50, 2, 30)}
    assert fit_presentations(features(300, 3), changed, few, changed) == {}
    for card in (None, {}, {"presentation": {}}):
        assert Presentations.from_card(card).of(few) == [None] * len(few)
