"""A test that a version, or any it comes from, has seen is no test: by bytes, by group, and where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.card import Training
from core.learning.datasets.lineage import ancestors, copies, leaks, line_of, manifest_of
from core.learning.datasets.manifest import Item, Manifest, Source, SourceKind, Split
from core.registry import Registry
from tests.cards import card_of


def item(name: str, split: Split, group: str = "") -> Item:
    return Item(f"{name:a>64}", f"{name}.png", "here", split, True, group or f"{name:a>64}")


def manifest(*items: Item) -> Manifest:
    return Manifest("phantoms", (Source("here", SourceKind.FOLDER, ""),), items)


TEST = (item("1", Split.TEST), item("2", Split.TEST, "twins"))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "shipped", tmp_path / "models")


def add(registry: Registry, version: str, made: Manifest | None, start: str = "random") -> None:
    card = replace(card_of(), training=Training(ancestors=ancestors(registry, start)))
    data = None if made is None else made.to_json()
    registry.add(version, card, lambda path: path.write_bytes(version.encode()), data)


def test_a_clean_line_leaks_nothing(registry: Registry) -> None:
    add(registry, "one", manifest(item("8", Split.TRAIN), *TEST))
    add(registry, "two", manifest(item("9", Split.TUNING)), start="one")
    assert [name for name, _ in line_of(registry, "two")] == ["two", "one"]
    assert leaks(line_of(registry, "two"), TEST) == ()


@pytest.mark.parametrize("split", [Split.TRAIN, Split.TUNING])
def test_the_same_file_leaks(registry: Registry, split: Split) -> None:
    add(registry, "one", manifest(item("1", split)))
    (reason,) = leaks(line_of(registry, "one"), TEST)
    assert reason == "1 of the 2 pictures to be measured on were used to train or to choose one."


def test_a_copy_by_group_leaks_through_an_ancestor(registry: Registry) -> None:
    add(registry, "one", manifest(item("7", Split.TRAIN, "twins")))
    add(registry, "two", manifest(item("8", Split.TRAIN)), start="one")
    add(registry, "three", manifest(item("9", Split.TRAIN)), start="two")
    (reason,) = leaks(line_of(registry, "three"), TEST)
    assert reason.endswith("to choose one.")


def test_what_nobody_knows_counts_against_it(registry: Registry) -> None:
    add(registry, "one", None)
    (reason,) = leaks(line_of(registry, "one"), TEST)
    assert "no manifest is kept beside it" in reason


def test_the_manifest_beside_a_version_is_read_back(registry: Registry) -> None:
    add(registry, "one", manifest(item("8", Split.TRAIN)))
    assert manifest_of(registry, "one") == manifest(item("8", Split.TRAIN))


def test_an_ancestor_that_is_gone_is_known_by_a_version_of_the_same_pictures(registry: Registry) -> None:
    """As after an upgrade that ships another champion, made from the same pictures or from others."""
    made = manifest(item("7", Split.TRAIN, "twins"), item("8", Split.TUNING))
    hashes = {split: made.split_sha256(split) for split in (Split.TRAIN, Split.TUNING)}
    gone = {"version": "gone", "sha256": "0" * 64, "manifest_sha256": hashes}
    card = card_of(training={"ancestors": [gone]})
    registry.add("child", card, lambda path: path.write_bytes(b"w"), manifest(item("9", Split.TRAIN)).to_json())
    assert "no manifest is kept" in leaks(line_of(registry, "child"), TEST)[0]
    other = card_of(training={"manifest_sha256": hashes})
    registry.add("other", other, lambda path: path.write_bytes(b"o"), made.to_json())
    (reason,) = leaks(line_of(registry, "child"), TEST)
    assert reason == "1 of the 2 pictures to be measured on were used to train or to choose gone."


def test_copies_within_one_manifest() -> None:
    made = manifest(item("1", Split.TRAIN), item("3", Split.TUNING, "twins"))
    assert copies(made, TEST) == 2
    assert copies(made, TEST, of=(Split.TRAIN,)) == 1
