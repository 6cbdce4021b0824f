"""Radiographs as small pictures in a page. They travel inside it: files that the server hands out have no sign-in."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Sequence

from core.domain import Radiograph
from core.errors import FractureReviewError
from core.imaging.overlay import display, thumbnail
from dashboard.components.format import printable

SIZE = 168  # pixels of the longer side


def gallery(pictures: Sequence[tuple[Callable[[], Radiograph], Sequence[str]]], size: int = SIZE) -> str:
    """Pictures in a row that wraps, each with lines of text beneath; one that cannot be read says so."""
    return f'<div class="gallery">{"".join(_figure(fetch, lines, size) for fetch, lines in pictures)}</div>'


def sheet(jpeg: bytes, said: str) -> str:
    """Pictures that are one picture already; `said` is for those who cannot see them."""
    return f'<img class="sheet" src="{_data_url(jpeg, "jpeg")}" alt="{html.escape(said)}">'


def _figure(fetch: Callable[[], Radiograph], lines: Sequence[str], size: int) -> str:
    try:
        radiograph = fetch()
        small = thumbnail(display(radiograph.pixels, radiograph.window), size)
        shown = f'<img src="{_data_url(small)}" alt="radiograph">'
    except FractureReviewError as error:
        shown = f'<p class="gone">{html.escape(printable(str(error), 200))}</p>'
    said = "".join(f"<span>{line}</span>" for line in lines)
    return f"<figure>{shown}<figcaption>{said}</figcaption></figure>"


def _data_url(data: bytes, kind: str = "webp") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
