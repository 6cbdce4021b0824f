"""File names from outside are labels, never paths: made fit to show, and nothing more."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# Control characters (C0, C1, line and paragraph separators), halves of surrogate pairs, which no UTF-8 file or database
# takes, and the marks that turn the writing direction, which can make `fdp.exe` read as `exe.pdf`.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def display_name(name: str) -> str:
    """The name with U+FFFD for each character that could not be shown, stored or written out."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", name)


def is_litter(name: str) -> bool:
    """True for what operating systems leave in folders and archives: passed over without a word."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.name in _LITTER or "__MACOSX" in path.parts


def page_name(name: str, page: int) -> str:
    """`x.tif` for the first page, `x.tif#2` for the next, and so on. `page` counts from 0."""
    return name if page == 0 else f"{name}#{page + 1}"
