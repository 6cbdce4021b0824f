"""Changed radiographs are told by a version's own features, and what the change does is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cnn.classifier import Classifier
from core.cnn.gate import BLANK
from core.cnn.presentation import FEWEST
from core.domain import Presentation
from core.learning import presenting
from core.learning.asking import ask
from core.learning.dataset import read_split
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import TINY, brightness_network, radiograph_of, version_of


@pytest.fixture
def classifier() -> Classifier:
    """Its features are mean and spread of the picture's brightness."""
    network = brightness_network()
    model = version_of(network, "evidence")
    return Classifier(replace(model, card={**model.card, "gate": {"layers": ["evidence"]}}), network)


def test_inverted_radiographs_are_noted_then_and_the_others_left_alone(classifier: Classifier, tmp_path: Path) -> None:
    data = class_folders(tmp_path, {"train": 60, "val": FEWEST // 2})
    training, tuning = read_split(data / "train"), read_split(data / "val")
    told: list[tuple[int, int]] = []
    seen, judged = ask(classifier, training).features, ask(classifier, tuning).features
    probes, measured = presenting.fit_to_changed(
        classifier, training, tuning, seen, judged, lambda done, total: told.append((done, total))
    )
    assert set(probes) == set(measured) == set(Presentation)
    inverted = measured["inverted"]
    assert inverted["n"] == FEWEST and inverted["noted"] >= 0.95
    low, high = inverted["noted_ci"]
    assert low < inverted["noted"] <= high
    assert told[-1] == (FEWEST, FEWEST)
    card = {**version_of(brightness_network(), "evidence").card}
    card["gate"] = {"layers": ["evidence"], "presentation": probes}
    network = brightness_network()
    probing = Classifier(replace(version_of(network, "evidence"), card=card), network)
    noted = [answer.noted for answer in ask(probing, tuning).answers]
    assert sum(noted) <= 0.05 * len(noted)


def test_a_blank_is_not_said_to_be_inverted(tmp_path: Path) -> None:
    """Its features tell nothing of how it is presented."""
    network = brightness_network()
    model = version_of(network, "evidence")
    always = {"inverted": {"weights": [0.0, 0.0], "threshold": -1.0}}
    card = {**model.card, "gate": {"layers": ["evidence"], "presentation": always}}
    probing = Classifier(replace(model, card=card), network)
    blank = radiograph_of(np.full((TINY, TINY), 200, np.uint8))
    striped = radiograph_of(np.tile(np.linspace(0, 200, TINY), (TINY, 1)).astype(np.uint8))
    first, second = probing.predict([probing.prepare(each) for each in (blank, striped)])
    assert (first.reason, first.presentation) == (BLANK, None)
    assert (second.reason, second.presentation) == ("", Presentation.INVERTED)


def test_of_few_tuning_radiographs_nothing_is_learned(classifier: Classifier, tmp_path: Path) -> None:
    data = class_folders(tmp_path, {"train": 3, "val": 3})
    training, tuning = read_split(data / "train"), read_split(data / "val")
    features = ask(classifier, training).features
    assert presenting.fit_to_changed(classifier, training, tuning, features, features) == ({}, {})
