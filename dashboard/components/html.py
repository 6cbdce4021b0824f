"""HTML of the screens: built here, nowhere else, and escaped here. What comes from a user or a file is text.

A screen composes `el(...)` and the shapes beneath it, and hands the result to `show`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import streamlit as st

from core.table import (
    Align,
    BandCell,
    Cell,
    Column,
    CountCell,
    IntervalCell,
    NumberCell,
    ShareCell,
    Table,
    TextCell,
    plain_number,
)
from dashboard.components.format import interval, percent, printable
from dashboard.components.theme import BANDS

CELL_LETTERS = 600
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LINKS = ("href", "src")
_VOID = ("img", "br")


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that this module has built. `str` gives its text; two of them can be added."""

    text: str = ""

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)

    def __add__(self, other: Html) -> Html:
        return Html(self.text + other.text)


Child = str | Html
Attribute = str | int | bool | None


def el(name: str, *children: Child, **attributes: Attribute) -> Html:
    """Build one element.

    Args:
        name: of the element.
        children: a `str` is text and is escaped; `Html` is taken as it is.
        attributes: `cls` is the class; `aria_label` becomes `aria-label`. One that is None, False or empty is left
            out, and of one that is True only the name is written.

    Raises:
        ValueError: a name is no name of HTML, a handler of events or a `style` element; or a link leads to a scheme
            other than http, https and pictures within the page.
    """
    if not _NAME.fullmatch(name) or name in ("script", "style"):
        raise ValueError(f"an element has a plain name and is no script or style, got {name!r}")
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opening if name in _VOID else f"{opening}{join(*children).text}</{name}>")


def join(*parts: Child) -> Html:
    """Parts one after the other; a `str` is text and is escaped."""
    return Html("".join(part.text if isinstance(part, Html) else html.escape(part) for part in parts))


def show(*parts: Html, width: int | Literal["stretch", "content"] = "stretch") -> None:
    """Draw it on the screen; nothing where there is nothing."""
    body = join(*parts)
    if body:
        st.html(body.text, width=width)


def note(text: str) -> Html:
    """A line of small print; a part between backticks is a name in code."""
    return el("p", _with_code(text), cls="note") if text else Html()


def warning(words: str) -> Html:
    """One or two words that warn, as in `leaks`."""
    return el("b", words, cls="leaks")


def bullets(items: Iterable[Child]) -> Html:
    """A list; nothing without items."""
    points = [el("li", item) for item in items]
    return el("ul", *points, cls="card") if points else Html()


def definitions(pairs: Iterable[tuple[str, Child]], cls: str = "facts") -> Html:
    """Names and what belongs to them; a pair without the latter is left out."""
    parts = [part for name, value in pairs if value for part in (el("dt", name), el("dd", value))]
    return el("dl", *parts, cls=cls) if parts else Html()


def sums(cells: Iterable[tuple[str, Child]], *, live: bool = False) -> Html:
    """The figures that matter first: a large number with its word beneath, each."""
    body = [el("span", el("b", number), words) for number, words in cells]
    return el("div", *body, cls="sums", role="status" if live else None)


def scrolling(body: Html, cls: str = "refused") -> Html:
    """A part that scrolls within itself where it is long; nothing where there is nothing."""
    return el("div", body, cls=cls) if body else Html()


def table(found: Table, kind: str = "", *, plotted: float | None = None) -> Html:
    """A table with its caption and its note beneath; nothing where it has no rows.

    Args:
        found: the table.
        kind: a further class of the style sheet.
        plotted: each number is also drawn as a point on a line from 0 to this one, its interval as a bar.
    """
    if not found:
        return Html()
    rows = [
        el(
            "tr",
            *(
                _cell(cell, column, place, plotted)
                for place, (cell, column) in enumerate(zip(row, found.columns, strict=True))
            ),
        )
        for row in found.rows
    ]
    drawn = el("table", *_heads(found.columns), *rows, cls=f"card {kind}".strip())
    return drawn + note(found.caption) + note(found.note)


def band_name(cell: BandCell) -> Html:
    """A band's shape and word in its colour."""
    look = BANDS[cell.band]
    return el("span", look.label, style=f"color:{look.colour}")


def _heads(columns: Sequence[Column]) -> list[Html]:
    names = el(
        "tr",
        *(el("th", _with_code(each.name), _mark(each.mark), cls=_side(each, at)) for at, each in enumerate(columns)),
    )
    if not any(column.group for column in columns):
        return [names]
    above = []
    for group, members in groupby(columns, key=lambda column: column.group):
        width = len(list(members))
        above.append(el("th", group, colspan=width) if group else el("td", colspan=width))
    return [el("tr", *above), names]


