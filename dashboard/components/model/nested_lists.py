"""Parts of a card as they are written: names with their values, nested where they are, and lists of sentences."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.components import html
from dashboard.components.format import printable
from dashboard.components.html import Child, Html, el

LETTERS = 600
LIST_DEPTH = 3
LIST_LENGTH = 12
EMPTY: tuple[object, ...] = (None, "", [], {}, ())
LONG = frozenset({"history", "refused", "excluded", "reliability", "curves"})  # of use to programs, not on a screen


def sentences(value: object) -> Html:
    """A list as a list; a single text as a paragraph; anything else as it is written."""
    if isinstance(value, str):
        return el("p", printable(value, LETTERS)) if value else Html()
    if isinstance(value, (list, tuple)):
        return html.bullets(printable(str(item), LETTERS) for item in value)
    return listing(value)


def listing(value: object, depth: int = 0) -> Html:
    """Names and values, nested where they are; what is empty or long is left out."""
    if value in EMPTY:
        return Html()
    if not isinstance(value, Mapping):
        return html.join(printable(_text(value), LETTERS))
    pairs: list[tuple[str, Child]] = []
    for key, part in value.items():
        if part in EMPTY or key in LONG:
            continue
        shown = listing(part, depth + 1) if depth < LIST_DEPTH else html.join(printable(_text(part), LETTERS))
        pairs.append((name(key), shown))
    return html.definitions(pairs, "card")


def name(key: object) -> str:
    """A key of a document as words."""
    return printable(str(key).replace("_", " "), LETTERS)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value) if len(value) <= LIST_LENGTH else f"{len(value):,} values"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items())
    return str(value)
