"""Studies: which pictures they take, and what they make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.cnn.training.recipe import RECIPES
from core.config import Limits
from core.errors import DatasetError
from core.learning.evaluation.figures import ExamplePrediction, summarise
from core.learning.studies import collections
from tests.phantoms import class_folders

TABLE = """split,class,file,near_group,source_group,fracatlas
train,fractured,a.png,1,1,
train,not fractured,b.png,2,2,
val,fractured,a2.png,3,1,
val,fractured,c.png,4,3,
val,fractured,c2.png,4,3,
val,not fractured,b2.png,5,2,
test,fractured,d.png,6,4,IMG0000001.jpg
test,not fractured,e.png,7,5,
train,fractured,e2.png,8,5,
"""


@pytest.fixture
def copies(tmp_path: Path) -> list[collections.Copy]:
    (tmp_path / "groups.csv").write_text(TABLE)
    return collections.read_copies(tmp_path)


def names(examples: list) -> list[str]:
    return [example.path.name for example in examples]


def test_one_picture_a_source_of_one_class_and_not_of_fracatlas(copies: list[collections.Copy], tmp_path: Path) -> None:
    found = collections.one_a_source(copies)
    assert names(found) == ["a.png", "b.png", "c.png"]
    assert [example.fractured for example in found] == [True, False, True]
    assert found[1].path == tmp_path / "train" / "not fractured" / "b.png"


def test_what_train_has_a_copy_of_was_seen(copies: list[collections.Copy]) -> None:
    assert names(collections.unseen(copies, "val")) == ["c.png"]
    assert names(collections.unseen(copies, "test")) == ["d.png"]


def test_a_table_of_copies_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        collections.read_copies(tmp_path)
    (tmp_path / "groups.csv").write_text("split,class,file\ntrain,fractured,a.png\n")
    with pytest.raises(DatasetError, match="source_group"):
        collections.read_copies(tmp_path)


def evaluation(path: Path, name: str, auc: float, manifest: str = "m") -> Path:
    document = {"model_version": name, "manifest_sha256": manifest, "dataset": "d", "split": "test", "auc": auc}
    path.write_text(json.dumps(document))
    return path


def test_the_spread_by_hand(tmp_path: Path) -> None:
    documents = [evaluation(tmp_path / f"{i}.json", f"v{i}", auc) for i, auc in enumerate((0.90, 0.92, 0.97))]
    found = collections.spread(documents)
    assert found["versions"] == ["v0", "v1", "v2"] and list(found["figures"]) == ["auc"]
    assert found["figures"]["auc"]["mean"] == pytest.approx(0.93)
    assert found["figures"]["auc"]["sd"] == pytest.approx(0.03605551)
    documents.append(evaluation(tmp_path / "other.json", "v3", 0.9, manifest="another"))
    with pytest.raises(DatasetError, match="same radiographs"):
        collections.spread(documents)


def test_the_seeds_figures_are_repeated_on_phantoms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole study, with one epoch; a second call measures without training again."""
    recipe = RECIPES["reference"]
    short = replace(recipe, stages=(replace(recipe.stages[0], epochs=1),))
    monkeypatch.setattr(collections, "RECIPES", {"reference": short})
    data = class_folders(tmp_path / "data", {"train": 6, "val": 4})
    fracatlas = class_folders(tmp_path / "fracatlas", {"test": 3})
    rows = ["split,class,file,source_group,fracatlas"]
    for number, path in enumerate(sorted(data.glob("*/*/*"))):
        split, kind = path.relative_to(data).parts[:2]
        rows.append(f"{split},{kind},{path.name},{number},")
    (data / "groups.csv").write_text("\n".join(rows))
    found = collections.repeat_the_seed(data, fracatlas, tmp_path / "run", Limits())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    (epoch,) = found["epochs"]
    assert (epoch["epoch"], epoch["seed_accuracy"], epoch["seed_loss"]) == (1, 0.5729, 1.1869)
    assert 0 <= epoch["accuracy"] <= 1 and epoch["loss"] > 0
    assert list(found["measured"]) == ["val, as given", "val, without copies of train", "FracAtlas test"]
    assert [part["n"] for part in found["measured"].values()] == [8, 8, 6]
    said: list[str] = []
    assert collections.repeat_the_seed(data, fracatlas, tmp_path / "run", Limits(), say=said.append) == found
    assert not any("training" in text for text in said)


def test_fractures_alone_have_no_auc() -> None:
    answers = [ExamplePrediction("x", True, 0.0, p) for p in (0.2, 0.8)]
    figures = summarise(answers, 0.5, 0.6, whole=False)
    assert figures["auc"] is None and figures["sensitivity"] == 0.5
