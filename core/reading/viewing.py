"""Pictures for the screen, from what the store keeps."""

from __future__ import annotations

import cv2
import numpy as np

from core.config import Limits
from core.domain import Heatmap, Radiograph, Window
from core.errors import FractureReviewError
from core.imaging.decode import encode_lossless
from core.imaging.overlay import DEFAULT_OPACITY, DEFAULT_THRESHOLD, display, render, resize_to_radiograph
from core.imaging.preprocess import InputSpec, fit
from core.reading.keeping import draw_thumbnail, restore
from core.reading.models import Models
from core.store import batches, predictions
from core.store.database import Database
from core.store.files import FileStore
from core.store.records import RadiographRecord

COLOUR_MAP = "inferno"
OPACITY = DEFAULT_OPACITY
THRESHOLD = DEFAULT_THRESHOLD


class Viewing:
    """Radiographs, thumbnails, heatmaps and overlays."""

    def __init__(self, database: Database, files: FileStore, models: Models, limits: Limits) -> None:
        self._database = database
        self._files = files
        self._models = models
        self._limits = limits

    def radiograph(self, entry_id: int) -> Radiograph:
        """At full depth. Raises NotFoundError; RefusedFileError where the stored bytes are damaged."""
        with self._database.reading() as connection:
            record = batches.find_radiograph(connection, batches.radiograph_of(connection, entry_id))
        return restore(self._files, record, self._limits)

    def display(self, entry_id: int, window: Window | None = None) -> bytes:
        """PNG, 8-bit grey, at the radiograph's own size. Raises as `radiograph`."""
        radiograph = self.radiograph(entry_id)
        return encode_lossless(display(radiograph.pixels, window or radiograph.window))

    def heatmap(self, prediction_id: int) -> Heatmap | None:
        """The evidence of a prediction; None where there is none to show."""
        with self._database.reading() as connection:
            return predictions.find_heatmap(connection, prediction_id)

    def overlay(
        self,
        entry_id: int,
        prediction_id: int,
        colour_map: str = COLOUR_MAP,
        opacity: float = OPACITY,
        threshold: float = THRESHOLD,
    ) -> bytes:
        """PNG, RGB, at the radiograph's own size, with the heatmap of this prediction and no other over it.

        Without evidence it is the radiograph alone.

        Raises:
            NotFoundError: no such entry, or the prediction is not of its radiograph.
            UnknownVersionError: the version that made it is gone, so nobody knows how its heatmap lies.
        """
        with self._database.reading() as connection:
            radiograph_id = batches.radiograph_of(connection, entry_id)
            version = predictions.version_for(connection, prediction_id, radiograph_id)
        radiograph, heatmap = self.radiograph(entry_id), self.heatmap(prediction_id)
        grey = display(radiograph.pixels, radiograph.window)
        if heatmap is None or not heatmap.has_evidence:
            return encode_lossless(grey)
        spec = InputSpec.from_card(self._models.get(version).card["input"])
        values = resize_to_radiograph(heatmap.values, fit(radiograph.width, radiograph.height, spec))
        return encode_colour(render(grey, values, colour_map, opacity, threshold))

    def thumbnail(self, radiograph_id: int) -> bytes:
        """A small encoded picture, drawn anew where it was lost. Raises NotFoundError."""
        with self._database.reading() as connection:
            record = batches.find_radiograph(connection, radiograph_id)
        return self.thumbnail_of(record)

    def thumbnail_of(self, record: RadiographRecord) -> bytes:
        """As `thumbnail`; empty where the stored bytes cannot be read any more."""
        kept = self._files.thumbnail(record.sha256, record.page)
        if kept is not None:
            return kept
        try:
            drawn = draw_thumbnail(restore(self._files, record, self._limits))
        except FractureReviewError:
            return b""
        self._files.put_thumbnail(record.sha256, record.page, drawn)
        return drawn

    def kept_thumbnail(self, sha256: str, page: int) -> bytes:
        """Without drawing anything: empty where it was lost."""
        return self._files.thumbnail(sha256, page) or b""


def encode_colour(pixels: np.ndarray) -> bytes:
    """Write (H, W, 3) uint8 RGB as PNG; fast rather than small."""
    _, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_PNG_COMPRESSION, 1))
    return buffer.tobytes()
