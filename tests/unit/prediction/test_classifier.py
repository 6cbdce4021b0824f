"""From radiographs to predictions with a network whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.card import InputSpec
from core.cnn.engine import classifier_of
from core.domain import Band
from core.errors import DamagedModelError
from core.imaging.preprocess import fit
from core.prediction.classifier import Classifier, peak
from core.prediction.engine import EngineOutput
from core.prediction.gate import BLANK, NOISE
from tests.phantoms import bone
from tests.unit.cnn.helpers import GAIN, GRID, OFFSET, TINY, brightness_network, radiograph_of, version_of


def brightness_classifier(**card: Any) -> Classifier:
    network = brightness_network()
    return classifier_of(version_of(network, **{"saliency_layer": "evidence"} | card), network)


def spot(height: int, width: int, x: int, y: int, radius: int) -> np.ndarray:
    """A soft background with one bright spot about pixel (x, y)."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = 20 + 40 * (columns / width)
    pixels[(np.abs(columns - x) <= radius) & (np.abs(rows - y) <= radius)] = 250
    return pixels.astype(np.uint8)


def test_a_prediction_from_end_to_end() -> None:
    classifier = brightness_classifier(calibration={"method": "logistic", "slope": 0.5, "intercept": 0.25})
    radiograph = radiograph_of(bone(np.random.default_rng(0), True, (TINY, TINY)))
    (prediction,) = classifier.predict([classifier.prepare(radiograph)])
    logit = GAIN * float(radiograph.pixels.mean() / 255) + OFFSET
    assert prediction.score == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)
    assert prediction.probability == pytest.approx(1 / (1 + np.exp(-0.5 * logit - 0.25)), abs=1e-4)
    assert prediction.band is Band.of(prediction.probability, 0.3, 0.7)
    assert (prediction.threshold_low, prediction.threshold_high) == (0.3, 0.7)
    assert (prediction.model_version, prediction.model_sha256) == ("tiny-1", "a" * 64)
    assert prediction.heatmap.values.shape == (GRID, GRID) and prediction.heatmap.has_evidence
    assert prediction.heatmap.model_version == "tiny-1"
    assert prediction.reason == ""


def test_brighter_lies_in_a_higher_band() -> None:
    """The bands of the card: negative, doubt and positive in order."""
    classifier = brightness_classifier()
    shapes = [spot(TINY, TINY, 16, 16, radius).clip(0, level) for radius, level in ((1, 60), (1, 250), (6, 250))]
    scores = [classifier.predict([classifier.prepare(radiograph_of(pixels))])[0] for pixels in shapes]
    low, middle, high = (prediction.probability for prediction in scores)
    assert low < middle < high
    points = [
        {"name": "high_sensitivity", "threshold": (low + middle) / 2},
        {"name": "high_specificity", "threshold": (middle + high) / 2},
    ]
    banded = brightness_classifier(operating_points=points)
    bands = [banded.predict([banded.prepare(radiograph_of(pixels))])[0].band for pixels in shapes]
    assert bands == [Band.NEGATIVE, Band.DOUBT, Band.POSITIVE]


def test_isotonic_calibration_is_applied() -> None:
    card = {"method": "isotonic", "logits": [-50.0, 50.0], "probabilities": [0.0, 1.0]}
    classifier = brightness_classifier(calibration=card)
    radiograph = radiograph_of(bone(np.random.default_rng(0), True, (TINY, TINY)))
    (prediction,) = classifier.predict([classifier.prepare(radiograph)])
    logit = GAIN * float(radiograph.pixels.mean() / 255) + OFFSET
    assert prediction.probability == pytest.approx((logit + 50) / 100, abs=1e-4)


def test_a_sigmoid_of_not_fractured_is_turned_round() -> None:
    """The same answers from a network whose sigmoid means the opposite, as the seed's did."""
    turned = brightness_network(sign=-1.0)
    opposite = classifier_of(version_of(turned, "evidence", sigmoid_means="not_fractured"), turned)
    straight = brightness_classifier()
    radiographs = [
        radiograph_of(spot(60, 40, 12, 30, 5)),
        radiograph_of(bone(np.random.default_rng(2), True, (50, 50))),
    ]
    for radiograph in radiographs:
        (one,) = straight.predict([straight.prepare(radiograph)])
        (other,) = opposite.predict([opposite.prepare(radiograph)])
        assert other.score == pytest.approx(one.score, abs=1e-5)
        assert other.probability == pytest.approx(one.probability, abs=1e-5)
        assert other.saliency_xy == one.saliency_xy


@pytest.mark.parametrize(("height", "width"), [(320, 128), (128, 320), (256, 256), (301, 203), (203, 301)])
def test_the_peak_lies_on_the_bright_spot(height: int, width: int) -> None:
    """The letterbox undone: the peak is the centre, to a pixel, of the cell whose middle is bright."""
    classifier = brightness_classifier()
    geometry = fit(width, height, classifier.spec)
    cell = TINY / GRID
    for row, column in ((3, 3), (4, 4)):
        x = ((column + 0.5) * cell - geometry.left) * width / geometry.inner_width
        y = ((row + 0.5) * cell - geometry.top) * height / geometry.inner_height
        radius = round(0.4 * cell * max(height, width) / TINY)
        prepared = classifier.prepare(radiograph_of(spot(height, width, round(x), round(y), radius)))
        (prediction,) = classifier.predict([prepared], heatmaps=False)
        found_x, found_y = prediction.saliency_xy
        assert abs(found_x - x) <= 1 and abs(found_y - y) <= 1
        assert prediction.heatmap is None


