"""What the tests of imaging share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.config import Limits
from core.domain import Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.archive import expand
from core.imaging.decode import as_refusal, decode, decode_pages
from tests import phantoms

LIMITS = Limits()
SIZE = (48, 40)


def bone(bits: int = 8, size: tuple[int, int] = SIZE, seed: int = 0) -> np.ndarray:
    return phantoms.bone(np.random.default_rng(seed), True, size, bits)


def read(data: bytes, name: str = "x", salt: bytes = b"") -> Radiograph:
    """Decode a file that holds one radiograph."""
    (radiograph,) = decode(data, name, LIMITS, salt)
    return radiograph


def open_radiographs(
    name: str, source: bytes | Path | BinaryIO, limits: Limits, salt: bytes = b""
) -> Iterator[Radiograph | Refusal]:
    """Everything that one file or archive holds, one at a time; an error that is no refusal is not caught."""
    for item in expand(name, source, limits):
        if isinstance(item, Refusal):
            yield item
            continue
        try:
            for page in decode_pages(item.data, item.name, limits, salt):
                yield as_refusal(page) if isinstance(page, RefusedFileError) else page
        except RefusedFileError as error:
            yield as_refusal(error)
