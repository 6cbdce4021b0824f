"""`models card`, `models describe` and `study seeds`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.card import to_document
from core.cli import main
from core.config import SHIPPED_MODELS, Settings
from core.registry import Registry
from tests.fakes import VERSION, add_fake_version


@pytest.fixture
def registry(settings: Settings) -> Registry:
    add_fake_version(settings.models)
    return Registry(settings.shipped_models, settings.models)


def test_the_card_of_what_ships_is_printed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = Registry(SHIPPED_MODELS, settings.models).default().version
    assert main(["models", "card", shipped]) == 0
    assert capsys.readouterr().out == (SHIPPED_MODELS / "README.md").read_text(encoding="utf-8")


def test_studies_and_changes_come_onto_the_card(registry: Registry, tmp_path: Path) -> None:
    documents = []
    for number, auc in enumerate((0.9, 0.92)):
        document = {"model_version": f"v{number}", "manifest_sha256": "m", "dataset": "d", "split": "test", "auc": auc}
        documents.append(tmp_path / f"{number}.json")
        documents[-1].write_text(json.dumps(document))
    seeds = tmp_path / "seeds.json"
    assert main(["study", "seeds", *map(str, documents), "--json", str(seeds)]) == 0
    assert main(["models", "describe", VERSION, "--study", str(seeds), "--change", "three seeds"]) == 0
    card = registry.get(VERSION).card
    assert card.studies.seeds.figures["auc"].mean == pytest.approx(0.91)
    assert card.changes[0].what == "three seeds" and card.about.users


@pytest.mark.parametrize("kind", ["gate", "saved_again", "flips", "seeds", "external", "seed_figures"])
def test_each_kind_of_study_is_taken(kind: str, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"kind": kind, "measured": {}}))
    assert main(["models", "describe", VERSION, "--study", str(tmp_path / "s.json")]) == 0
    assert to_document(registry.get(VERSION).card.studies) == {kind: {"kind": kind, "measured": {}}}


@pytest.mark.parametrize("kind", ["gate", "saved_again", "flips"])
def test_a_study_of_another_version_is_refused(kind: str, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"kind": kind, "version": "another-1", "measured": {}}))
    assert main(["models", "describe", VERSION, "--study", str(tmp_path / "s.json")]) != 0
    assert registry.get(VERSION).card.studies is None


def test_what_is_no_study_is_wrong_usage(registry: Registry, tmp_path: Path) -> None:
    for text in ("no JSON", "[]", '{"kind": "evaluation"}'):
        (tmp_path / "s.json").write_text(text)
        assert main(["models", "describe", VERSION, "--study", str(tmp_path / "s.json")]) == 2
    assert registry.get(VERSION).card.studies is None
