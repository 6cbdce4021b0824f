"""CSV text: how rows, numbers and times are written into every CSV file of the product."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TextIO

# Two digits would turn what lies beyond these bounds into 0.00 or 1.00, which claims a certainty that no model has.
LOWEST_SHOWN, HIGHEST_SHOWN = 0.01, 0.99
PIECE_ROWS = 500

# The first characters that make a spreadsheet run a cell as a formula; the last four are the full-width forms of the
# first four. Source: OWASP, "CSV Injection".
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANKS = " \u00a0"  # spreadsheets skip these before a formula


class CsvWriter:
    """Writes rows of text as RFC 4180, with CRLF line ends, to a stream that was opened with `newline=""`.

    The header is written at once and as it is. Every cell below it is defused.
    """

    def __init__(self, stream: TextIO, header: Iterable[str]) -> None:
        self._writer = csv.writer(stream)
        self._writer.writerow(header)

    def write_row(self, cells: Iterable[str]) -> None:
        """Write one row below the header."""
        self._writer.writerow([defuse(cell) for cell in cells])


def encode(header: Iterable[str], rows: Iterable[Iterable[str]], piece_rows: int = PIECE_ROWS) -> Iterator[bytes]:
    """Write rows of text as a stream of CSV, UTF-8: the header alone, then pieces of `piece_rows` rows."""
    buffer = io.StringIO(newline="")
    writer = CsvWriter(buffer, header)
    for number, row in enumerate(rows):
        if number % piece_rows == 0:
            yield _take(buffer)
        writer.write_row(row)
    yield _take(buffer)


def defuse(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.lstrip(_BLANKS).startswith(FORMULA_STARTS) else cell


def number_text(value: float | None) -> str:
    """Write a number with six decimals; an empty text for None."""
    return "" if value is None else f"{value:.6f}"


def probability_text(value: float | None) -> str:
    """Write a probability for people: two digits, `<0.01` and `>0.99` at the ends, an empty text for None."""
    if value is None:
        return ""
    if value < LOWEST_SHOWN:
        return f"<{LOWEST_SHOWN}"
    return f">{HIGHEST_SHOWN}" if value > HIGHEST_SHOWN else f"{value:.2f}"


def time_text(value: datetime | None) -> str:
    """Write a time in UTC to the second, as ISO 8601 with a `Z`; an empty text for None."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _take(buffer: io.StringIO) -> bytes:
    """Empty the buffer and return what was in it."""
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data
