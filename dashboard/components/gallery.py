"""Radiographs as small pictures in a page. They travel inside it: files that the server hands out have no sign-in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from core.domain import Radiograph
from core.errors import FractureReviewError
from core.imaging.overlay import display, thumbnail
from dashboard.components.format import printable
from dashboard.components.html import Child, Html, el

SIZE = 168  # pixels of the longer side


def gallery(pictures: Sequence[tuple[Callable[[], Radiograph], Sequence[Child]]], size: int = SIZE) -> Html:
    """Pictures in a row that wraps, each with lines of text beneath; one that cannot be read says so."""
    return el("div", *(_figure(fetch, lines, size) for fetch, lines in pictures), cls="gallery")


def sheet(jpeg: bytes, description: str) -> Html:
    """One picture that is made of several; `description` is for those who cannot see it."""
    return el("img", cls="sheet", src=_data_url(jpeg, "jpeg"), alt=description)


def _figure(fetch: Callable[[], Radiograph], lines: Sequence[Child], size: int) -> Html:
    try:
        radiograph = fetch()
        small = thumbnail(display(radiograph.pixels, radiograph.window), size)
        picture = el("img", src=_data_url(small), alt="radiograph")
    except FractureReviewError as error:
        picture = el("p", printable(str(error), 200), cls="gone")
    return el("figure", picture, el("figcaption", *(el("span", line) for line in lines)))


def _data_url(data: bytes, kind: str = "webp") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
