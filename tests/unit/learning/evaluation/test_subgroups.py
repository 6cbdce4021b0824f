"""Subgroups from a table beside the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.datasets.class_folders import Example
from core.learning.evaluation.subgroups import axis_of, by_box_size, read_subgroups


def test_columns_of_yes_and_no_make_two_groups_each(tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    rows = "a.jpg,x,1,1,2\nb.jpg,y,0,0,0\nc.jpg,x,0,1,0\n"
    table.write_text(f"\ufefffile,place,hardware,hand,count\n{rows}", encoding="utf-8")
    groups = read_subgroups(table)
    assert set(groups) == {"hardware", "without hardware", "hand"}, "what is no hand is no group"
    assert groups["hand"] == {"a.jpg", "c.jpg"}
    assert groups["hardware"] == {"a.jpg"} and groups["without hardware"] == {"b.jpg", "c.jpg"}


@pytest.mark.parametrize("text", ["", "name,hardware\na.jpg,1\n", "file,hardware\n"])
def test_tables_without_files_are_refused(text: str, tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match="column named file"):
        read_subgroups(table)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_subgroups(tmp_path / "images.csv")


def test_fractures_are_grouped_by_their_largest_box() -> None:
    """Each group beside everything that is not fractured; what has no box is in none."""
    sizes = {"small": [0.03, 0.06], "large": [0.5, 0.01], "edge": [0.1, 0.05]}
    examples = [Example(Path(name), True, tuple((0.0, 0.0, side, 0.02) for side in s)) for name, s in sizes.items()]
    examples += [Example(Path("unmarked"), True), Example(Path("sound"), False)]
    groups = by_box_size(examples)
    assert groups == {
        "largest box below 0.2 %": {"small", "sound"},
        "largest box 0.2 to 0.5 %": {"edge", "sound"},
        "largest box 1 % and more": {"large", "sound"},
    }
    assert {axis_of(name) for name in groups} == {"largest box"}


def test_a_group_is_one_of_its_kind() -> None:
    assert [axis_of(name) for name in ("hand", "oblique", "without hardware")] == ["region", "view", "hardware"]
