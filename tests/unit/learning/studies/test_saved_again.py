"""What becomes of answers when the same radiographs are saved again with losses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.card import SavedAgainStudy, read, to_document
from core.cnn.engine import classifier_of
from core.config import Limits
from core.domain import Window
from core.errors import DatasetError
from core.learning.card_text.studies import caption
from core.learning.datasets.class_folders import read_split
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import predict_examples
from core.learning.studies import saved_again
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import brightness_network, radiograph_of, version_of


def subject(slope: float = 1.0, intercept: float = 0.0) -> MeasuredVersion:
    network = brightness_network()
    calibration = {"method": "logistic", "slope": slope, "intercept": intercept}
    model = version_of(network, "evidence", calibration=calibration)
    return MeasuredVersion(model, network, classifier_of(model, network))


def test_a_radiograph_is_saved_over_its_window_and_in_its_size() -> None:
    pixels = np.tile(np.linspace(1000, 3000, 200).astype(np.uint16), (120, 1))
    saved = saved_again.save_again(replace(radiograph_of(pixels), window=Window(1000.0, 3000.0)), 95)
    assert (saved.pixels.shape, saved.pixels.dtype, saved.window) == ((120, 200), np.uint8, Window(0.0, 255.0))
    assert np.abs(saved.pixels - (pixels - 1000.0) * 255 / 2000).max() < 6
    assert saved.pixels[0, 0] < 5 and saved.pixels[0, -1] > 250


def test_an_answer_that_stays_has_not_moved(tmp_path: Path) -> None:
    class_folders(tmp_path, {"val": 3})
    found = saved_again.measure_saved_again(subject(slope=0.0), tmp_path, "val", Limits())
    assert read(SavedAgainStudy, json.loads(json.dumps(to_document(found), allow_nan=False))) == found
    before, *after = found.measured.values()
    assert before.n == 6 and before.moved is None
    assert len(after) == len(saved_again.QUALITIES)
    for part in after:
        assert (part.n, part.moved, part.other_band) == (6, 0.0, 0.0)
        assert part.moved_ci[1] == pytest.approx(0.390, abs=1e-3)  # Wilson, none of six


def test_an_answer_that_moves_is_counted_and_so_is_its_band(tmp_path: Path) -> None:
    class_folders(tmp_path, {"val": 1})
    answers = predict_examples(subject().classifier, read_split(tmp_path / "val"), Limits()).answers
    steep = 4000.0  # so that the smallest move counts; the brighter one comes to 0.5, the darker one to 0
    found = saved_again.measure_saved_again(
        subject(steep, -steep * max(answer.logit for answer in answers)), tmp_path, "val", Limits()
    )
    assert found.measured["JPEG of quality 80"].moved == 0.5
    assert found.measured["JPEG of quality 80"].other_band == 0.5
    assert all(answer.probability is not None for answer in answers)


def test_a_split_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="val"):
        saved_again.measure_saved_again(subject(), tmp_path, "val", Limits())


def test_the_text_of_a_card_says_how_much_counts_as_moved() -> None:
    assert f"moved by more than {saved_again.MOVED} " in caption(SavedAgainStudy())