def _cell(cell: Cell, column: Column, place: int, plotted: float | None) -> Html:
    body: Child
    match cell:
        case str():
            body = printable(cell, CELL_LETTERS)
        case TextCell():
            body = _text(cell)
        case CountCell():
            body = plain_number(cell.value)
        case NumberCell():
            body = _number(cell, column.unit, plotted)
        case IntervalCell():
            body = _bounds(cell.bounds, cell.digits) if cell.bounds else ""
        case BandCell():
            body = band_name(cell)
    return el("td", body, cls=_side(column, place))


def _side(column: Column, place: int) -> str:
    """The style sheet's own: the first column stands left, the others right; only what differs is said."""
    usual = Align.LEFT if place == 0 else Align.RIGHT
    return "" if column.align is usual else str(column.align)


def _text(cell: TextCell) -> Html:
    words: Child = printable(cell.text, CELL_LETTERS)
    if cell.code:
        words = el("code", words)
    elif cell.strong:
        words = el("b", words)
    return join(words, _mark(cell.mark), _small(printable(cell.note, CELL_LETTERS)))


def _number(cell: NumberCell, unit: str, plotted: float | None) -> Html:
    beneath = [around] if (around := _interval(cell, unit)) else []
    beneath += [f"of {cell.of:,}"] if cell.of is not None and cell.value is not None else []
    beneath += [cell.note] if cell.note else []
    small = _small(" ".join(beneath))
    if cell.value is None:
        return small
    value: Child = (
        percent(cell.value, max(0, cell.digits - 2)) if isinstance(cell, ShareCell) else _digits(cell.value, cell)
    )
    value = f"{value} {unit}" if unit else value
    if plotted is not None:
        value = join(_plot(cell.value, cell.interval, plotted), el("b", value))
    return join(value, _mark(cell.mark), small)


def _interval(cell: NumberCell, unit: str) -> str:
    if cell.interval is None or cell.value is None:
        return ""
    if isinstance(cell, ShareCell):
        return interval(cell.interval, max(0, cell.digits - 2))
    low, high = (_digits(bound, cell) for bound in cell.interval)
    return f"{low} to {high}" + (f" {unit}" if unit else "")


def _bounds(bounds: tuple[float, float], digits: int) -> str:
    return f"{bounds[0]:.{digits}f} to {bounds[1]:.{digits}f}"


def _digits(value: float, cell: NumberCell) -> str:
    """So many digits, and zero without a sign."""
    rounded = round(value, cell.digits) or 0.0
    return f"{rounded:{'+' if cell.signed else ''},.{cell.digits}f}"


def _mark(words: str) -> Html:
    return join(" ", warning(words)) if words else Html()


def _small(text: str) -> Html:
    return el("small", text) if text else Html()


def _plot(value: float, bounds: tuple[float, float] | None, most: float) -> Html:
    """A point on a line from 0 to `most`, and its interval as a bar; what is below 0 stands at 0."""
    low, high = bounds or (value, value)
    left, point, right = (100 * min(1.0, max(0.0, each / most)) for each in (low, value, high))
    bar = el("i", style=f"left:{left:.1f}%;width:{right - left:.1f}%")
    return el("span", bar, el("b", style=f"left:{point:.1f}%"), cls="plot", aria_hidden="true")


def _with_code(text: str) -> Html:
    """What stands between backticks is a name in code."""
    words = printable(text, CELL_LETTERS)
    parts = words.split("`")
    if len(parts) % 2 == 0:  # one backtick is without its other
        return join(words)
    return join(*(el("code", part) if place % 2 else part for place, part in enumerate(parts)))


def _attribute(key: str, value: Attribute) -> str:
    name = "class" if key == "cls" else key.replace("_", "-")
    if not _NAME.fullmatch(name) or name.startswith("on"):
        raise ValueError(f"an attribute has a plain name and is no handler of events, got {name!r}")
    if value is None or value is False or value == "":
        return f' {name}=""' if name == "alt" and value == "" else ""
    if value is True:
        return f" {name}"
    if name in _LINKS:
        scheme = _SCHEME.match(str(value))
        if scheme and scheme[1].lower() not in ("http", "https") and not str(value).startswith("data:image/"):
            raise ValueError(f"a link leads to http, https or a picture within the page, got {str(value)[:40]!r}")
    return f' {name}="{html.escape(str(value))}"'
