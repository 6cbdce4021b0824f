"""A batch of phantoms, to try everything out on without a patient's picture.

They are drawings. A model that was trained on radiographs declines most of them, and what it says of the others means
nothing; the bands, the overlay and overruling can be seen on them all the same.
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
SOFT = 2.0  # pixels of blur: a softer drawing looks a little more like a radiograph to a model
SEED = 0


def phantoms() -> list[bytes]:
    """The pictures as PNG, the same ones every time: every other one fractured; sharp, soft, and two bones in turn."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for number in range(COUNT):
        pixels = bone(rng, fractured=number % 2 == 0, size=SIZE)
        match number % 3:
            case 1:
                pixels = cv2.GaussianBlur(pixels, (0, 0), SOFT)
            case 2:
                pixels = np.maximum(pixels, np.roll(bone(rng, fractured=False, size=SIZE), SIZE[1] // 6, axis=1))
        drawn.append(cv2.imencode(".png", pixels)[1].tobytes())
    return drawn


class Demonstration:
    """Makes batches of phantoms."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    def start(self, reader: str) -> Batch:
        """Take phantoms into a batch of their own, read AI first. Raises FractureReviewError as taking in does."""
        batch = self._ingest.create_batch(NAME, reader, ReadingMode.AI_FIRST)
        for number, data in enumerate(phantoms(), 1):
            list(self._ingest.take_in(batch.id, f"phantom-{number:02d}.png", data))
        return self._ingest.batch(batch.id)
