"""The gate: cheap checks by name, and a distance that knows its own from others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.card import GateParameters, InputSpec, read, to_document
from core.domain import Window
from core.imaging.preprocess import fit, preprocess
from core.prediction.gate import BLANK, NARROW, NOISE, UNLIKE, Gate, fit_gate
from tests.phantoms import bone

SPEC = InputSpec(64, True, 1)
CHANNELS = 12


def judge(pixels: np.ndarray, gate: Gate | None = None, features: np.ndarray | None = None) -> str:
    image = preprocess(pixels, Window(0, 255), SPEC)
    geometry = fit(pixels.shape[1], pixels.shape[0], SPEC)
    features = np.zeros((1, CHANNELS), np.float32) if features is None else features[np.newaxis]
    (reason,) = (gate or Gate()).reasons([image], [geometry], features, np.zeros(1))
    return reason


@pytest.mark.parametrize("fractured", [True, False])
@pytest.mark.parametrize("size", [(96, 80), (80, 96), (300, 90)])
def test_radiographs_pass(fractured: bool, size: tuple[int, int]) -> None:
    assert judge(bone(np.random.default_rng(4), fractured, size)) == ""


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blanks_are_named(value: int) -> None:
    assert judge(np.full((96, 80), value, np.uint8)) == BLANK


def test_a_blank_in_a_letterbox_is_still_blank() -> None:
    """The black bars around it are not its contrast."""
    assert judge(np.full((300, 60), 200, np.uint8)) == BLANK


def test_noise_is_named() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    assert judge(noise) == NOISE


@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (4, 900)])
def test_a_strip_is_named(shape: tuple[int, int]) -> None:
    strip = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert judge(strip) == NARROW


def features_of(count: int, seed: int, shift: float = 0.0, channels: int = CHANNELS) -> np.ndarray:
    """Correlated features with three strong directions, as a network's are."""
    mixing = np.random.default_rng(99).normal(size=(3, channels))
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, 3)) @ mixing + rng.normal(0, 0.1, (count, channels)) + shift).astype(np.float32)


def test_a_distance_knows_its_own_from_others() -> None:
    card = fit_gate(features_of(400, 0), features_of(300, 1), ["layer"], 4, 0.99)
    gate = Gate.from_card(read(GateParameters, json.loads(json.dumps(to_document(card)))))
    own, others = gate.distances(features_of(300, 2)), gate.distances(features_of(100, 3, shift=2.0))
    assert np.mean(own <= gate.threshold) > 0.95
    assert np.mean(others > gate.threshold) > 0.99
    picture = bone(np.random.default_rng(1), True, (96, 80))
    assert judge(picture, gate, features_of(1, 2)[0]) == ""
    assert judge(picture, gate, features_of(1, 3, shift=2.0)[0]) == UNLIKE


def test_distance_by_hand() -> None:
    """Two axes of standard deviation 2 and 1, and a residual of 0.5 along the third."""
    gate = Gate(("layer",), np.array([1.0, 0, 0]), np.array([[0.5, 0, 0], [0, 1, 0]]), 0.5, 10.0)
    distance = gate.distances(np.array([[5.0, 3.0, 1.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(distance, [(4 / 2) ** 2 + 3**2 + (1 / 0.5) ** 2, 0.0])


@pytest.mark.parametrize("count", [2, 8, 13])
def test_few_radiographs_still_make_a_gate_that_passes_their_like(count: int) -> None:
    card = fit_gate(features_of(count, 0), features_of(count, 1), ["layer"], 64, 0.99)
    assert all(np.isfinite([card.threshold, card.residual, *card.mean, *np.ravel(card.axes)]))
    gate = Gate.from_card(card)
    assert np.all(gate.distances(features_of(count, 1)) <= gate.threshold)


def test_fewer_radiographs_than_features() -> None:
    """Their axes explain them all, and nothing of any other: only some are kept."""
    card = fit_gate(features_of(24, 0, channels=100), features_of(12, 1, channels=100), ["layer"], 64, 0.99)
    gate = Gate.from_card(card)
    assert len(gate.axes) == 6
    own, others = features_of(60, 2, channels=100), features_of(60, 3, shift=1.0, channels=100)
    assert np.mean(gate.distances(own) <= gate.threshold) > 0.9
    assert np.mean(gate.distances(others) > gate.threshold) > 0.9


def test_features_without_any_spread_are_no_error() -> None:
    same = np.ones((20, CHANNELS), np.float32)
    gate = Gate.from_card(fit_gate(same, same, ["layer"], 4, 0.99))
    assert judge(bone(np.random.default_rng(1), True, (96, 80)), gate, same[0]) == ""
    assert judge(bone(np.random.default_rng(1), True, (96, 80)), gate, same[0] + 1) == UNLIKE


@pytest.mark.parametrize("layers", [None, (), ("features",)])
def test_a_card_without_a_fitted_gate_has_the_cheap_checks(layers: tuple[str, ...] | None) -> None:
    gate = Gate.from_card(None if layers is None else GateParameters(layers=layers))
    assert gate.layers == (layers or ())
    assert judge(bone(np.random.default_rng(1), True, (96, 80)), gate) == ""
    assert judge(np.zeros((96, 80), np.uint8), gate) == BLANK


def test_a_card_of_an_earlier_form_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="earlier form.*train the version again"):
        Gate.from_card(read(GateParameters, {"layer": "block13_bn2", "mean": [0.0]}))


def test_much_evidence_of_a_fracture_is_declined_later() -> None:
    """To decline a fracture is to miss it: from the level of the card on, a radiograph may lie farther."""
    card = fit_gate(features_of(400, 0), features_of(300, 1), ["layer"], 4, 0.99, np.linspace(-4.0, 0.0, 401))
    assert card.spared.logit == pytest.approx(-0.2)
    assert card.spared.threshold == pytest.approx(2 * card.threshold)
    gate = Gate.from_card(card)
    axis = gate.axes[0] / np.linalg.norm(gate.axes[0])
    steps = [
        gate.mean + gate.scale * axis * factor * np.sqrt(card.threshold) / np.linalg.norm(gate.axes[0])
        for factor in (1.2, 1.6)
    ]
    farther = np.asarray(steps)
    assert gate.are_far(farther, np.array([-0.3, -0.3])).tolist() == [True, True]
    assert gate.are_far(farther, np.array([-0.1, -0.1])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mean": [0.0, "1"]}, r"mean\[1\] must be a finite number, but is '1'"),
        ({"mean": [0.0, 1.0, 2.0]}, "of 3 features each"),
        ({"axes": [[0.0, 1.0], [0.0]]}, "of 2 features each"),
        ({"residual": None}, "must have scale, axes, residual and threshold"),
        ({"spared": {"logit": 0.0}}, "spared.threshold must be there"),
        ({"layers": "features"}, "layers must be a list"),
    ],
)
def test_parameters_that_do_not_fit_each_other_are_refused(changes: dict, said: str) -> None:
    whole = {"layers": ["a"], "mean": [0, 1], "scale": [1, 1], "axes": [[1, 0]], "residual": 1, "threshold": 9}
    assert Gate.from_card(read(GateParameters, whole)).threshold == 9
    with pytest.raises(ValueError, match=said):
        read(GateParameters, whole | changes)
