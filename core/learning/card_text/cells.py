"""A figure of a card, or of an evaluation, as the cell of a table.

A figure is a field of a part; the field of the same name with `_ci` at its end, where there is one, is its interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.card import Part
from core.table import Cell, Column, CountCell, NumberCell, ShareCell


class Kind(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of figures.

    Attributes:
        head: the column's heading.
        name: of the field that holds the figure.
        digits: after the decimal point; of a share as a number in [0, 1].
    """

    head: str
    name: str
    kind: Kind = Kind.COUNT
    digits: int = 2

    @property
    def column(self) -> Column:
        """The column itself."""
        return Column(self.head)

    def of(self, part: Part | None) -> Cell:
        """The figure of one part; an empty cell where the part has none."""
        match self.kind:
            case Kind.COUNT:
                return CountCell(getattr(part, self.name, None))
            case Kind.NUMBER:
                return number(part, self.name, self.digits)
            case Kind.SHARE:
                return share(part, self.name, self.digits)


def number(part: Part | None, name: str, digits: int = 2) -> NumberCell:
    """A figure with its interval; an empty cell where the part has none."""
    return NumberCell(getattr(part, name, None), digits, getattr(part, f"{name}_ci", None))


def share(part: Part | None, name: str, digits: int = 2) -> ShareCell:
    """A share with its interval; an empty cell where the part has none."""
    return ShareCell(getattr(part, name, None), digits, getattr(part, f"{name}_ci", None))


def words(name: str) -> str:
    """A name of a card as words, as in `high sensitivity`."""
    return name.replace("_", " ")
