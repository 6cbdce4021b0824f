"""What augmentation makes of one radiograph, drawn by the very function that trains."""

from __future__ import annotations

import cv2
import numpy as np

from core.card import InputSpec
from core.cnn.training.augmentation import Augmentation, augment
from core.domain import Radiograph
from core.imaging.preprocess import preprocess

DRAWS = 12
QUALITY = 88  # of a sheet's JPEG, which takes a millisecond where WebP takes some hundred
SPEC = InputSpec(size=288, letterbox=True, channels=1, mask_collimation=True)  # more than a grid on a screen can show


def preview(
    radiograph: Radiograph, augmentation: Augmentation, draws: int = DRAWS, seed: int = 0, spec: InputSpec = SPEC
) -> np.ndarray:
    """Draw a radiograph as often as asked.

    With one seed each draw keeps its direction while a strength changes, so that a slider moves the picture steadily.

    Args:
        spec: the input of the network that is to be trained.

    Returns:
        (draws, spec.size, spec.size) uint8.
    """
    prepared = preprocess(radiograph.pixels, radiograph.window, spec)
    made = np.empty((draws, spec.size, spec.size), np.uint8)
    for index in range(draws):
        drawn, _ = augment(prepared, augmentation, np.random.default_rng([seed, index]))
        made[index] = np.round(drawn * 255.0)
    return made


def sheet(drawn: np.ndarray, columns: int) -> bytes:
    """Put pictures beside and below one another.

    Args:
        drawn: (N, S, S) uint8.

    Returns:
        A JPEG; places that are left over are black.
    """
    count, size, _ = drawn.shape
    rows = -(-count // columns)
    whole = np.zeros((rows * size, columns * size), np.uint8)
    for index, picture in enumerate(drawn):
        top, left = index // columns * size, index % columns * size
        whole[top : top + size, left : left + size] = picture
    return cv2.imencode(".jpg", whole, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
