"""CSV text: RFC 4180 in pieces, no formula in it, and numbers and times in one form."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.csv_text import CsvWriter, defuse, encode, number_text, probability_text, time_text

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\uff1d1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_formula_is_defused(cell: str) -> None:
    assert defuse(cell) == f"'{cell}"


def test_harmless_cells_are_left_alone() -> None:
    for cell in ("", "a=b", "IMG-1.png", "0.5", "Größe", "a\nb"):
        assert defuse(cell) == cell


def test_it_is_what_rfc_4180_says() -> None:
    pieces = list(encode(("a", "b"), [('x"y', "1,2"), ("line\nbreak", "ü")]))
    assert pieces[0] == b"a,b\r\n"
    assert b"".join(pieces) == 'a,b\r\n"x""y","1,2"\r\n"line\nbreak",ü\r\n'.encode()


def test_it_comes_in_pieces() -> None:
    pieces = list(encode(("n",), ((str(n),) for n in range(1001)), piece_rows=500))
    assert [piece.count(b"\r\n") for piece in pieces] == [1, 500, 500, 1]
    assert list(encode(("n",), [])) == [b"n\r\n"]


def test_a_stream_and_a_writer_write_the_same() -> None:
    rows = [(cell, "b") for cell in HOSTILE]
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream, ("=head", "second"))
    for row in rows:
        writer.write_row(row)
    assert stream.getvalue().encode() == b"".join(encode(("=head", "second"), rows))
    read = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert read[0] == ["=head", "second"]  # a header is the product's own
    assert [first for first, _ in read[1:]] == [f"'{cell}" for cell in HOSTILE]


def test_numbers_have_six_decimals() -> None:
    assert [number_text(value) for value in (0.1234567, 1.0, 0.0, None)] == ["0.123457", "1.000000", "0.000000", ""]


def test_a_probability_is_never_certain() -> None:
    values = (0.0, 0.0099, 0.01, 0.5, 0.99, 0.9901, 1.0, None)
    assert [probability_text(value) for value in values] == [
        "<0.01", "<0.01", "0.01", "0.50", "0.99", ">0.99", ">0.99", "",
    ]  # fmt: skip


def test_times_are_in_utc_to_the_second() -> None:
    summer = datetime(2026, 7, 1, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert time_text(summer) == "2026-06-30T23:02:03Z"
    assert time_text(datetime(2026, 7, 1, tzinfo=UTC)) == "2026-07-01T00:00:00Z"
    assert time_text(None) == ""


def test_it_imports_nothing_of_core() -> None:
    script = "import sys, core.csv_text; print([n for n in sys.modules if n.startswith('core.')])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['core.csv_text']"
