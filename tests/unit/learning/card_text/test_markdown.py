"""A table as Markdown."""

from __future__ import annotations

from core.domain import Band
from core.learning.card_text.markdown import markdown
from core.table import BandCell, Column, CountCell, IntervalCell, NumberCell, ShareCell, Table, TextCell, columns

MEASURED = Table(
    (*columns("band", "radiographs"), Column("AUC"), Column("sensitivity", group="high point"), Column("time", "s")),
    (
        (
            BandCell(Band.NOT_ASSESSABLE),
            CountCell(1204),
            NumberCell(0.91666, 3, (0.9, 0.95)),
            ShareCell(0.5),
            NumberCell(2.5, 1),
        ),
        (
            BandCell(Band.POSITIVE),
            CountCell(None),
            NumberCell(None),
            ShareCell(0.125, 3, mark="leaks"),
            NumberCell(None),
        ),
    ),
    caption="Measured on `test`.",
    note="Few.",
)


def test_each_kind_of_cell_is_written() -> None:
    assert markdown(MEASURED) == "\n".join(
        (
            "Measured on `test`.\n",
            "| band | radiographs | AUC | sensitivity, high point | time |",
            "| --- | --- | --- | --- | --- |",
            "| not assessable | 1,204 | 0.917 (0.900 to 0.950) | 0.50 | 2.5 s |",
            "| positive |  |  | 0.125 (leaks) |  |",
            "\nFew.",
        )
    )


def test_transposed_a_column_is_a_row() -> None:
    text = markdown(MEASURED.without(("time", "AUC")), transposed=True, between=" at the ")
    assert text.splitlines()[2:6] == [
        "| band | not assessable | positive |",
        "| --- | --- | --- |",
        "| radiographs | 1,204 |  |",
        "| sensitivity at the high point | 0.50 | 0.125 (leaks) |",
    ]


def test_text_stays_in_its_cell() -> None:
    table = Table(columns("a | b", "c"), (("x | y\n| z", TextCell("block|1", code=True)),))
    lines = markdown(table).splitlines()
    assert lines == ["| a \\| b | c |", "| --- | --- |", "| x \\| y \\| z | `block\\|1` |"]


def test_other_cells() -> None:
    row = (
        IntervalCell((0.01, 0.0312), 3),
        IntervalCell(None),
        NumberCell(-0.25, signed=True, of=12),
        TextCell("a", note="b"),
    )
    assert (
        markdown(Table(columns("1", "2", "3", "4"), (row,))).splitlines()[2]
        == "| 0.010 to 0.031 |  | -0.25 of 12 | a b |"
    )


def test_without_rows_nothing_is_written() -> None:
    assert markdown(Table(columns("a"), (), caption="c", note="n")) == ""
