"""The study of the seed's own figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.card import ReferenceStudy, read, to_document
from core.cnn.training.recipe import RECIPES
from core.config import Limits
from core.learning.studies import seed_figures
from tests.phantoms import class_folders


def test_the_seeds_figures_are_repeated_on_phantoms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole study, with one epoch; a second call measures without training again."""
    recipe = RECIPES["reference"]
    short = replace(recipe, stages=(replace(recipe.stages[0], epochs=1),))
    monkeypatch.setattr(seed_figures, "RECIPES", {"reference": short})
    data = class_folders(tmp_path / "data", {"train": 6, "val": 4})
    fracatlas = class_folders(tmp_path / "fracatlas", {"test": 3})
    rows = ["split,class,file,source_group,fracatlas"]
    for number, path in enumerate(sorted(data.glob("*/*/*"))):
        split, kind = path.relative_to(data).parts[:2]
        rows.append(f"{split},{kind},{path.name},{number},")
    (data / "groups.csv").write_text("\n".join(rows))
    found = seed_figures.repeat_seed_figures(data, fracatlas, tmp_path / "run", Limits())
    assert read(ReferenceStudy, json.loads(json.dumps(to_document(found), allow_nan=False))) == found
    (epoch,) = found.epochs
    assert (epoch.epoch, epoch.seed_accuracy, epoch.seed_loss) == (1, 0.5729, 1.1869)
    assert 0 <= epoch.accuracy <= 1 and epoch.loss > 0
    assert list(found.measured) == ["val, as given", "val, without copies of train", "FracAtlas test"]
    assert [part.n for part in found.measured.values()] == [8, 8, 6]
    phases: list[str] = []
    assert (
        seed_figures.repeat_seed_figures(data, fracatlas, tmp_path / "run", Limits(), on_phase=phases.append) == found
    )
    assert not any("training" in text for text in phases)
