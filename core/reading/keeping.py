"""What is kept of a radiograph's file, and the way back from it to pixels."""

from __future__ import annotations

import cv2
import numpy as np

from core.config import Limits
from core.domain import Radiograph
from core.errors import UnreadableFileError
from core.imaging.decode import decode
from core.imaging.overlay import display, thumbnail
from core.store.files import FileStore
from core.store.records import RadiographRecord

DICOM = "DICOM"
REMEDY = "Upload the file again."


def keep(files: FileStore, radiograph: Radiograph, data: bytes) -> None:
    """Write the bytes of a radiograph: the original file, or for DICOM nothing but its pixels, lossless.

    Args:
        data: the original file's.
    """
    if radiograph.format == DICOM:
        files.put_pixels(radiograph.sha256, radiograph.page, encode_png(radiograph.pixels))
    else:
        files.put_original(radiograph.sha256, data)
    files.put_thumbnail(radiograph.sha256, radiograph.page, draw_thumbnail(radiograph))


def restore(files: FileStore, record: RadiographRecord, limits: Limits) -> Radiograph:
    """Read a radiograph back as it was taken in; its short id stands for its name.

    Raises:
        NotFoundError: the bytes are gone.
        RefusedFileError: they cannot be decoded any more.
    """
    if record.format == DICOM:
        pixels = decode_png(files.pixels(record.sha256, record.page), record.short_id)
    else:
        pages = decode(files.original(record.sha256), record.short_id, limits)
        found = [page for page in pages if page.page == record.page]
        if not found:
            raise UnreadableFileError(record.short_id, "the stored file has lost this page", REMEDY)
        pixels = found[0].pixels
    return Radiograph(
        sha256=record.sha256,
        page=record.page,
        name=record.short_id,
        pixels=pixels,
        bit_depth=record.bit_depth,
        format=record.format,
        window=record.window,
        facts=record.facts,
        warnings=record.warnings,
    )


def draw_thumbnail(radiograph: Radiograph) -> bytes:
    return thumbnail(display(radiograph.pixels, radiograph.window))


def encode_png(pixels: np.ndarray) -> bytes:
    """Write (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB, without loss; fast rather than small."""
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", ordered, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    if not done:
        raise ValueError(f"pixels of {pixels.shape} {pixels.dtype} cannot be written as PNG")
    return data.tobytes()


def decode_png(data: bytes, name: str) -> np.ndarray:
    """Raises UnreadableFileError."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise UnreadableFileError(name, "the stored pixels are damaged", REMEDY)
    return pixels
