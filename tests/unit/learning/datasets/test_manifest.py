"""A manifest is written once, read back equal, named by its hash, and says where its splits share pictures."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.datasets.class_folders import hash_of_examples, read_split
from core.learning.datasets.manifest import (
    Item,
    Leak,
    LeftOut,
    Manifest,
    Source,
    SourceKind,
    Split,
    both_classes,
    kept,
    path_of,
    read,
    write,
)
from tests.phantoms import class_folders


def item(name: str, split: Split, fractured: bool = True, group: str | None = None) -> Item:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Item(sha256, f"{split}/{name}.png", "here", split, fractured, group or sha256)


def manifest(*items: Item) -> Manifest:
    return Manifest("hands", (Source("here", SourceKind.FOLDER, "/data", (LeftOut("unreadable", 2),)),), items)


def test_written_and_read_back(tmp_path: Path) -> None:
    boxed = replace(item("a", Split.TRAIN), boxes=((0.1, 0.2, 0.3, 0.4),), aided=True, fingerprint="00ff")
    made = manifest(boxed, item("b", Split.TUNING, False))
    path = write(made, tmp_path)
    assert path == tmp_path / "datasets" / made.sha256 / "manifest.json"
    assert read(made.sha256, tmp_path) == made
    assert write(made, tmp_path) == path
    assert [file.name for file in path.parent.iterdir()] == ["manifest.json"]
    assert kept(tmp_path) == (made.sha256,)


def test_every_part_counts_for_the_hash() -> None:
    first = item("a", Split.TRAIN)
    hashes = {manifest(first).sha256, replace(manifest(first), name="feet").sha256}
    for change in ({"fractured": False}, {"split": Split.TEST}, {"group": "x"}, {"aided": True}, {"file": "b"}):
        hashes.add(manifest(replace(first, **change)).sha256)
    assert len(hashes) == 7


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = write(made := manifest(item("a", Split.TRAIN)), tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"fractured": true', b'"fractured": false'))
    with pytest.raises(DatasetError, match="changed since"):
        read(made.sha256, tmp_path)


@pytest.mark.parametrize("sha256", ["", "../../etc", "g" * 64, "A" * 64, "a" * 63])
def test_no_other_name_becomes_a_path(sha256: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="named by the SHA-256"):
        path_of(sha256, tmp_path)


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="There is no data set aaaaaaaa"):
        read("a" * 64, tmp_path)
    assert kept(tmp_path) == ()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"name": "x", "sources": [], "items": [{"file": "x"}]}', b"\xff"]
)
def test_what_is_no_manifest(data: bytes) -> None:
    with pytest.raises(DatasetError, match="not a data set's manifest"):
        Manifest.from_json(data)


@pytest.mark.parametrize("file", ["/etc/passwd", "../x.png", "train/../../x.png"])
def test_no_item_leads_out_of_its_source(file: str) -> None:
    with pytest.raises(DatasetError, match="leads out"):
        manifest(replace(item("a", Split.TRAIN), file=file))


def test_sources_are_there_and_named_once() -> None:
    source = Source("here", SourceKind.FOLDER, "/data")
    with pytest.raises(DatasetError, match="named once"):
        Manifest("x", (source, source), ())
    with pytest.raises(DatasetError, match="named once"):
        Manifest("x", (), (item("a", Split.TRAIN),))


def test_leaks_are_counted_by_pair_of_splits() -> None:
    clean = manifest(item("a", Split.TRAIN, group="g"), item("b", Split.TRAIN, group="g"), item("c", Split.TEST))
    assert clean.leaks == ()
    leaking = manifest(
        *(item(name, Split.TRAIN, group="g") for name in "ab"),
        *(item(name, Split.TEST, group="g") for name in "cde"),
        item("f", Split.TUNING, group="h"),
        item("g", Split.TEST, group="h"),
        item("h", Split.TEST),
    )
    assert leaking.leaks == (Leak(Split.TRAIN, Split.TEST, 1, 3), Leak(Split.TUNING, Split.TEST, 1, 1))


def test_examples_are_those_of_the_folders(tmp_path: Path) -> None:
    class_folders(tmp_path / "data", {"train": 2, "val": 1})
    examples = {split: read_split(tmp_path / "data" / split) for split in (Split.TRAIN, Split.TUNING)}
    items = [
        Item(
            hashlib.sha256(example.path.read_bytes()).hexdigest(),
            example.path.relative_to(tmp_path / "data").as_posix(),
            "here",
            split,
            example.fractured,
            "g",
        )
        for split, found in examples.items()
        for example in found
    ]
    for root in (str(tmp_path / "data"), "data"):  # a relative root lies below home
        made = Manifest("x", (Source("here", SourceKind.FOLDER, root),), tuple(items))
        for split, found in examples.items():
            assert made.examples(split, tmp_path) == found
            assert made.split_sha256(split) == hash_of_examples(found)
        assert made.examples(Split.TEST, tmp_path) == []


def test_both_classes() -> None:
    one, other = item("a", Split.TRAIN), item("b", Split.TRAIN, False)
    assert both_classes([one, other])
    assert not both_classes([one])
    assert not both_classes([])
