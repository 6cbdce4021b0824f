"""What the tests of imaging share."""

from __future__ import annotations

import numpy as np

from core.config import Limits
from core.domain import Radiograph
from core.imaging.decode import decode
from tests import phantoms

LIMITS = Limits()
SIZE = (48, 40)


def bone(bits: int = 8, size: tuple[int, int] = SIZE, seed: int = 0) -> np.ndarray:
    return phantoms.bone(np.random.default_rng(seed), True, size, bits)


def read(data: bytes, name: str = "x", salt: bytes = b"") -> Radiograph:
    """Decode a file that holds one radiograph."""
    (radiograph,) = decode(data, name, LIMITS, salt)
    return radiograph
