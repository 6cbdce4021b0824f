"""The one preprocessing function: training and serving both call it, and its spec stands in the model's card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.card import InputSpec
from core.domain import Window
from core.errors import InvalidImageError

# Radiographs are prepared side by side in threads of our own; on pictures this small OpenCV's threads only cost.
cv2.setNumThreads(1)

# A border counts as the collimator's shadow where nearly all of each of its rows or columns is nearly white.
SHADOW_LEVEL, SHADOW_SHARE = 0.7, 0.95
SHADOW_WIDTH = 0.04  # of the side; a thinner one is a printed frame, which does no harm


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where a radiograph of (width, height) lies in the square input: a rectangle, in input pixels."""

    width: int
    height: int
    size: int
    left: int
    top: int
    inner_width: int
    inner_height: int


def fit(width: int, height: int, spec: InputSpec) -> Geometry:
    """Place a radiograph in the network's square: centred and whole with a letterbox, else stretched."""
    if not spec.letterbox:
        return Geometry(width, height, spec.size, 0, 0, spec.size, spec.size)
    scale = spec.size / max(width, height)
    inner_width = min(spec.size, max(1, round(width * scale)))
    inner_height = min(spec.size, max(1, round(height * scale)))
    left, top = (spec.size - inner_width) // 2, (spec.size - inner_height) // 2
    return Geometry(width, height, spec.size, left, top, inner_width, inner_height)


def preprocess(pixels: np.ndarray, window: Window, spec: InputSpec) -> np.ndarray:
    """Resize, window and scale one radiograph for a network.

    Args:
        pixels: (H, W) uint8 or uint16, MONOCHROME2.
        window: the values shown as black and as white.
        spec: the network's input.

    Returns:
        (size, size) float32 in [0, 1]; the letterbox is black. Channels are repeated later, in `batch`.

    Raises:
        InvalidImageError: wrong shape, dtype or window.
    """
    if pixels.ndim != 2 or pixels.dtype not in (np.uint8, np.uint16):
        raise InvalidImageError(f"pixels must be (H, W) uint8 or uint16, but are {pixels.shape} {pixels.dtype}")
    if not window.low < window.high:
        raise InvalidImageError(f"a window must have low < high, but has {window.low} and {window.high}")
    geometry = fit(pixels.shape[1], pixels.shape[0], spec)
    shrinks = geometry.inner_width < geometry.width or geometry.inner_height < geometry.height
    resized = cv2.resize(
        pixels,
        (geometry.inner_width, geometry.inner_height),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    values = (resized.astype(np.float32) - np.float32(window.low)) * np.float32(1.0 / (window.high - window.low))
    np.clip(values, 0.0, 1.0, out=values)
    if spec.mask_collimation:
        _mask_collimation(values)
    if (geometry.inner_width, geometry.inner_height) == (spec.size, spec.size):
        return values
    square = np.zeros((spec.size, spec.size), np.float32)
    square[
        geometry.top : geometry.top + geometry.inner_height, geometry.left : geometry.left + geometry.inner_width
    ] = values
    return square


def _mask_collimation(values: np.ndarray) -> None:
    """Blacken, in place, the white rows and columns at each edge, where they are wide enough to be a shadow."""
    views = (values, values.T)
    # All of them are found before any is blackened: two borders that meet are both white where they do.
    found = [(view >= SHADOW_LEVEL).mean(axis=0) >= SHADOW_SHARE for view in views]
    for view, white in zip(views, found, strict=True):
        if white.all():
            continue
        least = SHADOW_WIDTH * len(white)
        for side, flags in ((view, white), (view[:, ::-1], white[::-1])):
            width = int(np.argmin(flags))
            if width >= least:
                side[:, :width] = 0.0


def batch(prepared: Sequence[np.ndarray], spec: InputSpec) -> np.ndarray:
    """Stack preprocessed radiographs: (N, size, size, channels) float32."""
    if spec.channels == 1:
        return np.stack(prepared)[..., np.newaxis]
    stacked = np.empty((len(prepared), spec.size, spec.size, spec.channels), np.float32)
    for image, place in zip(prepared, stacked, strict=True):
        cv2.merge([image] * spec.channels, place)
    return stacked