@pytest.mark.parametrize(("height", "width"), [(64, 640), (640, 64), (32, 32)])
def test_a_peak_in_the_letterbox_is_moved_into_the_radiograph(height: int, width: int) -> None:
    values = np.zeros((GRID, GRID), np.float32)
    for row, column in ((0, 0), (GRID - 1, GRID - 1)):
        values[:] = 0
        values[row, column] = 1
        x, y = peak(values, fit(width, height, InputSpec(TINY, True, 1)))
        assert 0 <= x < width and 0 <= y < height


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((50, 40), np.uint8), BLANK),
        (np.full((40, 50), 255, np.uint8), BLANK),
        (np.random.default_rng(0).integers(0, 256, (TINY, TINY), dtype=np.uint8), NOISE),
    ],
)
def test_what_is_no_radiograph_has_a_reason_and_no_probability(pixels: np.ndarray, reason: str) -> None:
    classifier = brightness_classifier()
    good = radiograph_of(bone(np.random.default_rng(0), True, (50, 40)))
    first, second = classifier.predict([classifier.prepare(radiograph_of(pixels)), classifier.prepare(good)])
    assert first.probability is None
    assert first.band is Band.NOT_ASSESSABLE
    assert first.reason == reason
    assert 0 <= first.score <= 1
    assert second.probability is not None and second.reason == ""


def test_no_evidence_has_no_peak() -> None:
    network = brightness_network()
    network.get_layer("score").set_weights([np.array([[-GAIN]], np.float32), np.zeros(1, np.float32)])
    classifier = classifier_of(version_of(network, "evidence"), network)
    (prediction,) = classifier.predict([classifier.prepare(radiograph_of(spot(40, 40, 20, 20, 4)))])
    assert prediction.saliency_xy is None
    assert not prediction.heatmap.has_evidence and not prediction.heatmap.values.any()


def test_what_is_no_number_is_no_prediction() -> None:
    """NaN would lie below every threshold, and a broken network would call everything negative."""
    network = brightness_network()
    network.get_layer("score").set_weights([np.array([[np.nan]], np.float32), np.zeros(1, np.float32)])
    classifier = classifier_of(version_of(network, "evidence"), network)
    with pytest.raises(DamagedModelError, match="does not give a number"):
        classifier.predict([classifier.prepare(radiograph_of(spot(40, 40, 20, 20, 4)))])


@pytest.mark.parametrize(
    "card",
    [
        {"sigmoid_means": "broken"},
        {"saliency_layer": "no such layer"},
        {"calibration": {"method": "temperature"}},
        {"calibration": {"method": "logistic", "slope": 1.0}},
        {"operating_points": []},
        {
            "operating_points": [
                {"name": "high_sensitivity", "threshold": 0.8},
                {"name": "high_specificity", "threshold": 0.2},
            ]
        },
        {
            "operating_points": [
                {"name": "high_sensitivity", "threshold": float("nan")},
                {"name": "high_specificity", "threshold": 0.2},
            ]
        },
        {"input": {"size": 64, "letterbox": True, "channels": 1}},
        {"input": {"size": TINY, "letterbox": True, "channels": 3}},
        {"input": {"size": TINY}},
        {"gate": {"layers": ["no such layer"]}},
    ],
)
def test_a_card_that_does_not_fit_is_damage(card: dict) -> None:
    with pytest.raises(DamagedModelError, match="card of tiny-1 cannot be (used|read)"):
        brightness_classifier(**card)


class NumPyEngine:
    """The mean brightness as logit and its column means as features, without any framework."""

    input_shape = (None, TINY, TINY, 1)

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, ...], bool]] = []

    def __call__(self, images: np.ndarray, saliency: bool = True) -> EngineOutput:
        self.asked.append((images.shape, saliency))
        n = len(images)
        maps = np.zeros((n, 2, 2), np.float32)
        maps[:, 0, 1] = 1.0
        return EngineOutput(images.mean(axis=(1, 2, 3), dtype=np.float64), maps, np.ones(n, bool), images[:, 0, :, 0])


def test_any_engine_will_do() -> None:
    """The classifier knows nothing of how a logit or a heatmap is computed."""
    engine = NumPyEngine()
    classifier = Classifier(version_of(brightness_network(), "unused"), engine)
    radiographs = [radiograph_of(bone(np.random.default_rng(seed), True, (TINY, TINY))) for seed in (0, 1)]
    found = classifier.predict([classifier.prepare(radiograph) for radiograph in radiographs])
    assert engine.asked == [((2, TINY, TINY, 1), True)]
    for radiograph, prediction in zip(radiographs, found, strict=True):
        brightness = float(radiograph.pixels.mean() / 255)
        assert prediction.probability == pytest.approx(1 / (1 + np.exp(-brightness)), abs=1e-4)
        assert prediction.saliency_xy == (3 * TINY // 4, TINY // 4)
