"""How well a heatmap points at fractures, and whether it depends on what the network has learned.

The pointing game (Zhang et al. 2016, arXiv:1608.00507), energy inside the boxes (Wang et al. 2020, arXiv:1910.01279),
overlap with them, all beside what chance would give; and structural similarity for the sanity check of Adebayo et al.
2018 (arXiv:1810.03292).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import stats

from core.card import HeatmapSimilarity, PointingFigures
from core.imaging.preprocess import Geometry
from core.statistics.intervals import DRAWS, LOWER, UPPER, wilson

NEAR_PIXELS, NEAR_SIZE = 15.0, 512.0  # "within 15 pixels of a box at 512 on the long side"
OVERLAP_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))
BONE_LEVEL = 0.25  # of the brightest: darker is air or thin soft tissue, where nobody would look for a fracture
# Wang et al. 2004: a Gaussian window of 1.5 cells cut off at 11, and two constants against division by zero.
SSIM_SIGMA, SSIM_WINDOW, SSIM_K1, SSIM_K2 = 1.5, 11, 0.01, 0.03
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Pointing:
    """How one heatmap points at the boxes of one fractured radiograph.

    Attributes:
        distance: from the peak to the nearest box, in pixels at 512 on the long side; infinite without evidence.
        energy: share of the heatmap's sum inside the boxes.
        overlaps: intersection over union with the boxes at each of OVERLAP_THRESHOLDS.
        chance: share of the radiograph inside the boxes: how often a point thrown at it blindly hits.
        chance_near: the same within NEAR_PIXELS of them.
        chance_on_bone: the share of the radiograph's bright pixels that lie inside: a blind throw at bone.
    """

    distance: float
    energy: float
    overlaps: tuple[float, ...]
    chance: float
    chance_near: float
    chance_on_bone: float


def pointing(
    values: np.ndarray, peak: tuple[float, float] | None, boxes: Sequence[Box], geometry: Geometry, image: np.ndarray
) -> Pointing:
    """Measure one heatmap against the boxes.

    Args:
        values: (h, w) in [0, 1] over the square input.
        peak: (x, y) of the highest cell in the radiograph's pixels; None without evidence.
        image: (S, S) float32 in [0, 1], the radiograph in that square.
    """
    mask = box_mask(boxes, geometry, values.shape)
    scale = NEAR_SIZE / max(geometry.width, geometry.height)
    distance = math.inf if peak is None else distance_to_boxes(peak, boxes, geometry.width, geometry.height) * scale
    rows = slice(geometry.top, geometry.top + geometry.inner_height)
    columns = slice(geometry.left, geometry.left + geometry.inner_width)
    inside = box_mask(boxes, geometry, image.shape, fine=1)[rows, columns]
    reach = NEAR_PIXELS / scale * geometry.inner_width / geometry.width  # in pixels of the input
    away = cv2.distanceTransform((inside == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    bone = image[rows, columns] >= BONE_LEVEL
    # On the radiograph's grid, as the overlay is seen: on the network's own a coarser map would fit a box more easily.
    shown = cv2.resize(values, image.shape[::-1], interpolation=cv2.INTER_LINEAR)[rows, columns]
    return Pointing(
        distance=distance,
        energy=energy_inside(values, mask),
        overlaps=tuple(overlap(shown, inside, threshold) for threshold in OVERLAP_THRESHOLDS),
        chance=float(inside.mean()),
        chance_near=float((away <= reach).mean()),
        chance_on_bone=float(inside[bone].mean()) if bone.any() else float(inside.mean()),
    )


def summarise(pointings: Sequence[Pointing], shown: Sequence[bool], threshold: float | None = None) -> PointingFigures:
    """The figures of a group of located fractures.

    Args:
        shown: whether each has an overlay at all; a declined radiograph has none and hits nothing.
        threshold: one of OVERLAP_THRESHOLDS, chosen elsewhere; the best of this very group where None.

    Returns:
        Shares with Wilson's intervals, means with bootstrapped ones; None for an empty group.
    """
    if not pointings:
        return PointingFigures()
    n = len(pointings)
    hits = sum(seen and p.distance == 0 for p, seen in zip(pointings, shown, strict=True))
    near = sum(seen and p.distance <= NEAR_PIXELS for p, seen in zip(pointings, shown, strict=True))
    energy = np.array([p.energy * seen for p, seen in zip(pointings, shown, strict=True)])
    overlaps = np.array([p.overlaps for p in pointings]) * np.array(shown)[:, np.newaxis]
    best = int(overlaps.mean(axis=0).argmax()) if threshold is None else OVERLAP_THRESHOLDS.index(threshold)
    return PointingFigures(
        n_located=n,
        hit_rate=hits / n,
        hit_rate_ci=wilson(hits, n),
        near_rate=near / n,
        near_rate_ci=wilson(near, n),
        energy_inside=float(energy.mean()),
        energy_inside_ci=mean_interval(energy),
        iou=float(overlaps[:, best].mean()),
        iou_ci=mean_interval(overlaps[:, best]),
        iou_threshold=OVERLAP_THRESHOLDS[best],
        hit_rate_by_chance=float(np.mean([p.chance for p in pointings])),
        near_rate_by_chance=float(np.mean([p.chance_near for p in pointings])),
        hit_rate_by_chance_on_bone=float(np.mean([p.chance_on_bone for p in pointings])),
    )


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """Bootstrapped 95 % interval of a mean, by 2,000 draws."""
    if len(values) < 2:
        return 0.0, 1.0
    means = values[np.random.default_rng(0).integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    return float(np.quantile(means, LOWER)), float(np.quantile(means, UPPER))


def structural_similarity(first: np.ndarray, second: np.ndarray, reach: float = 1.0) -> float:
    """Mean structural similarity of two heatmaps (Wang et al. 2004, doi 10.1109/TIP.2003.819861); 1 for equal ones.

    Args:
        first, second: (h, w).
        reach: from the lowest value they could have to the highest.
    """
    c1, c2 = (SSIM_K1 * reach) ** 2, (SSIM_K2 * reach) ** 2
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)

    def blur(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (SSIM_WINDOW, SSIM_WINDOW), SSIM_SIGMA, borderType=cv2.BORDER_REFLECT)

    mean, mean_2 = blur(first), blur(second)
    variance, variance_2 = blur(first**2) - mean**2, blur(second**2) - mean_2**2
    together = blur(first * second) - mean * mean_2
    top = (2 * mean * mean_2 + c1) * (2 * together + c2)
    return float(np.mean(top / ((mean**2 + mean_2**2 + c1) * (variance + variance_2 + c2))))


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, over the cells; 0 where one of the maps is flat."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(stats.spearmanr(first.ravel(), second.ravel()).statistic)


def similarity(originals: np.ndarray, others: np.ndarray) -> HeatmapSimilarity:
    """How alike two sets of heatmaps are, pair by pair.

    Args:
        originals, others: (N, h, w) in [-1, 1], not rectified.

    Returns:
        Mean and deviation of structural similarity, mean rank correlation, and the share of `others` that show nothing.
    """
    ssim = [structural_similarity(a, b, reach=2.0) for a, b in zip(originals, others, strict=True)]
    ranks = [rank_correlation(a, b) for a, b in zip(originals, others, strict=True)]
    return HeatmapSimilarity(
        ssim=float(np.mean(ssim)),
        ssim_sd=float(np.std(ssim)),
        rank_correlation=float(np.mean(ranks)),
        share_empty=float(np.mean(others.max(axis=(1, 2)) <= 0)),
    )


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


def box_mask(boxes: Sequence[Box], geometry: Geometry, shape: tuple[int, int], fine: int = 8) -> np.ndarray:
    """(h, w) float64 in [0, 1]: the share of each heatmap cell inside any box, to an eighth of a cell."""
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
