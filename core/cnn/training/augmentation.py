"""Augmentation that trains and that the preview shows: one function, drawn by OpenCV, no TensorFlow.

A draw is fixed by (settings, seed, epoch, index), so a run repeats exactly whichever thread makes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from types import MappingProxyType

import cv2
import numpy as np

from core.errors import TrainingError

BOX_TRIES = 8  # draws of geometry before a radiograph whose fracture would leave the picture is shown unmoved
CUT_OUT_SHARE = 0.15  # side of the square cut out, as a share of the picture's side


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Strengths; zero switches one off. Without another word a draw is uniform between minus and plus the strength.

    Attributes:
        shear: share of the height by which the top shifts against the bottom, 0 to 0.5.
        zoom: scale between 1 - zoom and 1 + zoom, 0 to 0.5.
        rotation: degrees, 0 to 180.
        shift: share of the side, 0 to 0.5.
        horizontal_flip, vertical_flip: probability, 0 to 1.
        brightness: added to pixels in [0, 1], 0 to 0.5.
        contrast: factor between 1 - contrast and 1 + contrast about the mean, 0 to 0.9.
        noise: standard deviation of Gaussian noise, drawn up to this, 0 to 0.2.
        blur: standard deviation of a Gaussian blur in pixels, drawn up to this, 0 to 5.
        cut_out: probability of one black square (DeVries and Taylor 2017, arXiv:1708.04552), 0 to 1.
    """

    shear: float = 0.0
    zoom: float = 0.0
    rotation: float = 0.0
    shift: float = 0.0
    horizontal_flip: float = 0.0
    vertical_flip: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    cut_out: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value, highest = getattr(self, item.name), HIGHEST[item.name]
            if not 0 <= value <= highest:
                raise TrainingError(f"The augmentation {item.name} must lie between 0 and {highest:g}, but is {value}.")


HIGHEST = MappingProxyType(
    {
        "shear": 0.5,
        "zoom": 0.5,
        "rotation": 180.0,
        "shift": 0.5,
        "horizontal_flip": 1.0,
        "vertical_flip": 1.0,
        "brightness": 0.5,
        "contrast": 0.9,
        "noise": 0.2,
        "blur": 5.0,
        "cut_out": 1.0,
    }
)

PRESETS = MappingProxyType(
    {
        "none": Augmentation(),
        "seed": Augmentation(shear=0.2, zoom=0.2, horizontal_flip=0.5),
        "gentle": Augmentation(zoom=0.1, rotation=10, shift=0.05, horizontal_flip=0.5, brightness=0.05, contrast=0.1),
        "strong": Augmentation(
            shear=0.1,
            zoom=0.2,
            rotation=25,
            shift=0.08,
            horizontal_flip=0.5,
            vertical_flip=0.5,
            brightness=0.1,
            contrast=0.3,
            noise=0.03,
            blur=0.7,
        ),
    }
)


def augment(
    image: np.ndarray, settings: Augmentation, rng: np.random.Generator, boxes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one augmented picture, and move its boxes with it.

    Args:
        image: (S, S) float32 in [0, 1], preprocessed.
        settings: the strengths.
        rng: where the draw comes from.
        boxes: (N, 4) float32 left, top, right, bottom in pixels of `image`; None or empty where there are none.

    Returns:
        The picture, (S, S) float32 in [0, 1], and the boxes as (N, 4, 2) float32 corner points. A geometry that would
        move the middle of any box out of the picture is drawn again, so that the label stays true.
    """
    size = image.shape[0]
    corners = _corners(boxes)
    matrix = np.eye(2, 3, dtype=np.float32)
    moves = settings.shear or settings.zoom or settings.rotation or settings.shift
    if moves or settings.horizontal_flip or settings.vertical_flip:
        for _ in range(BOX_TRIES):
            drawn = _draw_matrix(settings, size, rng)
            if _centres_inside(_move(corners, drawn), size):
                matrix = drawn
                break
        image = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return _change_values(image, settings, rng), _move(corners, matrix)


def rasterise(corners: np.ndarray, size: int, grid: int) -> np.ndarray:
    """Draw boxes on a grid.

    Args:
        corners: (N, 4, 2) corner points in pixels of a (size, size) picture.

    Returns:
        (grid, grid) float32 in [0, 1], the share of each cell that lies in a box.
    """
    canvas = np.zeros((size, size), np.float32)
    for polygon in corners:
        cv2.fillConvexPoly(canvas, np.round(polygon).astype(np.int32), 1.0)
    return cv2.resize(canvas, (grid, grid), interpolation=cv2.INTER_AREA)


def _corners(boxes: np.ndarray | None) -> np.ndarray:
    if boxes is None or not len(boxes):
        return np.zeros((0, 4, 2), np.float32)
    left, top, right, bottom = np.asarray(boxes, np.float32).T
    return np.stack([np.stack(p, -1) for p in ((left, top), (right, top), (right, bottom), (left, bottom))], axis=1)


def _move(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    if not len(corners):
        return corners
    return (corners @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def _centres_inside(corners: np.ndarray, size: int) -> bool:
    centres = corners.mean(axis=1) if len(corners) else corners
    return bool(np.all((centres >= 0) & (centres <= size - 1)))


def _draw_matrix(settings: Augmentation, size: int, rng: np.random.Generator) -> np.ndarray:
    """One affine map about the centre: flip, then scale, shear, turn and shift; input to output pixels."""
    angle = math.radians(rng.uniform(-settings.rotation, settings.rotation))
    scale = 1.0 + rng.uniform(-settings.zoom, settings.zoom)
    shear = rng.uniform(-settings.shear, settings.shear)
    shift_x, shift_y = rng.uniform(-settings.shift, settings.shift, 2) * size
    scale_x = -scale if rng.random() < settings.horizontal_flip else scale
    scale_y = -scale if rng.random() < settings.vertical_flip else scale
    cosine, sine = math.cos(angle), math.sin(angle)
    # [[cosine, -sine], [sine, cosine]] @ [[1, shear], [0, 1]] @ diag(scale_x, scale_y), in plain numbers for speed
    xx, xy = cosine * scale_x, (cosine * shear - sine) * scale_y
    yx, yy = sine * scale_x, (sine * shear + cosine) * scale_y
    centre = (size - 1) / 2
    offset_x = centre * (1 - xx - xy) + shift_x
    offset_y = centre * (1 - yx - yy) + shift_y
    return np.array([[xx, xy, offset_x], [yx, yy, offset_y]], np.float32)


def _change_values(image: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    if settings.brightness or settings.contrast:
        factor = 1.0 + rng.uniform(-settings.contrast, settings.contrast)
        offset = rng.uniform(-settings.brightness, settings.brightness)
        mean = float(image.mean())
        # Black stays black: the letterbox and the collimated border carry no light that could change.
        image = np.where(image > 0, (image - mean) * factor + mean + offset, 0.0).astype(np.float32)
    if settings.blur:
        sigma = rng.uniform(0, settings.blur)
        if sigma > 0.1:
            image = cv2.GaussianBlur(image, (0, 0), sigma)
    if settings.noise:
        image = image + rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(0, settings.noise))
    if settings.cut_out and rng.random() < settings.cut_out:
        side = max(1, round(image.shape[0] * CUT_OUT_SHARE))
        top, left = rng.integers(0, image.shape[0] - side + 1, 2)
        image = image.copy()
        image[top : top + side, left : left + side] = 0.0
    return np.clip(image, 0.0, 1.0)
