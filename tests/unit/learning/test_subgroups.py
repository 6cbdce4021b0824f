"""Subgroups from a table beside the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.subgroups import read_subgroups


def test_columns_of_yes_and_no_make_two_groups_each(tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    table.write_text("\ufefffile,region,hardware\na.jpg,hand,1\nb.jpg,leg,0\nc.jpg,hand,0\n", encoding="utf-8")
    groups = read_subgroups(table)
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
