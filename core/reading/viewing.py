"""Radiographs, thumbnails and heatmaps for the screen, from the store."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.config import Limits
from core.domain import Heatmap, Radiograph
from core.errors import FractureReviewError
from core.imaging.overlay import Placement, place
from core.imaging.preprocess import fit
from core.reading.champion import ModelVersions
from core.reading.stored_radiographs import draw_thumbnail, restore
from core.store import batches, predictions
from core.store.database import Database
from core.store.files import FileStore
from core.store.records import RadiographRecord


@dataclass(frozen=True, slots=True)
class PlacedHeatmap:
    """A heatmap, and where its cells lie on the radiograph."""

    heatmap: Heatmap
    placement: Placement


class Viewing:
    """Reads pictures from the store."""

    def __init__(self, database: Database, files: FileStore, models: ModelVersions, limits: Limits) -> None:
        self._database = database
        self._files = files
        self._models = models
        self._limits = limits

    def radiograph(self, entry_id: int) -> Radiograph:
        """Read a radiograph at full depth. Raises NotFoundError, and RefusedFileError where its bytes are damaged."""
        with self._database.reading() as connection:
            record = batches.find_radiograph(connection, batches.radiograph_of(connection, entry_id))
        return restore(self._files, record, self._limits)

    def heatmap(self, entry_id: int, prediction_id: int) -> PlacedHeatmap | None:
        """Read the heatmap of exactly this prediction; None where it has none.

        Raises:
            NotFoundError: no such entry, or the prediction is not of its radiograph.
            UnknownVersionError: the version that made it is gone, and with it the size and the margins of its input.
        """
        with self._database.reading() as connection:
            radiograph_id = batches.radiograph_of(connection, entry_id)
            version = predictions.version_for(connection, prediction_id, radiograph_id)
            heatmap = predictions.find_heatmap(connection, prediction_id)
            record = batches.find_radiograph(connection, radiograph_id)
        if heatmap is None:
            return None
        spec = self._models.get(version).card.input
        return PlacedHeatmap(heatmap, place(heatmap.values.shape, fit(record.width, record.height, spec)))

    def thumbnail(self, radiograph_id: int) -> bytes:
        """Read a thumbnail as an encoded picture; it is drawn again where it was lost. Raises NotFoundError."""
        with self._database.reading() as connection:
            record = batches.find_radiograph(connection, radiograph_id)
        return self.thumbnail_of(record)

    def thumbnail_of(self, record: RadiographRecord) -> bytes:
        """As `thumbnail`; empty where the stored radiograph cannot be read any more."""
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
        """Read a thumbnail without drawing it again: empty where it was lost."""
        return self._files.thumbnail(sha256, page) or b""


def encode_colour(pixels: np.ndarray) -> bytes:
    """Encode an (H, W, 3) uint8 RGB picture as PNG; fast rather than small."""
    _, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_PNG_COMPRESSION, 1))
    return buffer.tobytes()
