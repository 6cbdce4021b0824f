"""One compressed DICOM frame to stored values, by imagecodecs (BSD).

GDCM reads the same files, but some damaged ones make it end the whole process, past anything Python can catch; these
decoders raise. The size is read from the frame's own header first, because that is what a decoder allocates.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_END_OF_IMAGE = b"\xff\xd9"  # JPEG, JPEG-LS and JPEG 2000 all end so
_PADDING = 16  # bytes that may follow the end
_JPEG, _JPEG_2000, _JP2 = b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP"
_SOF_JPEG = (0xC0, 0xC1, 0xC2, 0xC3)  # baseline, extended, progressive, lossless
_SOF_JPEG_LS = 0xF7
_RLE_HEADER = 64


class CodestreamError(ValueError):
    """A frame that cannot be decoded: a clause that says why."""


def decode_frame(frame: bytes, rows: int, columns: int, bits_allocated: int, is_rle: bool) -> np.ndarray:
    """Decode one grey frame.

    Args:
        frame: the joined fragments.
        rows, columns, bits_allocated: what the DICOM header says.

    Returns:
        (rows, columns) uint8, uint16 or int16.

    Raises:
        CodestreamError: cut short, damaged, not what the header says, or a compression this product does not read.
    """
    decoder = _decode_rle if is_rle else _decode_jpeg_family
    try:
        pixels = decoder(frame, rows, columns, bits_allocated)
    except CodestreamError:
        raise
    except Exception as error:  # noqa: BLE001  each codec has its own errors, and a hostile frame finds more
        raise CodestreamError("its compressed picture is damaged or cut short") from error
    if pixels.shape != (rows, columns) or pixels.dtype.kind not in "iu" or pixels.itemsize > 2:
        raise CodestreamError("its compressed picture is not what its header says")
    return pixels


def _decode_jpeg_family(frame: bytes, rows: int, columns: int, _bits_allocated: int) -> np.ndarray:
    import imagecodecs  # not needed for most files

    frame = frame.rstrip(b"\0")
    if frame.startswith(_JPEG):
        marker, *size = _read_frame_header(frame)
        decode = imagecodecs.jpegls_decode if marker == _SOF_JPEG_LS else imagecodecs.jpeg8_decode
    elif frame.startswith((_JPEG_2000, _JP2)):
        size = _read_size_segment(frame)
        decode = imagecodecs.jpeg2k_decode
    else:
        raise CodestreamError("its compressed picture is of an unknown kind")
    if size != [rows, columns, 1]:
        raise CodestreamError("its compressed picture is not what its header says")
    if _END_OF_IMAGE not in frame[-_PADDING:]:
        raise CodestreamError("its compressed picture is cut short")
    return decode(frame)


def _read_frame_header(frame: bytes) -> tuple[int, int, int, int]:
    """The frame marker of a JPEG or JPEG-LS stream, then rows, columns and components."""
    at = 2
    while True:
        marker = frame[at + 1]
        if frame[at] != 0xFF or marker == 0xFF:
            at += 1
        elif marker in _SOF_JPEG or marker == _SOF_JPEG_LS:
            return marker, *struct.unpack_from(">xHHB", frame, at + 4)
        elif 0xC5 <= marker <= 0xCF and marker not in (0xC8, 0xCC):
            raise CodestreamError("its JPEG compression is of a kind that is not read")
        else:
            at += 2 + struct.unpack_from(">H", frame, at + 2)[0]


def _read_size_segment(frame: bytes) -> list[int]:
    """Rows, columns and components of a JPEG 2000 stream, bare or in a JP2 file."""
    at = frame.index(_JPEG_2000) + 4
    width, height, left, top, *_, components = struct.unpack_from(">4xIIIIIIIIH", frame, at)
    return [height - top, width - left, components]


def _decode_rle(frame: bytes, rows: int, columns: int, bits_allocated: int) -> np.ndarray:
    import imagecodecs

    dtype = np.dtype(f"<u{bits_allocated // 8}")
    if len(frame) < _RLE_HEADER:
        raise CodestreamError("its compressed picture is cut short")
    if struct.unpack_from("<I", frame)[0] != dtype.itemsize:
        raise CodestreamError("its compressed picture is not what its header says")
    values: Any = np.zeros(rows * columns * dtype.itemsize, np.uint8)  # a buffer, which its types do not know of
    decoded = imagecodecs.dicomrle_decode(frame, dtype=dtype, out=values)
    return np.frombuffer(decoded, dtype).reshape(rows, columns)
