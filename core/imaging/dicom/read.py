"""DICOM projection radiographs (CR, DX, RG) to grey pixels and the allow-list of attributes.

Only the elements named in `_WANTED` are ever read: names, ids and dates of a patient do not get into memory as values.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
from dataclasses import dataclass

import numpy as np
import pydicom
from pydicom.dataset import FileDataset
from pydicom.uid import UID, RLELossless

from core.config import Limits
from core.domain import DicomAttributes, Window
from core.errors import FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.dicom.attributes import read_attributes, term
from core.imaging.dicom.codestream import CodestreamError, decode_frame
from core.imaging.dicom.greyscale import GreyscaleError, compose
from core.imaging.dicom.sop_classes import describe_kind, is_projection
from core.imaging.window import default_window, look_up

# pydicom warns and logs with the offending value in the text, which can be a patient's.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", module=r"pydicom\b")

_WANTED = (
    *("SOPClassUID", "Modality", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation"),
    *("PresentationLUTShape", "PresentationIntentType", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit", "ModalityLUTSequence", "RescaleSlope"),
    *("RescaleIntercept", "VOILUTSequence", "WindowCenter", "WindowWidth", "VOILUTFunction", "BodyPartExamined"),
    *("AnatomicRegionSequence", "ViewPosition", "ViewCodeSequence", "ImageLaterality", "Laterality"),
    *("StudyInstanceUID", "SeriesInstanceUID", "BurnedInAnnotation"),
)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXEL_DATA, _ITEM, _DELIMITER = (0x7FE0, 0x0010), (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_EXPORT_AGAIN = "Export it again from its source, uncompressed if need be."
_COPY_AGAIN = "Copy or export it again from its source."
_ONLY_PROJECTIONS = "Only plain radiographs (CR, DX, RG) are read; leave it out."

BURNED_IN = "The file says that annotation is burned into the picture: it may show a name."
FOR_PROCESSING = "This is raw detector data (FOR PROCESSING), not meant to be looked at."
ODD_POLARITY = "The header contradicts itself on whether bone is bright: see that the picture is not a negative."
NO_WINDOW = "The window in the header shows none of the picture: another one was chosen."


@dataclass(frozen=True, eq=False)
class DicomImage:
    """What is taken from a DICOM file: (H, W) uint8 or uint16 MONOCHROME2 pixels and attributes. See `Radiograph`."""

    pixels: np.ndarray
    bit_depth: int
    window: Window
    attributes: DicomAttributes
    warnings: tuple[str, ...]


class _TruncatedElementError(Exception):
    """The file ends within its pixel data."""


def read_dicom(data: bytes, name: str, limits: Limits, salt: bytes) -> DicomImage:
    """Decode one DICOM file.

    Args:
        salt: this installation's; without one there are no pseudonyms.

    Raises:
        RefusedFileError: not a projection radiograph, several frames, no pixels, cut short, damaged, or over a limit.
    """
    header, at = _read_header(data, name)
    try:
        return _read_image(header, data, at, name, limits, salt)
    except RefusedFileError:
        raise
    except (CodestreamError, GreyscaleError) as error:
        raise UnreadableFileError(name, str(error), _EXPORT_AGAIN) from error
    except Exception as error:  # noqa: BLE001  any value of a hostile header can be of any form
        raise UnreadableFileError(name, "its header is damaged", _COPY_AGAIN) from error


def _read_image(header: FileDataset, data: bytes, at: int, name: str, limits: Limits, salt: bytes) -> DicomImage:
    try:
        frame = _find_frame(data, at, header)
    except _TruncatedElementError:
        frame = None
    _check_kind(header, name, frame is None)
    rows, columns, allocated = (int(header.get(k) or 0) for k in ("Rows", "Columns", "BitsAllocated"))
    if rows * columns > limits.pixels:
        raise FileLimitError(
            name,
            f"it has {columns} x {rows} pixels, and at most {limits.pixels} are read",
            "Reduce it, or ask for a higher FRACTURE_MAX_PIXELS.",
        )
    if frame is None:
        raise UnreadableFileError(name, "it is cut short: the end of the picture is missing", _COPY_AGAIN)
    if not frame or rows < 1 or columns < 1:
        raise UnreadableFileError(name, "it has a header only, without a picture", _COPY_AGAIN)
    bits = int(header.get("BitsStored") or allocated)
    if allocated not in (8, 16) or not 2 <= bits <= allocated:
        raise UnsupportedFileError(name, f"it stores {bits} bits in {allocated}", "8 to 16 bits are read.")
    return _decode(header, frame, (rows, columns), allocated, bits, salt)


def _read_header(data: bytes, name: str) -> tuple[FileDataset, int]:
    """The wanted elements before the pixel data, and where these begin."""
    if _DEFLATED in data:  # pydicom would inflate it whole, however large
        raise UnsupportedFileError(name, "it is a deflated DICOM file", "Export it uncompressed.")
    buffer = io.BytesIO(data)
    try:
        header = pydicom.dcmread(buffer, stop_before_pixels=True, force=True, specific_tags=list(_WANTED))
        for element in header.iterall():
            element.value  # noqa: B018  converts it: a broken one is found here
    except Exception as error:  # noqa: BLE001  as above
        raise UnreadableFileError(name, "its header is damaged or cut short", _COPY_AGAIN) from error
    if not len(header) and "MediaStorageSOPClassUID" not in header.file_meta:
        raise UnreadableFileError(name, "its header is damaged or cut short", _COPY_AGAIN)
    return header, buffer.tell()


def _find_frame(data: bytes, at: int, header: FileDataset) -> bytes | memoryview:
    """The value of PixelData, fragments joined; empty where there is none."""
    if at == len(data):
        return b""
    implicit, little = header.original_encoding
    order = "<" if little is not False else ">"
    view = memoryview(data)
    try:
        if struct.unpack_from(f"{order}HH", view, at) != _PIXEL_DATA:
            return b""
        at += 4 if implicit else 8
        (length,) = struct.unpack_from(f"{order}I", view, at)
        at += 4
        if length != _UNDEFINED_LENGTH:
            if at + length > len(data):
                raise _TruncatedElementError
            return view[at : at + length]
        fragments: list[bytes | memoryview] = []
        while True:
            *tag, length = struct.unpack_from("<HHI", view, at)
            at += 8
            if tuple(tag) == _DELIMITER:
                return b"".join(fragments[1:])  # the first is the offset table
            if tuple(tag) != _ITEM or at + length > len(data):
                raise _TruncatedElementError
            fragments.append(view[at : at + length])
            at += length
    except struct.error as error:
        raise _TruncatedElementError from error


def _check_kind(header: FileDataset, name: str, cut_short: bool) -> None:
    modality = term(header.get("Modality"))
    kind = UID(str(header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID") or ""))
    try:
        frames = int(header.get("NumberOfFrames") or 1)
    except (TypeError, ValueError):
        frames = 1
    several = f" of {frames} frames" if frames > 1 else ""
    end = ", and it is cut short" if cut_short else ""
    if not is_projection(modality, kind):
        raise UnsupportedFileError(name, f"it is {describe_kind(modality, kind)}{several}{end}", _ONLY_PROJECTIONS)
    if several:
        reason = f"it is a multi-frame DICOM file{several}{end}"
        raise UnsupportedFileError(name, reason, "Export each frame as a file of its own.")
    photometric = term(header.get("PhotometricInterpretation"))
    if photometric not in (None, "MONOCHROME1", "MONOCHROME2") or header.get("SamplesPerPixel") not in (None, "", 1):
        raise UnsupportedFileError(name, f"it is a colour picture ({photometric})", "Export it in grey.")


def _decode(
    header: FileDataset, frame: bytes | memoryview, shape: tuple[int, int], allocated: int, bits: int, salt: bytes
) -> DicomImage:
    notes = []
    if term(header.get("BurnedInAnnotation")) == "YES":
        notes.append(BURNED_IN)
    if term(header.get("PresentationIntentType")) == "FOR PROCESSING":
        notes.append(FOR_PROCESSING)
    inverted, is_odd = _polarity(header)
    if is_odd:
        notes.append(ODD_POLARITY)
    signed = bool(header.get("PixelRepresentation"))
    greyscale = compose(header, bits, signed, inverted)
    stored, shift = _read_stored(header, frame, shape, allocated, bits, signed)
    pixels = look_up(greyscale.table, stored, shift)
    window = greyscale.window
    if window and not (window.low < window.high and window.low < pixels.max() and window.high > pixels.min()):
        notes.append(NO_WINDOW)
        window = None
    window = window or default_window(pixels, padding=0 if greyscale.padded else None)
    return DicomImage(pixels, max(8, bits), window, read_attributes(header, salt), tuple(notes))


def _polarity(header: FileDataset) -> tuple[bool, bool]:
    """Whether to invert, and whether the header contradicts itself.

    Where there is a Presentation LUT Shape it decides: INVERSE goes with MONOCHROME1 and says the same thing again.
    """
    negative = term(header.get("PhotometricInterpretation")) == "MONOCHROME1"
    shape = term(header.get("PresentationLUTShape"))
    if shape not in ("IDENTITY", "INVERSE"):
        return negative, False
    return shape == "INVERSE", (shape == "INVERSE") != negative


def _read_stored(
    header: FileDataset, frame: bytes | memoryview, shape: tuple[int, int], allocated: int, bits: int, signed: bool
) -> tuple[np.ndarray, int]:
    """Stored values (H, W) as unsigned bits, and how many low bits of each are not part of it."""
    little = header.original_encoding[1] is not False
    high_bit = header.get("HighBit")
    shift = max(0, int(bits - 1 if high_bit in (None, "") else high_bit) + 1 - bits)
    syntax = header.file_meta.get("TransferSyntaxUID", UID(""))
    if isinstance(frame, memoryview):
        dtype = np.dtype(np.uint8 if allocated == 8 else "<u2" if little else ">u2")
        count = shape[0] * shape[1]
        if len(frame) < count * dtype.itemsize:
            raise CodestreamError("it is cut short: its picture is smaller than its header says")
        return np.frombuffer(frame, dtype, count).reshape(shape), shift
    pixels = decode_frame(frame, *shape, allocated, is_rle=syntax == RLELossless)
    if syntax == RLELossless:
        return pixels, shift
    peak = 2**bits - 1
    if pixels.dtype.kind == "i":
        low = -(2 ** (bits - 1)) if signed else 0
        return np.clip(pixels, low, low + peak).astype(np.int16).view(np.uint16), 0
    if signed:
        return pixels, 0
    return np.minimum(pixels, peak, dtype=pixels.dtype, casting="unsafe"), 0  # a lossy codec overshoots
