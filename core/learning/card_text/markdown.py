"""Draw a table as Markdown (GitHub's form)."""

from __future__ import annotations

from collections.abc import Sequence

from core.table import BandCell, Cell, Column, CountCell, IntervalCell, NumberCell, Table, TextCell, plain_number


def markdown(table: Table, *, transposed: bool = False, between: str = ", ") -> str:
    """Write a table with its caption above and its note beneath; nothing where it has no rows.

    Args:
        transposed: a row of text for each column of the table.
        between: stands between a column's name and its group.
    """
    if not table:
        return ""
    grid: Sequence[Sequence[str]] = [
        [_heading(column, between) for column in table.columns],
        *([_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows),
    ]
    if transposed:
        grid = list(zip(*grid, strict=True))
    lines = [grid[0], ["---"] * len(grid[0]), *grid[1:]]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join(part for part in (table.caption, body, table.note) if part)


def _heading(column: Column, between: str) -> str:
    name = f"{column.name}{between}{column.group}" if column.group else column.name
    return _escaped(name) + (f" ({column.mark})" if column.mark else "")


def _cell(cell: Cell, column: Column) -> str:
    match cell:
        case str():
            return _escaped(cell)
        case TextCell():
            return _text(cell)
        case CountCell():
            return plain_number(cell.value)
        case NumberCell():
            return _number(cell, column.unit)
        case IntervalCell():
            return _bounds(cell.bounds, cell.digits) if cell.bounds else ""
        case BandCell():
            return str(cell.band).replace("_", " ")


def _text(cell: TextCell) -> str:
    text = _escaped(cell.text)
    if cell.text and cell.code:
        text = f"`{text}`"
    elif cell.text and cell.strong:
        text = f"*{text}*"
    return text + (f" ({cell.mark})" if cell.mark else "") + (f" {_escaped(cell.note)}" if cell.note else "")


def _number(cell: NumberCell, unit: str) -> str:
    if cell.value is None:
        return cell.note
    text = f"{cell.value:{'+' if cell.signed else ''}.{cell.digits}f}" + (f" {unit}" if unit else "")
    text += f" ({_bounds(cell.interval, cell.digits)})" if cell.interval else ""
    text += f" of {cell.of:,}" if cell.of is not None else ""
    return text + (f" ({cell.mark})" if cell.mark else "") + (f" {cell.note}" if cell.note else "")


def _bounds(bounds: tuple[float, float], digits: int) -> str:
    return f"{bounds[0]:.{digits}f} to {bounds[1]:.{digits}f}"


def _escaped(text: str) -> str:
    """Text that stays in its cell."""
    return " ".join(text.split("\n")).replace("|", "\\|")
