"""Whether a second, mirrored reading of each radiograph would pay."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from core.card import FlipsStudy, InputSpec, read, to_document
from core.cnn.engine import classifier_of
from core.config import Limits
from core.domain import Window
from core.imaging.preprocess import fit, preprocess
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.studies import flips
from core.prediction.classifier import Prepared
from core.prediction.engine import EngineOutput
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import brightness_network, version_of


class LeftHalf:
    """Scores the brightness of the left half, and shows where the picture is bright."""

    notes_presentation = False

    def prepare(self, radiograph) -> Prepared:
        raise NotImplementedError

    def explain(self, prepared) -> EngineOutput:
        images = np.stack([item.image for item in prepared])
        half = images.shape[2] // 2
        evident = np.ones(len(images), bool)
        return EngineOutput(images[:, :, :half].mean(axis=(1, 2)), images, evident, images[:, 0, :1])


def test_the_second_reading_is_mirrored_and_its_heatmap_is_mirrored_back() -> None:
    spec = InputSpec(8, letterbox=True, channels=1)
    pixels = np.zeros((8, 8), np.uint8)
    pixels[2, 1] = 255
    item = Prepared(preprocess(pixels, Window(0.0, 255.0), spec), fit(8, 8, spec))
    once = LeftHalf().explain([item])
    twice = flips.ReadTwice(LeftHalf()).explain([item])
    assert once.logits[0] == pytest.approx(1 / 32) and twice.logits[0] == pytest.approx(1 / 64)
    np.testing.assert_array_equal(twice.heatmaps, once.heatmaps)
    np.testing.assert_array_equal(twice.features, once.features)


def test_both_ways_are_measured_on_the_same_radiographs(tmp_path: Path) -> None:
    network = brightness_network()
    model = version_of(network, "evidence")
    data = class_folders(tmp_path / "data", {"val": 3})
    boxes = tmp_path / "boxes.csv"
    with boxes.open("w", newline="") as stream:
        rows = [("file", "left", "top", "width", "height"), *((f"000{n}.jpg", 0, 0, 1, 1) for n in range(3))]
        csv.writer(stream).writerows(rows)
    found = flips.measure_flips(
        MeasuredVersion(model, network, classifier_of(model, network)), data, "val", Limits(), boxes
    )
    assert read(FlipsStudy, json.loads(json.dumps(to_document(found), allow_nan=False))) == found
    once, twice = found.measured.values()
    assert (once.n, once.time, twice.n) == (6, 1.0, 6) and twice.time > 0
    assert once.auc == twice.auc  # a mean brightness is the same in the mirror
    assert once.hit_rate == twice.hit_rate == 1.0
