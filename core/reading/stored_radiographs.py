"""What is kept of a radiograph's file, and the way back from it to pixels."""

from __future__ import annotations

from core.config import Limits
from core.domain import Radiograph
from core.imaging.decode import decode_stored, encode_lossless
from core.imaging.filetype import FileType
from core.imaging.overlay import display, thumbnail
from core.store.files import FileStore
from core.store.records import RadiographRecord


def keep(files: FileStore, radiograph: Radiograph, data: bytes) -> None:
    """Write the bytes of a radiograph: the original file, or for DICOM nothing but its pixels, lossless.

    Args:
        data: the original file's.
    """
    if radiograph.format == FileType.DICOM:
        files.put_pixels(radiograph.sha256, radiograph.page, encode_lossless(radiograph.pixels))
    else:
        files.put_original(radiograph.sha256, data)
    files.put_thumbnail(radiograph.sha256, radiograph.page, draw_thumbnail(radiograph))


def restore(files: FileStore, record: RadiographRecord, limits: Limits) -> Radiograph:
    """Read a radiograph back as it was taken in; its short id stands for its name.

    Raises:
        NotFoundError: the bytes are gone.
        RefusedFileError: they cannot be decoded any more.
    """
    return decode_kept(read_kept(files, record), record, limits)


def read_kept(files: FileStore, record: RadiographRecord) -> bytes:
    """What `keep` wrote of a radiograph: its original file, or for DICOM its pixels.

    Raises:
        NotFoundError: the bytes are gone.
    """
    if record.format == FileType.DICOM:
        return files.pixels(record.sha256, record.page)
    return files.original(record.sha256)


def decode_kept(data: bytes, record: RadiographRecord, limits: Limits) -> Radiograph:
    """From these bytes to the radiograph as it was taken in.

    Raises:
        RefusedFileError: they cannot be decoded any more.
    """
    page = 0 if record.format == FileType.DICOM else record.page
    pixels = decode_stored(data, page, limits)
    return Radiograph(
        sha256=record.sha256,
        page=record.page,
        name=record.short_id,
        pixels=pixels,
        bit_depth=record.bit_depth,
        format=record.format,
        window=record.window,
        dicom=record.dicom,
        warnings=record.warnings,
    )


def draw_thumbnail(radiograph: Radiograph) -> bytes:
    """The small picture of the worklist, as the file store keeps it."""
    return thumbnail(display(radiograph.pixels, radiograph.window))
