"""How well a heatmap points: the pointing game (Zhang et al. 2016, arXiv:1608.00507) and energy inside the boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.imaging.preprocess import Geometry

NEAR_PIXELS, NEAR_SIZE = 15.0, 512.0  # "within 15 pixels of a box at 512 on the long side"
Box = tuple[float, float, float, float]


def distance_to_boxes(point: tuple[float, float], boxes: Sequence[Box], width: int, height: int) -> float:
    """Distance in pixels from a point to the nearest box; 0 inside.

    Args:
        point: (x, y) in the radiograph's pixels; a pixel's centre counts.
        boxes: left, top, width, height as fractions of the radiograph.
    """
    nearest = math.inf
    for left, top, box_width, box_height in boxes:
        x, y = point[0] + 0.5, point[1] + 0.5
        dx = max(left * width - x, 0.0, x - (left + box_width) * width)
        dy = max(top * height - y, 0.0, y - (top + box_height) * height)
        nearest = min(nearest, math.hypot(dx, dy))
    return nearest


def box_mask(boxes: Sequence[Box], geometry: Geometry, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) float64 in [0, 1]: the share of each heatmap cell inside any box, to an eighth of a cell."""
    fine = 8
    mask = np.zeros((shape[0] * fine, shape[1] * fine))
    for left, top, width, height in boxes:
        x0 = (geometry.left + left * geometry.inner_width) / geometry.size * mask.shape[1]
        x1 = (geometry.left + (left + width) * geometry.inner_width) / geometry.size * mask.shape[1]
        y0 = (geometry.top + top * geometry.inner_height) / geometry.size * mask.shape[0]
        y1 = (geometry.top + (top + height) * geometry.inner_height) / geometry.size * mask.shape[0]
        mask[round(y0) : max(round(y1), round(y0) + 1), round(x0) : max(round(x1), round(x0) + 1)] = 1.0
    return mask.reshape(shape[0], fine, shape[1], fine).mean(axis=(1, 3))


def energy_inside(values: np.ndarray, mask: np.ndarray) -> float:
    """Share of a heatmap's sum that lies in the boxes; 0 for an empty map."""
    total = float(values.sum())
    return float((values * mask).sum() / total) if total > 0 else 0.0


def overlap(values: np.ndarray, mask: np.ndarray, threshold: float) -> float:
    """Intersection over union of the map above a threshold and the boxes' cells (at least half inside, or the most)."""
    inside = (mask >= 0.5) | ((mask == mask.max()) & (mask > 0))
    shown = values >= threshold
    union = np.sum(shown | inside)
    return float(np.sum(shown & inside) / union) if union else 0.0
