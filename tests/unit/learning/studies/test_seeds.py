"""The spread of figures over several evaluations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.card_text.studies import SPREAD
from core.learning.studies.seeds import COMPARED, measure_spread


def evaluation(path: Path, name: str, auc: float, manifest: str = "m") -> Path:
    document = {"model_version": name, "manifest_sha256": manifest, "dataset": "d", "split": "test", "auc": auc}
    path.write_text(json.dumps(document))
    return path


def test_the_spread_by_hand(tmp_path: Path) -> None:
    documents = [evaluation(tmp_path / f"{i}.json", f"v{i}", auc) for i, auc in enumerate((0.90, 0.92, 0.97))]
    found = measure_spread(documents)
    assert found.versions == ("v0", "v1", "v2") and list(found.figures) == ["auc"]
    assert found.figures["auc"].mean == pytest.approx(0.93)
    assert found.figures["auc"].sd == pytest.approx(0.03605551)
    documents.append(evaluation(tmp_path / "other.json", "v3", 0.9, manifest="another"))
    with pytest.raises(DatasetError, match="same radiographs"):
        measure_spread(documents)


def test_the_text_of_a_card_has_words_for_each_compared_figure() -> None:
    assert tuple(SPREAD) == COMPARED
