"""The champion that ships: whole, small enough, sure of which class is which, and the same for every encoding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.card import Meaning, to_document
from core.cnn.engine import load_classifier
from core.cnn.training.recipe import RECIPES
from core.config import SHIPPED_MODELS, Limits
from core.domain import Prediction
from core.imaging.decode import decode
from core.prediction.classifier import Classifier
from core.registry import Registry

MOST_BYTES = 20_000_000
ENCODINGS = ("RLE", "JPLL", "JLSL", "J2KR", "JLSN", "JPLY", "J2KI")  # the first four are lossless


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(SHIPPED_MODELS, tmp_path_factory.mktemp("none"))


@pytest.fixture(scope="module")
def champion(registry: Registry) -> Classifier:
    model = registry.default()
    return load_classifier(model, registry.weights(model.version))


def predict(champion: Classifier, paths: list[Path]) -> list[Prediction]:
    radiographs = [decode(path.read_bytes(), path.name, Limits())[0] for path in paths]
    return champion.predict([champion.prepare(radiograph) for radiograph in radiographs])


def test_what_ships_is_whole_and_small(registry: Registry) -> None:
    model = registry.default()
    assert registry.weights(model.version).stat().st_size <= MOST_BYTES
    assert model.card.sigmoid_means is Meaning.FRACTURED
    assert model.card.data.licence == "CC BY 4.0"
    assert 0 < model.card.operating_points[0].threshold < model.card.operating_points[1].threshold < 1
    assert model.card.figures["test"].looks


def test_the_recipe_named_champion_is_what_made_it(registry: Registry) -> None:
    """Else the command that the README gives would make another version, as with another seed."""
    assert json.loads(json.dumps(RECIPES["champion"].as_card())) == to_document(registry.default().card.training.recipe)


@pytest.mark.realdata
def test_fractures_get_the_higher_probabilities(champion: Classifier, real_data: Path) -> None:
    """On tuning: a flipped label, a wrong preprocessing or damaged weights would show."""
    folder = real_data / "fracatlas" / "val"
    fractured, others = (sorted((folder / name).iterdir())[:24] for name in ("fractured", "not fractured"))
    high, low = (
        [p.probability for p in predict(champion, paths) if p.probability is not None] for paths in (fractured, others)
    )
    assert np.median(high) > 3 * np.median(low)


@pytest.mark.realdata
def test_seven_encodings_of_one_radiograph_are_read_alike(champion: Classifier, real_data: Path) -> None:
    paths = [real_data / "dicom" / f"lower-leg-mono1-{encoding}.dcm" for encoding in ENCODINGS]
    predictions = predict(champion, paths)
    lossless, lossy = predictions[:4], predictions[4:]
    assert len({p.probability for p in lossless}) == 1
    assert {p.band for p in predictions} == {lossless[0].band}
    assert all(abs(p.probability - lossless[0].probability) <= 0.02 for p in lossy)
