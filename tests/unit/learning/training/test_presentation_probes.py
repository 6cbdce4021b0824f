"""Changed radiographs are told by a version's own features, and what the change does is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.card import to_document
from core.cnn.engine import classifier_of
from core.config import Limits
from core.domain import Presentation
from core.errors import DamagedModelError
from core.learning.datasets.class_folders import read_split
from core.learning.evaluation.figures import summarise
from core.learning.evaluation.predict_examples import predict_examples
from core.learning.training.presentation_probes import fit_to_changed
from core.prediction.classifier import Classifier
from core.prediction.gate import BLANK, FEW, Gate
from core.prediction.presentation import CHANGES
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import TINY, brightness_network, radiograph_of, version_of


@pytest.fixture
def classifier() -> Classifier:
    """Its features are mean and spread of the picture's brightness."""
    network = brightness_network()
    return classifier_of(version_of(network, "evidence", gate={"layers": ["evidence"]}), network)


def with_probes(probes: object) -> Classifier:
    network = brightness_network()
    wide = {"mean": [0.0, 0.0], "scale": [1.0, 1.0], "axes": [[1.0, 0.0]], "residual": 1.0, "threshold": 1e9}
    gate = {"layers": ["evidence"], **wide, "presentation": probes}
    return classifier_of(version_of(network, "evidence", gate=gate), network)


def test_inverted_radiographs_are_noted_then_and_the_others_left_alone(classifier: Classifier, tmp_path: Path) -> None:
    data = class_folders(tmp_path, {"train": 60, "val": FEW // 2})
    training, tuning = read_split(data / "train"), read_split(data / "val")
    told: list[tuple[int, int]] = []
    seen, judged = (
        predict_examples(classifier, training, Limits()).features,
        predict_examples(classifier, tuning, Limits()),
    )
    probes, measured = fit_to_changed(
        classifier, training, tuning, seen, judged, Gate(), Limits(), lambda done, total: told.append((done, total))
    )
    assert set(probes) == set(Presentation) and set(measured) == {"as it is", *CHANGES}
    assert told[-1] == (FEW, FEW)
    for part in measured.values():
        assert part.n == FEW
        assert part.declined + part.noted + part.neither == pytest.approx(1)
        assert part.noted_ci[0] <= part.noted <= part.noted_ci[1]
    assert measured["inverted"].noted > 0.85 and measured["as it is"].noted < 0.08
    assert measured["as it is"].auc == pytest.approx(1 - measured["inverted"].auc, abs=0.1)
    noted = [answer.noted for answer in predict_examples(with_probes(to_document(probes)), tuning, Limits()).answers]
    assert sum(noted) <= 0.05 * len(noted)


def test_what_is_declined_is_not_counted_as_noted(classifier: Classifier, tmp_path: Path) -> None:
    data = class_folders(tmp_path, {"train": 20, "val": FEW // 2})
    training, tuning = read_split(data / "train"), read_split(data / "val")
    judged = predict_examples(classifier, tuning, Limits())
    none = Gate(("evidence",), np.zeros(2), np.ones((1, 2)), threshold=-1.0)  # takes nothing
    _, measured = fit_to_changed(
        classifier, training, tuning, predict_examples(classifier, training, Limits()).features, judged, none, Limits()
    )
    assert {(part.declined, part.noted, part.neither) for part in measured.values()} == {(1.0, 0.0, 0.0)}


def test_a_blank_is_not_said_to_be_inverted() -> None:
    """Its features tell nothing of how it is presented."""
    probing = with_probes({"inverted": {"weights": [0.0, 0.0], "threshold": -1.0}})
    blank = radiograph_of(np.full((TINY, TINY), 200, np.uint8))
    striped = radiograph_of(np.tile(np.linspace(0, 200, TINY), (TINY, 1)).astype(np.uint8))
    first, second = probing.predict([probing.prepare(each) for each in (blank, striped)])
    assert (first.reason, first.presentation) == (BLANK, None)
    assert (second.reason, second.presentation) == ("", Presentation.INVERTED)


def test_probes_of_another_network_make_the_card_a_damaged_one() -> None:
    with pytest.raises(DamagedModelError, match="2 weights in presentation.inverted"):
        with_probes({"inverted": {"weights": [0.0, 0.0, 0.0], "threshold": 1.0}})
    with pytest.raises(DamagedModelError, match="must be an object"):
        with_probes([])


def test_a_version_that_cannot_tell_has_no_figure(classifier: Classifier, tmp_path: Path) -> None:
    answers = predict_examples(classifier, read_split(class_folders(tmp_path, {"val": 3}) / "val"), Limits()).answers
    assert {answer.noted for answer in answers} == {None}
    assert summarise(answers, 0.3, 0.7, whole=False).noted is None


def test_of_few_tuning_radiographs_nothing_is_learned(classifier: Classifier, tmp_path: Path) -> None:
    data = class_folders(tmp_path, {"train": 3, "val": 3})
    training, tuning = read_split(data / "train"), read_split(data / "val")
    judged = predict_examples(classifier, tuning, Limits())
    assert fit_to_changed(classifier, training, tuning, judged.features, judged, Gate(), Limits()) == ({}, {})
