"""A classifier is asked about every example once, and what cannot be read is told apart."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from core.cnn.engine import classifier_of
from core.config import Limits
from core.errors import DamagedModelError
from core.imaging.decode import decode_one
from core.learning.datasets.class_folders import Example, read_split
from core.learning.evaluation.predict_examples import BATCH, predict_examples
from core.prediction.classifier import Classifier
from tests.phantoms import class_folders, encode
from tests.unit.cnn.helpers import TINY, version_of

GRID = 8


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """Says how bright the radiograph is, and points at its brightest cell."""
    inputs = keras.Input((TINY, TINY, 1))
    cells = keras.layers.AveragePooling2D(TINY // GRID, name="evidence")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    network = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="score")(pooled))
    network.get_layer("score").set_weights([np.array([[10.0]], np.float32), np.array([-2.0], np.float32)])
    return classifier_of(version_of(network, "evidence", gate={"layers": ["evidence"]}), network)


def spot(path: Path, x: int, y: int, width: int = 160, height: int = 80) -> Path:
    """A radiograph with a bright spot about (x, y)."""
    pixels = np.tile(np.linspace(10, 60, width), (height, 1))
    pixels[max(0, y - 9) : y + 9, max(0, x - 9) : x + 9] = 240
    path.write_bytes(encode(pixels.astype(np.uint8), "PNG"))
    return path


def test_answers_come_in_order_with_their_class(classifier: Classifier, tmp_path: Path) -> None:
    examples = read_split(class_folders(tmp_path, {"test": BATCH + 3}) / "test")
    told = []
    found = predict_examples(classifier, examples, Limits(), lambda done, total: told.append((done, total)))
    assert [a.file for a in found.answers] == [example.path.name for example in examples]
    assert [a.fractured for a in found.answers] == [example.fractured for example in examples]
    assert found.features.shape == (len(examples), 2)  # mean and standard deviation of one channel
    assert told[-1] == (len(examples), len(examples))
    assert all(a.pointing is None and a.peak is not None for a in found.answers)
    assert len({a.logit for a in found.answers}) > BATCH
    for one in found.answers:
        assert one.probability == pytest.approx(1 / (1 + np.exp(-one.logit)), abs=1e-6)


def test_what_cannot_be_read_is_refused_by_name(classifier: Classifier, tmp_path: Path) -> None:
    examples = read_split(class_folders(tmp_path, {"test": 3}) / "test")
    whole = examples[1].path.read_bytes()
    examples[1].path.write_bytes(whole[: len(whole) // 2])
    examples[4].path.unlink()
    found = predict_examples(classifier, examples, Limits())
    assert [refusal.name for refusal in found.refused] == [str(examples[1].path), str(examples[4].path)]
    assert len(found.answers) == len(found.features) == 4


def test_peaks_are_measured_against_boxes(classifier: Classifier, tmp_path: Path) -> None:
    """160 x 80 pixels are cells of 20; distances are given as of 512 pixels on the long side."""
    box = (120 / 160, 40 / 80, 20 / 160, 20 / 80)
    examples = [
        Example(spot(tmp_path / "hit.png", 130, 50), True, (box,)),
        Example(spot(tmp_path / "miss.png", 50, 50), True, (box,)),
        Example(spot(tmp_path / "other.png", 50, 50), False),
    ]
    hit, miss, other = predict_examples(classifier, examples, Limits()).answers
    assert hit.pointing.distance == 0
    assert miss.pointing.distance == pytest.approx((120 - 50.5) * 512 / 160)
    assert hit.pointing.energy > 2 * miss.pointing.energy > 0
    assert hit.pointing.chance == pytest.approx(1 / 32)
    assert hit.peak == pytest.approx((130 / 160, 50 / 80), abs=0.01)
    assert other.pointing is None


def test_nothing_to_ask_is_no_error(classifier: Classifier) -> None:
    found = predict_examples(classifier, [], Limits())
    assert found.answers == () and found.features.shape == (0, 0)


def test_one_that_the_network_stumbles_over_is_refused_alone(classifier: Classifier, tmp_path: Path) -> None:
    examples = read_split(class_folders(tmp_path, {"test": 4}) / "test")
    bad = classifier.prepare(decode_one(examples[2].path.read_bytes(), "bad", Limits())).image

    class Stumbling(Classifier):
        def __init__(self) -> None:
            self.__dict__.update(classifier.__dict__)

        def explain(self, prepared, saliency=True):
            if any(np.array_equal(item.image, bad) for item in prepared):
                raise ValueError("the network stumbles")
            return super().explain(prepared, saliency)

    whole, found = predict_examples(classifier, examples, Limits()), predict_examples(Stumbling(), examples, Limits())
    others = [number for number in range(len(examples)) if number != 2]
    assert [(r.name, r.reason) for r in found.refused] == [
        (str(examples[2].path), "it could not be predicted (ValueError)")
    ]
    assert found.answered == tuple(examples[number] for number in others)
    assert [a.file for a in found.answers] == [example.path.name for example in found.answered]
    assert [a.logit for a in found.answers] == pytest.approx([whole.answers[number].logit for number in others])
    np.testing.assert_allclose(found.features, whole.features[others], atol=1e-6)


def test_a_network_that_fails_on_every_file_is_no_fault_of_the_files(classifier: Classifier, tmp_path: Path) -> None:
    class Broken(Classifier):
        def __init__(self) -> None:
            self.__dict__.update(classifier.__dict__)

        def explain(self, prepared, saliency=True):
            raise DamagedModelError("The network does not give a number.")

    examples = read_split(class_folders(tmp_path, {"test": 2}) / "test")
    with pytest.raises(DamagedModelError, match="does not give a number"):
        predict_examples(Broken(), examples, Limits())


def test_the_limits_given_are_those_that_hold(classifier: Classifier, tmp_path: Path) -> None:
    """Radiographs of 160 x 80 pixels, under a limit below that and one of just that."""
    examples = [Example(spot(tmp_path / f"{number}.png", 130, 50), True) for number in range(2)]
    refused = predict_examples(classifier, examples, Limits(pixels=160 * 80 - 1))
    assert (
        refused.answers == ()
        and [r.reason for r in refused.refused] == ["it has 160 x 80 pixels, and at most 12799 are read"] * 2
    )
    read = predict_examples(classifier, examples, Limits(pixels=160 * 80))
    assert len(read.answers) == 2 and read.refused == ()
