"""The pictures of a report: reduced for print, with the readers' marks drawn in, as JPEG."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from core.domain import Mark, MarkKind

LONGER_SIDE = 640  # pixels: 250 to the inch at the size it is printed
JPEG_QUALITY = 85
MARK_COLOUR = (227, 163, 65)  # amber, RGB


def reduce(grey: np.ndarray) -> np.ndarray:
    """Reduce an (H, W) uint8 picture to `LONGER_SIDE`; a smaller one stays as it is."""
    height, width = grey.shape
    scale = min(1.0, LONGER_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return grey if scale == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def draw_marks(grey: np.ndarray, marks: Sequence[Mark], scale: float) -> np.ndarray:
    """Draw marks on a copy of a picture.

    Args:
        grey: (H, W) uint8.
        marks: in pixels of the radiograph.
        scale: pixels of the picture for one of the radiograph.

    Returns:
        (H, W, 3) uint8, RGB.
    """
    drawn = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    for mark in marks:
        start = (round(mark.x * scale), round(mark.y * scale))
        end = (round(mark.x2 * scale), round(mark.y2 * scale))
        match mark.kind:
            case MarkKind.BOX:
                cv2.rectangle(drawn, start, end, MARK_COLOUR, 2, cv2.LINE_AA)
            case MarkKind.ARROW:
                cv2.arrowedLine(drawn, start, end, MARK_COLOUR, 2, cv2.LINE_AA, tipLength=0.25)
            case MarkKind.POINT:
                cv2.circle(drawn, start, 5, MARK_COLOUR, 2, cv2.LINE_AA)
    return drawn


def encode_jpeg(picture: np.ndarray) -> bytes:
    """Encode an (H, W, 3) uint8 RGB picture."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()
