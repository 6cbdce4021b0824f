"""A table as data: what it says, not how it is drawn. Markdown and the screens draw the same one.

`core.learning.card_text.markdown` and `dashboard.components.html` are its renderers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain import Band


class Align(StrEnum):
    """On which side the cells of a column stand."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and how its cells are written.

    Attributes:
        name: the heading. A part between backticks is a name in code.
        unit: written after each number of the column.
        align: numbers stand right, words left.
        group: a heading above; neighbours of one group share it.
        mark: a warning of one or two words beside the heading.
    """

    name: str
    unit: str = ""
    align: Align = Align.RIGHT
    group: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class TextCell:
    """Words, in whatever characters they came.

    Attributes:
        note: small text beneath.
        mark: a warning of one or two words beside the text, as in `leaks`.
        code: the text is a name in code.
        strong: it stands out.
    """

    text: str
    note: str = ""
    mark: str = ""
    code: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class CountCell:
    """How many; empty where that is not known."""

    value: int | None


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A number, empty where it is not known, with what tells how sure it is.

    Attributes:
        digits: after the decimal point.
        interval: its confidence interval, low and high.
        signed: a positive one has a plus sign.
        of: the number of cases it rests on.
        note: small text beneath.
        mark: a warning of one or two words beside the number.
    """

    value: float | None
    digits: int = 2
    interval: tuple[float, float] | None = None
    signed: bool = False
    of: int | None = None
    note: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ShareCell(NumberCell):
    """A number in [0, 1] that is a part of a whole. A screen writes it in per cent, to the same place."""


@dataclass(frozen=True, slots=True)
class IntervalCell:
    """Two bounds without a number between them; empty where they are not known."""

    bounds: tuple[float, float] | None
    digits: int = 2


@dataclass(frozen=True, slots=True)
class BandCell:
    """A band, which a screen draws with its shape and colour."""

    band: Band


Cell = str | TextCell | CountCell | NumberCell | IntervalCell | BandCell  # a `str` is text without anything else
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of as many cells.

    Attributes:
        caption: what was measured, and on what. A part between backticks is a name in code.
        note: how to read it.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Hold every row to the number of columns."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has a cell for each of {len(self.columns)} columns, got {len(row)}: {row}")

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.rows)

    def without(self, names: Collection[str]) -> Table:
        """The same table without the columns of these names."""
        return self._only([place for place, column in enumerate(self.columns) if column.name not in names])

    def compact(self) -> Table:
        """The same table without the columns in which no row has anything, the first one aside."""
        kept = [place for place in range(len(self.columns)) if not place or any(_says(row[place]) for row in self.rows)]
        return self._only(kept)

    def _only(self, places: Sequence[int]) -> Table:
        rows = tuple(tuple(row[place] for place in places) for row in self.rows)
        return replace(self, columns=tuple(self.columns[place] for place in places), rows=rows)


def columns(*names: str, words: int = 1) -> tuple[Column, ...]:
    """Columns by their headings alone.

    Args:
        words: so many of the first hold words and stand left.
    """
    return tuple(Column(name, align=Align.LEFT if place < words else Align.RIGHT) for place, name in enumerate(names))


def plain_number(value: int | None) -> str:
    """A count as text, as in `1,204`."""
    return "" if value is None else f"{value:,}"


def _says(cell: Cell) -> bool:
    match cell:
        case str():
            return bool(cell)
        case TextCell():
            return bool(cell.text or cell.note)
        case NumberCell():
            return cell.value is not None or bool(cell.note)
        case CountCell():
            return cell.value is not None
        case IntervalCell():
            return cell.bounds is not None
    return True
