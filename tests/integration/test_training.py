"""A compact network trained for real: taught by boxes, calibrated, gated, carded, and started from again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.card import ModelVersion, Training, to_document
from core.cnn.engine import load_classifier
from core.cnn.networks import NETWORKS, Network
from core.cnn.training.recipe import RECIPES, Recipe, Stage
from core.config import Limits
from core.errors import DatasetError, VersionExistsError
from core.learning.datasets.class_folders import hash_of_examples, read_split
from core.learning.datasets.lineage import ancestors, manifest_of
from core.learning.datasets.manifest import Split
from core.learning.training.make_version import resolve_start, run_training
from core.learning.training.provenance import GENERIC
from core.prediction.gate import Gate
from core.registry import Registry
from tests.phantoms import bone, class_folders, encode
from tests.unit.cnn.helpers import radiograph_of

SIZE = 64
RECIPE = replace(RECIPES["champion"], stages=(Stage(SIZE, 2, 1e-3, 8),), start="random")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Phantoms with boxes, one file that is none, and one to leave out."""
    data = class_folders(tmp_path_factory.mktemp("data"), {"train": 12, "val": (6, 9), "test": 5})
    rows = [f"{number:04d}.jpg,0.3,0.3,0.4,0.4" for number in range(12)]
    (data / "boxes.csv").write_text("file,left,top,width,height\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (data / "images.csv").write_text("file,hardware\n0000.jpg,1\n0001.jpg,0\n0002.jpg,0\n", encoding="utf-8")
    (data / "train" / "fractured" / "broken.jpg").write_bytes(b"no picture")
    extra = encode(bone(np.random.default_rng(50), False), "PNG")
    (data / "train" / "not_fractured" / "contradicts.png").write_bytes(extra)
    return data


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, ModelVersion]:
    place = tmp_path_factory.mktemp("trained")
    registry = Registry(place / "shipped", place / "models")
    said: list[str] = []
    model = run_training(
        registry,
        data,
        "pyramid-1",
        RECIPE,
        place / "run",
        GENERIC,
        Limits(),
        boxes=data / "boxes.csv",
        exclude=frozenset({"contradicts.png"}),
        subgroups=data / "images.csv",
        look_at_test=True,
        on_phase=said.append,
    )
    assert said
    return registry, model


def test_the_card_says_how_it_was_made(trained: tuple[Registry, ModelVersion], data: Path) -> None:
    card = trained[1].card
    assert card.network == "compact-fpn" and card.input.size == SIZE
    training = card.training
    assert training.n == {"train": 25, "val": 15}
    assert [item.name for item in training.refused] == ["broken.jpg"]
    examples = read_split(data / "train", exclude=frozenset({"contradicts.png"}))
    assert training.manifest_sha256["train"] == hash_of_examples(examples)
    assert to_document(training.recipe) == json.loads(json.dumps(RECIPE.as_card()))
    assert [figures.hit_rate is not None for figures in training.history] == [True, True]
    assert card.data.excluded == ("contradicts.png",) and card.data.licence
    assert {"tensorflow", "keras", "python"} <= set(training.libraries)
    assert str(data) not in json.dumps(to_document(card))


def test_the_gate_was_fitted_on_training(trained: tuple[Registry, ModelVersion]) -> None:
    gate = Gate.from_card(trained[1].card.gate)
    assert gate.layers == NETWORKS[Network.COMPACT_FPN].feature_layers and gate.mean.shape == (2 * (16 + 192),)
    assert np.isfinite(gate.threshold) and gate.threshold > 0 and gate.residual > 0


def test_the_figures_are_there(trained: tuple[Registry, ModelVersion], data: Path) -> None:
    card = trained[1].card
    val, test = card.figures["val"], card.figures["test"]
    assert (val.n, val.n_fractured, val.n_located) == (15, 6, 6)
    assert (test.n, test.n_fractured) == (10, 5)
    assert len(test.looks) == 1 and test.manifest_sha256 == hash_of_examples(read_split(data / "test"))
    assert {"hardware", "without hardware"} == set(test.subgroups)
    assert test.leaks is False and test.leak_reasons == ()
    kept = manifest_of(trained[0], "pyramid-1")
    assert kept.split_sha256(Split.TEST) == test.manifest_sha256 and len(kept.of(Split.TRAIN)) == 25
    low, high = (point.threshold for point in card.operating_points)
    assert 0 <= low <= high <= 1
    assert card.calibration.prevalence == pytest.approx(6 / 15)


def test_it_predicts_with_a_heatmap_of_stride_eight(trained: tuple[Registry, ModelVersion]) -> None:
    registry, model = trained
    classifier = load_classifier(registry.get("pyramid-1"), registry.weights("pyramid-1"))
    radiographs = [radiograph_of(bone(np.random.default_rng(seed), True, (96, 80))) for seed in range(3)]
    predictions = classifier.predict([classifier.prepare(radiograph) for radiograph in radiographs])
    for prediction in predictions:
        assert prediction.heatmap.values.shape == (SIZE // 8, SIZE // 8)
        assert prediction.model_sha256 == model.sha256
        assert (prediction.probability is None) == bool(prediction.reason)


def test_a_warm_start_names_its_ancestors(trained: tuple[Registry, ModelVersion]) -> None:
    registry, model = trained
    recipe, weights = resolve_start(registry, replace(RECIPE, start="pyramid-1"))
    assert recipe.start == "pyramid-1" and weights == registry.weights("pyramid-1")
    (ancestor,) = ancestors(registry, "pyramid-1")
    assert ancestor.sha256 == model.sha256
    assert ancestor.manifest_sha256 == model.card.training.manifest_sha256
    child = replace(model.card, training=Training(ancestors=(ancestor,)))
    registry.add("child-1", child, lambda path: path.write_bytes(b"weights"))
    assert [item.version for item in ancestors(registry, "child-1")] == ["child-1", "pyramid-1"]


def test_the_champion_to_start_from_is_the_shipped_one(trained: tuple[Registry, ModelVersion], tmp_path: Path) -> None:
    """Random weights where none ships; a version of this installation is never meant."""
    registry, model = trained
    wanted = Recipe(Network.COMPACT, RECIPE.stages, RECIPE.augmentation, start="champion")
    recipe, weights = resolve_start(registry, wanted)
    assert (recipe.start, weights) == ("random", None)
    Registry(tmp_path / "none", tmp_path / "shipped").add("ship-1", model.card, lambda path: path.write_bytes(b"w"))
    shipping = Registry(tmp_path / "shipped", tmp_path / "models")
    recipe, weights = resolve_start(shipping, wanted)
    assert recipe.start == "ship-1" and weights.read_bytes() == b"w"


def test_what_cannot_end_well_is_refused_before_it_begins(
    trained: tuple[Registry, ModelVersion], data: Path, tmp_path: Path
) -> None:
    registry, _ = trained
    with pytest.raises(VersionExistsError):
        run_training(registry, data, "pyramid-1", RECIPE, tmp_path / "run", GENERIC, Limits())
    without_val = class_folders(tmp_path / "half", {"train": 1})
    with pytest.raises(DatasetError, match="no folder 'val'"):
        run_training(registry, without_val, "new-1", RECIPE, tmp_path / "run", GENERIC, Limits())
    without_test = class_folders(tmp_path / "data", {"train": 1, "val": 1})
    with pytest.raises(DatasetError, match="neither a folder 'test'"):
        run_training(registry, without_test, "new-1", RECIPE, tmp_path / "run", GENERIC, Limits(), look_at_test=True)
    assert not (tmp_path / "run").exists()
