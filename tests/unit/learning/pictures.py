"""Phantoms that are told apart however they are turned: a bare long bone is nearly like the next one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from tests.phantoms import CLASSES, bone, encode

SIZE = (320, 256)
SPOTS = 6


def marked(seed: int, fractured: bool = True, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W) uint8: a bone with bright spots, as many small things lie on a radiograph."""
    rng = np.random.default_rng(seed)
    drawn = bone(rng, fractured, size)
    for _ in range(SPOTS):
        x, y = (int(rng.uniform(0.2, 0.8) * side) for side in size[::-1])
        cv2.circle(drawn, (x, y), int(rng.uniform(0.015, 0.05) * min(size)), int(rng.uniform(60, 255)), -1)
    return drawn


def marked_folders(path: Path, counts: Mapping[str, int]) -> Path:
    """As `tests.phantoms.class_folders`, as many of each class, of `marked` pictures that are all different."""
    seed = 0
    for split, count in counts.items():
        for fractured, name in zip((True, False), CLASSES, strict=True):
            folder = path / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                seed += 1
                (folder / f"{index:04d}.jpg").write_bytes(encode(marked(seed, fractured), "JPEG"))
    return path
