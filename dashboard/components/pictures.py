"""Radiographs as small pictures in a page. They travel inside it: files that the server hands out have no sign-in."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Sequence

import numpy as np

from core.domain import Radiograph
from core.errors import FractureReviewError
from core.imaging.overlay import display, thumbnail
from dashboard.components.text import printable

SIZE = 168  # pixels of the longer side


def gallery(pictures: Sequence[tuple[Callable[[], Radiograph], Sequence[str]]], size: int = SIZE) -> str:
    """Pictures in a row that wraps, each with lines of text beneath; one that cannot be read says so."""
    return f'<div class="gallery">{"".join(_figure(fetch, lines, size) for fetch, lines in pictures)}</div>'


def grid(pixels: np.ndarray, columns: int, said: str) -> str:
    """Pictures of one size beside and below one another.

    Args:
        pixels: (N, S, S) uint8.
        said: what they are, for those who cannot see them.
    """
    count, size, _ = pixels.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * size, columns * size), np.uint8)
    for index, picture in enumerate(pixels):
        top, left = index // columns * size, index % columns * size
        sheet[top : top + size, left : left + size] = picture
    return f'<img class="sheet" src="{_data_url(thumbnail(sheet, max(sheet.shape)))}" alt="{html.escape(said)}">'


def _figure(fetch: Callable[[], Radiograph], lines: Sequence[str], size: int) -> str:
    try:
        radiograph = fetch()
        small = thumbnail(display(radiograph.pixels, radiograph.window), size)
        shown = f'<img src="{_data_url(small)}" alt="radiograph">'
    except FractureReviewError as error:
        shown = f'<p class="gone">{html.escape(printable(str(error), 200))}</p>'
    said = "".join(f"<span>{line}</span>" for line in lines)
    return f"<figure>{shown}<figcaption>{said}</figcaption></figure>"


def _data_url(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
