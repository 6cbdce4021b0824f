"""What is said of a version can be said better; what predicts stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.card import Change, SplitFigures
from core.errors import RegistryError
from core.registry import CARD, Registry
from tests.fakes import VERSION, add_fake_version


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    add_fake_version(tmp_path / "models")
    return Registry(tmp_path / "shipped", tmp_path / "models")


def test_a_card_is_amended_by_what_it_holds(registry: Registry) -> None:
    before = registry.get(VERSION)
    registry.amend(VERSION, lambda card: {"changes": (Change(what=card.network),)})
    after = registry.amend(VERSION, lambda card: {"figures": {"test": SplitFigures(n=len(card.changes))}})
    assert after.card == replace(before.card, changes=(Change(what="fake"),), figures={"test": SplitFigures(n=1)})
    assert registry.weights(VERSION).is_file()


@pytest.mark.parametrize("part", ["operating_points", "calibration", "gate", "input", "sha256", "version"])
def test_what_decides_a_prediction_is_never_changed(part: str, registry: Registry, tmp_path: Path) -> None:
    before = (tmp_path / "models" / VERSION / CARD).read_bytes()
    with pytest.raises(RegistryError, match=part):
        registry.amend(VERSION, lambda card: {"figures": {}, part: None})
    assert (tmp_path / "models" / VERSION / CARD).read_bytes() == before


def test_a_card_that_cannot_be_written_stays(registry: Registry, tmp_path: Path) -> None:
    before = (tmp_path / "models" / VERSION / CARD).read_bytes()
    with pytest.raises(RegistryError, match="JSON"):
        registry.amend(VERSION, lambda card: {"figures": {"test": SplitFigures(auc=float("nan"))}})
    assert (tmp_path / "models" / VERSION / CARD).read_bytes() == before


def test_what_ships_is_read_only(tmp_path: Path) -> None:
    add_fake_version(tmp_path / "shipped")
    registry = Registry(tmp_path / "shipped", tmp_path / "models")
    with pytest.raises(RegistryError, match="read-only"):
        registry.amend(VERSION, lambda card: {"figures": {}})
    with pytest.raises(RegistryError, match="read-only"):
        registry.keep_evaluation(VERSION, "test", "{}")


def test_evaluations_lie_beside_a_version(registry: Registry) -> None:
    assert registry.evaluations(VERSION) == []
    registry.keep_evaluation(VERSION, "val", "1")
    registry.keep_evaluation(VERSION, "test", "2")
    registry.keep_evaluation(VERSION, "test", "3")
    assert [(p.name, p.read_text()) for p in registry.evaluations(VERSION)] == [
        ("evaluation-test.json", "3"),
        ("evaluation-val.json", "1"),
    ]
    with pytest.raises(RegistryError, match="name"):
        registry.keep_evaluation(VERSION, "../test", "4")
    assert [model.version for model in registry.versions()] == [VERSION]
