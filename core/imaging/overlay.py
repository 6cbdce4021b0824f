"""Radiographs and heatmaps to pictures for the eye."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from core.domain import Window
from core.errors import InvalidImageError
from core.imaging.preprocess import Geometry
from core.imaging.window import look_up

# Perceptually even, and readable without colour vision (Nunez et al. 2018, doi 10.1371/journal.pone.0199239).
COLOUR_MAPS = MappingProxyType(
    {"inferno": cv2.COLORMAP_INFERNO, "viridis": cv2.COLORMAP_VIRIDIS, "cividis": cv2.COLORMAP_CIVIDIS}
)
DEFAULT_OPACITY = 0.5
DEFAULT_THRESHOLD = 0.3  # share of the map's peak below which evidence is not worth colour
THUMBNAIL_SIZE = 96
_THUMBNAIL_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the cells of a heatmap lie on its radiograph.

    The pixel whose centre is (x, y), counted from the picture's corner, lies at the column
    `x * x_scale + x_offset` of the grid and at the row `y * y_scale + y_offset`; cell 0 has its centre at 0.
    """

    x_scale: float
    x_offset: float
    y_scale: float
    y_offset: float


def place(shape: tuple[int, int], geometry: Geometry) -> Placement:
    """Lay a heatmap of (rows, columns) over the radiograph it explains, with the letterbox undone."""
    rows, columns = shape
    return Placement(
        x_scale=geometry.inner_width / geometry.width * columns / geometry.size,
        x_offset=geometry.left * columns / geometry.size - 0.5,
        y_scale=geometry.inner_height / geometry.height * rows / geometry.size,
        y_offset=geometry.top * rows / geometry.size - 0.5,
    )


def colour_table(colour_map: str) -> np.ndarray:
    """(256, 3) uint8 RGB: the colours of one of `COLOUR_MAPS`, from no evidence to the strongest."""
    levels = np.arange(256, dtype=np.uint8)[np.newaxis]
    return cv2.cvtColor(cv2.applyColorMap(levels, COLOUR_MAPS[colour_map]), cv2.COLOR_BGR2RGB)[0]


def display(pixels: np.ndarray, window: Window) -> np.ndarray:
    """Apply a display window.

    Args:
        pixels: (H, W) uint8 or uint16.

    Returns:
        (H, W) uint8: 0 at `window.low` and below, 255 at `window.high` and above.

    Raises:
        InvalidImageError: wrong shape, dtype or window.
    """
    if pixels.ndim != 2 or pixels.dtype not in (np.uint8, np.uint16):
        raise InvalidImageError(f"pixels must be (H, W) uint8 or uint16, but are {pixels.shape} {pixels.dtype}")
    if not window.low < window.high:
        raise InvalidImageError(f"a window must have low < high, but has {window.low} and {window.high}")
    values = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.float64)
    shares = np.clip((values - window.low) / (window.high - window.low), 0, 1)
    return look_up(np.rint(shares * 255).astype(np.uint8), pixels)


def thumbnail(grey: np.ndarray, size: int = THUMBNAIL_SIZE) -> bytes:
    """A small WebP of an (H, W) uint8 picture, at most `size` pixels on its longer side."""
    height, width = grey.shape
    scale = min(1.0, size / max(height, width))
    small = cv2.resize(
        grey, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    _, buffer = cv2.imencode(".webp", small, (cv2.IMWRITE_WEBP_QUALITY, _THUMBNAIL_QUALITY))
    return buffer.tobytes()


def resize_to_radiograph(values: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Lay a heatmap over the radiograph it explains, with the letterbox undone, by linear interpolation.

    The centre of each cell comes to lie where preprocessing took it from, which a plain resize would not do: it knows
    neither the letterbox nor that a cell's value stands at its centre.

    Args:
        values: (h, w) float, a grid over the network's square input.
        geometry: where the radiograph lies in that square.

    Returns:
        (H, W) float32 in the range of `values`.

    Raises:
        InvalidImageError: not a grid.
    """
    if values.ndim != 2 or not values.size:
        raise InvalidImageError(f"a heatmap must be (h, w), but is {values.shape}")
    placed = place(values.shape, geometry)
    down = _interpolation(geometry.height, placed.y_scale, placed.y_offset, values.shape[0])
    across = _interpolation(geometry.width, placed.x_scale, placed.x_offset, values.shape[1])
    return down @ values.astype(np.float32) @ across.T


def render(
    grey: np.ndarray,
    values: np.ndarray,
    colour_map: str = "inferno",
    opacity: float = DEFAULT_OPACITY,
    threshold: float = DEFAULT_THRESHOLD,
) -> np.ndarray:
    """Colour a radiograph by a heatmap of its own size.

    Args:
        grey: (H, W) uint8.
        values: (H, W) float32 in [0, 1].
        colour_map: one of `COLOUR_MAPS`.
        opacity: of the colour, in [0, 1].
        threshold: below it, and where there is no evidence at all, the radiograph is untouched.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        InvalidImageError: sizes that differ, an unknown colour map, or an opacity out of range.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8 or grey.shape != values.shape:
        raise InvalidImageError(f"a heatmap of {values.shape} does not fit a radiograph of {grey.shape} {grey.dtype}")
    if colour_map not in COLOUR_MAPS:
        raise InvalidImageError(f"a colour map must be one of {', '.join(COLOUR_MAPS)}, but is {colour_map!r}")
    if not 0 <= opacity <= 1:
        raise InvalidImageError(f"an opacity must be in [0, 1], but is {opacity}")
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    levels = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, COLOUR_MAPS[colour_map]), cv2.COLOR_BGR2RGB)
    blended = cv2.addWeighted(colours, opacity, picture, 1 - opacity, 0)
    shown = ((values >= threshold) & (values > 0)).astype(np.uint8)
    return cv2.copyTo(blended, shown, picture)


def _interpolation(length: int, scale: float, offset: float, cells: int) -> np.ndarray:
    """(length, cells) float32: the weights of a line of cells at the centre of each pixel of a radiograph's side."""
    at = np.clip((np.arange(length) + 0.5) * scale + offset, 0, cells - 1)
    lower = np.minimum(at.astype(np.int64), max(cells - 2, 0))
    weights = np.zeros((length, cells), np.float32)
    pixel = np.arange(length)
    weights[pixel, lower] = 1 - (at - lower)
    weights[pixel, np.minimum(lower + 1, cells - 1)] += at - lower
    return weights
