"""Bytes to `Radiograph`: the one way in for every picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import cv2
import numpy as np

from core.config import MEBIBYTE, Limits
from core.domain import Radiograph, Refusal
from core.errors import ArchiveError, FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.dicom.read import read_dicom
from core.imaging.filetype import HEAD, FileType, describe, recognise
from core.imaging.names import display_name, page_name
from core.imaging.picture import read_pages
from core.imaging.window import default_window, information_bits

_KINDS = "JPEG, PNG, TIFF, BMP, WebP and DICOM are read; save it as one of these or leave it out."


def decode(data: bytes, name: str, limits: Limits, salt: bytes = b"") -> list[Radiograph]:
    """Decode one file: one radiograph, or several for a TIFF of several pages.

    Args:
        data: the file's bytes; what it is comes from them.
        name: a label for messages and for `Radiograph.name`.
        limits: checked against what the file's header declares, before memory is taken.
        salt: for the pseudonyms of a DICOM file; without one there are none.

    Raises:
        RefusedFileError: the file, or any page of it, cannot be taken in.
    """
    pages = []
    for page in decode_pages(data, name, limits, salt):
        if isinstance(page, RefusedFileError):
            raise page
        pages.append(page)
    return pages


def decode_one(data: bytes, name: str, limits: Limits) -> Radiograph:
    """As `decode`, where a file stands for one radiograph, as in class folders: one class cannot be said of two pages.

    Raises:
        RefusedFileError: the file cannot be taken in, or has several pages.
    """
    pages = decode(data, name, limits)
    if len(pages) > 1:
        raise UnsupportedFileError(
            display_name(name), f"it has {len(pages)} pages and one class", "Save each page as a file of its own."
        )
    return pages[0]


def decode_pages(data: bytes, name: str, limits: Limits, salt: bytes = b"") -> Iterator[Radiograph | RefusedFileError]:
    """As `decode`, but one page at a time, and a bad page of a TIFF does not keep the others out."""
    name = display_name(name)
    kind = _check_file(data, name, limits)
    sha256 = hashlib.sha256(data).hexdigest()
    if kind is FileType.DICOM:
        image = read_dicom(data, name, limits, salt)
        yield Radiograph(
            sha256, 0, name, image.pixels, image.bit_depth, kind.value, image.window, image.attributes, image.warnings
        )
        return
    for page, pixels in enumerate(read_pages(data, kind, name, limits)):
        if isinstance(pixels, RefusedFileError):
            yield pixels
            continue
        bits = information_bits(pixels)
        yield Radiograph(sha256, page, page_name(name, page), pixels, bits, kind.value, default_window(pixels))


def decode_stored(data: bytes, page: int, limits: Limits) -> np.ndarray:
    """Read back what a file store keeps: a picture's original bytes, or what `encode_lossless` made.

    Returns:
        (H, W) uint8 or uint16, equal to `Radiograph.pixels` of that page.

    Raises:
        RefusedFileError: the bytes are not what was stored.
    """
    kind = _check_file(data, "stored radiograph", limits)
    if kind is FileType.DICOM:
        raise UnsupportedFileError("stored radiograph", "it is a DICOM file", "DICOM files are not stored.")
    pixels = next(read_pages(data, kind, "stored radiograph", limits, only=page))
    if isinstance(pixels, RefusedFileError):
        raise pixels
    return pixels


def encode_lossless(pixels: np.ndarray) -> bytes:
    """Write (H, W) uint8 or uint16 pixels as a PNG without any metadata; `decode_stored` gives them back bit-equal."""
    _, buffer = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return buffer.tobytes()


def as_refusal(error: RefusedFileError) -> Refusal:
    """The error as data for a list."""
    return Refusal(error.name, error.reason, error.remedy)


def _check_file(data: bytes, name: str, limits: Limits) -> FileType:
    if not data:
        raise UnreadableFileError(name, "it is empty", "Copy or export it again from its source.")
    if len(data) > limits.file_bytes:
        raise too_big(name, limits)
    kind = recognise(data[:HEAD])
    if kind is None:
        raise UnsupportedFileError(name, f"it is {describe(data[:HEAD])}", _KINDS)
    if kind is FileType.ZIP:
        raise ArchiveError(name, "it is a ZIP archive inside another", "Unpack it and add its files.")
    return kind


def too_big(name: str, limits: Limits) -> FileLimitError:
    """A file over `limits.file_bytes`."""
    return FileLimitError(
        name,
        f"it is over the limit of {limits.file_bytes // MEBIBYTE} MB a file",
        "Reduce it, or ask for a higher FRACTURE_MAX_FILE_MB.",
    )
