"""Class folders: the meaning comes from the names, and whatever is wrong is said with what was found."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.datasets.class_folders import (
    FRACTURED_SPELLINGS,
    NOT_FRACTURED_SPELLINGS,
    class_of,
    find_split,
    hash_of_examples,
    read_boxes,
    read_split,
)
from tests.phantoms import class_folders

PAIRS = list(itertools.product(FRACTURED_SPELLINGS, NOT_FRACTURED_SPELLINGS))


def write_boxes(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("spelling", FRACTURED_SPELLINGS)
def test_fractured_in_any_case_and_with_any_separator(spelling: str) -> None:
    forms = {spelling, spelling.upper(), spelling.title(), f"_{spelling}_"}
    assert {class_of(form) for form in forms} == {True}


@pytest.mark.parametrize("spelling", NOT_FRACTURED_SPELLINGS)
def test_not_fractured_in_any_case_and_with_any_separator(spelling: str) -> None:
    forms = {spelling, spelling.upper(), spelling.title(), *(spelling.replace(" ", mark) for mark in "_-.")}
    assert {class_of(form) for form in forms} == {False}


@pytest.mark.parametrize("name", ["Non_fractured", "not_fractured", "Not Fractured", "NON-FRACTURED", "NotFractured"])
def test_the_seeds_names_and_their_like(name: str) -> None:
    assert class_of(name) is False


@pytest.mark.parametrize("name", ["fract", "class0", "0", "", "fractured not", "unknown", "fractured2", "dog", "не"])
def test_any_other_name_is_neither(name: str) -> None:
    assert class_of(name) is None


@pytest.mark.parametrize(("fractured", "other"), PAIRS)
def test_the_order_of_the_names_does_not_count(fractured: str, other: str, tmp_path: Path) -> None:
    """`fractured` sorts before `not_fractured`, but after `Non_fractured`."""
    for spelling in ((fractured, other), (fractured.title(), other.title()), (fractured, other.title())):
        folder = tmp_path / spelling[0].replace(" ", "_") / spelling[1].replace(" ", "_")
        for name in spelling:
            (folder / name.replace(" ", "_")).mkdir(parents=True)
            (folder / name.replace(" ", "_") / "x.png").write_bytes(b"x")
        found = {example.path.parent.name: example.fractured for example in read_split(folder)}
        assert found == {spelling[0].replace(" ", "_"): True, spelling[1].replace(" ", "_"): False}


@pytest.mark.parametrize(
    "folders",
    [("fractured", "cats"), ("fractured",), ("fractured", "Fracture"), ("fractured", "normal", "other"), ()],
)
def test_other_folders_are_refused_with_what_was_found(folders: tuple[str, ...], tmp_path: Path) -> None:
    for name in folders:
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(b"x")
    with pytest.raises(DatasetError) as refused:
        read_split(tmp_path)
    for name in folders or ("no folders",):
        assert name in str(refused.value)
    assert "Accepted names, in any case: fractured" in str(refused.value)


def test_an_empty_class_and_a_missing_folder(tmp_path: Path) -> None:
    for name in ("fractured", "normal"):
        (tmp_path / name).mkdir()
    (tmp_path / "fractured" / "x.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match="normal holds no files"):
        read_split(tmp_path)
    with pytest.raises(DatasetError, match="is not a folder"):
        read_split(tmp_path / "gone")


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train": 2})
    for litter in (".DS_Store", "fractured/.DS_Store", "fractured/Thumbs.db", ".ipynb_checkpoints/x.jpg"):
        path = tmp_path / "train" / litter
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"litter")
    hidden = tmp_path / "train" / "fractured" / ".ipynb_checkpoints"
    hidden.mkdir()
    (hidden / "copy.jpg").write_bytes(b"copy")
    assert len(read_split(tmp_path / "train")) == 4


def test_pictures_in_inner_folders_belong_and_some_may_be_left_out(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train": 2})
    inner = tmp_path / "train" / "fractured" / "hands"
    inner.mkdir()
    (inner / "z.jpg").write_bytes(b"z")
    assert sum(example.fractured for example in read_split(tmp_path / "train")) == 3
    left = read_split(tmp_path / "train", exclude=frozenset({"0000.jpg"}))
    assert [example.path.name for example in left] == ["0001.jpg", "z.jpg", "0001.jpg"]


def test_splits(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train": 1, "test": 1})
    assert find_split(tmp_path, "test") == tmp_path / "test"
    assert find_split(tmp_path / "test", "val") == tmp_path / "test"
    with pytest.raises(DatasetError, match="neither a folder 'val' nor two class folders"):
        find_split(tmp_path, "val")
    with pytest.raises(DatasetError, match="neither"):
        find_split(tmp_path / "gone", "val")


def test_boxes_belong_to_fractured_pictures_by_name(tmp_path: Path) -> None:
    class_folders(tmp_path, {"test": 2})
    boxes = write_boxes(
        tmp_path / "boxes.csv",
        "\ufefffile,split,left,top,width,height\n0000.jpg,test,0.1,0.2,0.3,0.4\n0000.jpg,test,0.5,0.5,0.5,0.5\n",
    )
    first, second, *others = read_split(tmp_path / "test", boxes)
    assert first.fractured and first.boxes == ((0.1, 0.2, 0.3, 0.4), (0.5, 0.5, 0.5, 0.5))
    assert second.boxes == ()
    assert [example.boxes for example in others] == [(), ()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns file, left, top, width, height"),
        ("file,left,top,width\nx,0,0,1\n", "columns file, left, top, width, height"),
        ("file,left,top,width,height\nx.jpg,a,0,0.1,0.1\n", "Line 2 .* cannot be used"),
        ("file,left,top,width,height\nx.jpg,0,0,0.1\n", "Line 2 .* cannot be used"),
        ("file,left,top,width,height\nx.jpg,0,0,0.1,0.1\ny.jpg,nan,0,0.1,0.1\n", "Line 3 .* not a box"),
        ("file,left,top,width,height\nx.jpg,0.5,0,0.8,0.1\n", "Line 2 .* not a box"),
        ("file,left,top,width,height\nx.jpg,0.5,0.5,0,0.1\n", "Line 2 .* not a box"),
        ("file,left,top,width,height\nx.jpg,-0.5,0.5,0.2,0.1\n", "Line 2 .* not a box"),
        ("file,left,top,width,height\nx.jpg,120,60,30,40\n", "Line 2 .* not a box in fractions"),
    ],
)
def test_boxes_that_are_none_are_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=message):
        read_boxes(write_boxes(tmp_path / "boxes.csv", text))


def test_boxes_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_boxes(tmp_path / "gone.csv")
    (tmp_path / "boxes.csv").write_bytes(b"file,left,top,width,height\n\xff\xfe,0,0,1,1\n")
    with pytest.raises(DatasetError, match="UTF-8"):
        read_boxes(tmp_path / "boxes.csv")


def test_a_manifest_knows_pictures_and_classes(tmp_path: Path) -> None:
    class_folders(tmp_path / "one", {"train": 2})
    class_folders(tmp_path / "two", {"train": 2}, spelling=("Fracture", "Non_fractured"))
    one, two = (read_split(tmp_path / name / "train") for name in ("one", "two"))
    before = hash_of_examples(one)
    assert hash_of_examples(two) == before, "neither the place nor the folders' names count"
    assert hash_of_examples(one[1:]) != before
    first = one[0].path
    swapped = tmp_path / "one" / "train" / "not_fractured" / "moved.jpg"
    first.rename(swapped)
    assert hash_of_examples(read_split(tmp_path / "one" / "train")) != before, "a picture under another class"
    swapped.rename(first)
    assert hash_of_examples(read_split(tmp_path / "one" / "train")) == before
    data = bytearray(first.read_bytes())
    data[-3] ^= 1
    first.write_bytes(data)
    assert hash_of_examples(one) != before, "one bit of one picture"
    first.unlink()
    assert hash_of_examples(one) != before, "a file that is gone is no error"
