"""The demonstration: a batch of phantoms, which shows the screens without a patient's picture.

Phantoms are drawings. A model that was trained on radiographs declines most of them, and its probabilities for the
others mean nothing; but bands, overlays and overruled verdicts can be seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.domain import ReadingMode
from core.imaging.phantom import bone
from core.reading.intake.ingest import Batch, Ingest

NAME = "Demonstration: phantoms"
COUNT = 12
SIZE = (454, 373)  # pixels, as the radiographs of FracAtlas mostly have
BLUR = 2.0  # pixels, the sigma of a Gaussian: a blurred drawing is a little more like a radiograph
SEED = 0


def phantoms() -> list[bytes]:
    """Draw the phantoms as PNG, always the same: every other one fractured; sharp, blurred and two bones in turn."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for number in range(COUNT):
        pixels = bone(rng, fractured=number % 2 == 0, size=SIZE)
        match number % 3:
            case 1:
                pixels = cv2.GaussianBlur(pixels, (0, 0), BLUR)
            case 2:
                pixels = np.maximum(pixels, np.roll(bone(rng, fractured=False, size=SIZE), SIZE[1] // 6, axis=1))
        drawn.append(cv2.imencode(".png", pixels)[1].tobytes())
    return drawn


class Demonstration:
    """Makes batches of phantoms."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    def start(self, reader: str) -> Batch:
        """Take the phantoms into a new batch that is read AI first. Raises FractureReviewError, as `Ingest.take_in`."""
        batch = self._ingest.create_batch(NAME, reader, ReadingMode.AI_FIRST)
        for number, data in enumerate(phantoms(), 1):
            list(self._ingest.take_in(batch.id, f"phantom-{number:02d}.png", data))
        return self._ingest.batch(batch.id)
