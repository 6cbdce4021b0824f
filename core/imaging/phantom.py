"""Made-up radiographs: a long bone with or without a fracture. No pixel of a real patient is in any of them."""

from __future__ import annotations

import cv2
import numpy as np


def bone(rng: np.random.Generator, fractured: bool, size: tuple[int, int] = (256, 192), bits: int = 8) -> np.ndarray:
    """Draw a long bone: a bright shaft with a brighter cortex on dark soft tissue, with noise.

    A fracture is a dark oblique gap right across the shaft, with the far fragment displaced sideways and angled.

    Returns:
        (H, W) uint8 for 8 bits, else uint16 below 2**bits; MONOCHROME2 (bone is bright).
    """
    height, width = size
    unit = min(height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lean = rng.uniform(-0.3, 0.3)
    if width > height:
        lean += np.pi / 2
    centre_x, centre_y = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.42, 0.58)
    along = (x - centre_x) * np.sin(lean) + (y - centre_y) * np.cos(lean)
    across = (x - centre_x) * np.cos(lean) - (y - centre_y) * np.sin(lean)
    radius = unit * rng.uniform(0.10, 0.15)
    flesh = np.exp(-((across / (radius * rng.uniform(2.4, 3.2))) ** 4)) * rng.uniform(0.20, 0.30)
    gap = np.zeros_like(along)
    if fractured:
        slope = rng.choice((-1.0, 1.0)) * rng.uniform(0.3, 0.9)
        from_break = along - unit * rng.uniform(-0.15, 0.15) - slope * across
        beyond = from_break > 0
        shift = rng.choice((-1.0, 1.0)) * radius * rng.uniform(0.3, 0.7)
        across = across + beyond * (shift + from_break * rng.uniform(-0.15, 0.15))
        gap = np.exp(-((from_break / (unit * rng.uniform(0.02, 0.035))) ** 4))
    flare = 1.0 + 0.5 * np.clip(np.abs(along) / (0.45 * max(height, width)), 0, 1.5) ** 4
    depth = np.clip(1.0 - (across / (radius * flare)) ** 2, 0, None)
    cortex = np.exp(-(((np.sqrt(depth) - 0.5) / 0.25) ** 2)) * (depth > 0)
    shaft = 0.38 * np.sqrt(depth) + 0.22 * cortex
    picture = cv2.GaussianBlur(0.06 + flesh + shaft * (1.0 - 0.95 * gap), (0, 0), max(unit / 256, 0.6))
    picture += rng.normal(0.0, 0.012, picture.shape)
    peak = 2**bits - 1
    return np.rint(np.clip(picture, 0, 1) * peak).astype(np.uint8 if bits == 8 else np.uint16)
