"""A table is data: its rows fit its columns."""

from __future__ import annotations

import pytest

from core.table import Align, CountCell, Table, columns


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="each of 2 columns"):
        Table(columns("a", "b"), (("one",),))


def test_words_stand_left_and_numbers_right() -> None:
    assert [column.align for column in columns("a", "b", "c", words=2)] == [Align.LEFT, Align.LEFT, Align.RIGHT]


def test_columns_are_left_out_with_their_cells() -> None:
    table = Table(columns("a", "b", "c"), (("1", CountCell(2), "3"), ("4", CountCell(5), "6"))).without(("b",))
    assert [column.name for column in table.columns] == ["a", "c"]
    assert table.rows == (("1", "3"), ("4", "6"))


def test_without_rows_there_is_nothing_to_show() -> None:
    assert not Table(columns("a"), ())
    assert Table(columns("a"), (("1",),))
