"""JPEG, PNG, TIFF, BMP and WebP to grey pixels at full depth, by Pillow."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageChops

from core.config import Limits
from core.errors import FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.filetype import FileType
from core.imaging.names import page_name

# Pillow warns of broken metadata, which does no harm, and of too many pixels, which are refused here with a sentence.
warnings.filterwarnings("ignore", module=r"PIL\b")

_MOST_JPEG_SCANS = 100  # a progressive JPEG has about ten; each costs a pass over all pixels
_SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B", "I;16N")
_ALPHA_MODES = ("LA", "PA", "RGBA", "La", "RGBa")
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # TIFF tags
_WHITE_IS_ZERO = 0
_STRIPS, _TILES = (273, 279), (324, 325)  # TIFF tags: offsets, byte counts
_ORIENTATION = 274  # EXIF and TIFF tag
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601-2, as Pillow's
_CUT_SHORT = "it is cut short: the end of the picture is missing"
_DAMAGED = "it is damaged or cut short and cannot be decoded"
_COPY_AGAIN = "Copy or export it again from its source."


def read_pages(
    data: bytes, kind: FileType, name: str, limits: Limits, only: int | None = None
) -> Iterator[np.ndarray | RefusedFileError]:
    """Decode a picture page by page: one array or one error for each page; `only` decodes just that one.

    Yields:
        (H, W) uint8 or uint16, bone as bright as in the file, upright by its EXIF orientation.

    Raises:
        RefusedFileError: nothing of the file can be read, or it is over a limit.
    """
    image = _open(data, kind, name, limits)
    pages = _count_pages(image, kind, name, limits)
    for page in range(pages) if only is None else (only,):
        label = page_name(name, page)
        try:
            image.seek(page)
            _check_size(image, label, limits)
            yield _read_page(image, data, kind, page, label)
        except RefusedFileError as error:
            if pages == 1:
                raise
            yield error
        except Exception as error:  # noqa: BLE001  a hostile file makes a decoder raise nearly anything
            refusal = UnreadableFileError(label, _DAMAGED, _COPY_AGAIN)
            if pages == 1:
                raise refusal from error
            yield refusal


def _open(data: bytes, kind: FileType, name: str, limits: Limits) -> Image.Image:
    """Read the header only; Pillow decodes at `load`."""
    _check_end(data, kind, name)
    Image.MAX_IMAGE_PIXELS = limits.pixels  # Pillow's guard is one per process, and so are the limits
    try:
        image = Image.open(io.BytesIO(data), formats=(kind.value,))
    except Image.DecompressionBombError as error:
        raise _too_large(name, f"more than {2 * limits.pixels}", limits) from error
    except Exception as error:  # noqa: BLE001  as above
        raise UnreadableFileError(name, _DAMAGED, _COPY_AGAIN) from error
    _check_size(image, name, limits)
    return image


def _check_end(data: bytes, kind: FileType, name: str) -> None:
    """Refuse what lacks its end mark. Decoders let some of that pass, with grey instead of bone."""
    match kind:
        case FileType.JPEG:
            whole = data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")
            if data.count(b"\xff\xda") > _MOST_JPEG_SCANS:
                raise FileLimitError(name, f"it has more than {_MOST_JPEG_SCANS} scans", "Save it as a plain JPEG.")
        case FileType.PNG:
            whole = b"IEND\xaeB`\x82" in data
        case FileType.WEBP:
            whole = int.from_bytes(data[4:8], "little") + 8 <= len(data)
        case _:
            whole = True
    if not whole:
        raise UnreadableFileError(name, _CUT_SHORT, _COPY_AGAIN)


def _check_size(image: Image.Image, name: str, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.pixels:
        raise _too_large(name, f"{width} x {height}", limits)


def _too_large(name: str, pixels: str, limits: Limits) -> FileLimitError:
    return FileLimitError(
        name,
        f"it has {pixels} pixels, and at most {limits.pixels} are read",
        "Reduce it, or ask for a higher FRACTURE_MAX_PIXELS.",
    )


def _count_pages(image: Image.Image, kind: FileType, name: str, limits: Limits) -> int:
    if kind is FileType.JPEG:
        return 1  # of a camera's multi-picture file the first is the picture
    if kind is not FileType.TIFF:
        if getattr(image, "is_animated", False):
            raise UnsupportedFileError(name, "it is an animation", "Save the picture itself as PNG or JPEG.")
        return 1
    pages = 0
    try:
        while pages <= limits.pages:
            image.seek(pages)
            pages += 1
    except EOFError:
        pass
    except Exception as error:  # noqa: BLE001  as above
        raise UnreadableFileError(name, _DAMAGED, _COPY_AGAIN) from error
    if pages > limits.pages:
        raise FileLimitError(
            name, f"it has more than {limits.pages} pages", "Split it, or ask for a higher FRACTURE_MAX_PAGES."
        )
    return pages


def _read_page(image: Any, data: bytes, kind: FileType, page: int, name: str) -> np.ndarray:
    inverted = False
    orientation = _orientation(image)
    deep = _has_deep_colour(image, data, kind)
    if kind is FileType.TIFF:
        inverted = _check_tiff(image, data, name)
    if kind is FileType.JPEG and image.mode == "RGB":
        image.draft("L", None)  # the luma as stored: no detour by colours that are not kept
    image.load()
    if deep:
        pixels = _read_deep_colour(data, kind, page)
    else:
        pixels = _grey(image, name)
        if kind is FileType.TIFF:
            orientation = 1  # Pillow has turned it already
    if inverted:
        pixels = np.iinfo(pixels.dtype).max - pixels
    return np.ascontiguousarray(_turn(pixels, orientation))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  broken EXIF does not make a picture unreadable
        return 1


def _turn(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation, 1 to 8; anything else counts as upright."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.T
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].T
        case 8:
            return np.rot90(pixels)
    return pixels


def _check_tiff(image: Any, data: bytes, name: str) -> bool:
    """Refuse a page whose strips or tiles lie beyond the file; True where 16-bit values mean black by their maximum."""
    tags = image.tag_v2
    for offsets, counts in (_STRIPS, _TILES):
        ends = (start + length for start, length in zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False))
        if max(ends, default=0) > len(data):
            raise UnreadableFileError(name, _CUT_SHORT, _COPY_AGAIN)
    bits = tags.get(_BITS_PER_SAMPLE, (1,))
    if image.mode == "F" or max(bits) > 16:
        raise UnsupportedFileError(name, f"it has {max(bits)} bits a sample", "Save it with 8 or 16 bits.")
    return tuple(bits) == (16,) and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO  # which Pillow leaves to its caller


def _has_deep_colour(image: Any, data: bytes, kind: FileType) -> bool:
    """Pillow keeps 16 bits of grey, but only 8 of colour and of grey with alpha."""
    if kind is FileType.PNG:
        return data[24] == 16 and image.mode not in (*_SIXTEEN_BIT_MODES, "I")  # bit depth in IHDR
    return kind is FileType.TIFF and image.mode in ("RGB", "RGBA") and 16 in image.tag_v2.get(_BITS_PER_SAMPLE, ())


def _read_deep_colour(data: bytes, kind: FileType, page: int) -> np.ndarray:
    buffer, colour = np.frombuffer(data, np.uint8), None
    if kind is FileType.PNG:
        colour = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    else:
        _, pages = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
        colour = pages[0]
    if colour is None:
        raise ValueError("it cannot be decoded")
    if colour.ndim == 2:
        return colour
    grey = colour[..., 2::-1].astype(np.float32) @ np.array(_LUMA, np.float32)
    if colour.shape[2] == 4:
        grey *= colour[..., 3].astype(np.float32) / np.iinfo(colour.dtype).max
    return np.rint(grey).astype(colour.dtype)


def _grey(image: Image.Image, name: str) -> np.ndarray:
    """Grey as in ITU-R 601-2; what is transparent lies on black."""
    if image.mode in _SIXTEEN_BIT_MODES:
        return np.asarray(image).astype(np.uint16)
    if image.mode == "I":  # signed 16 bits
        values = np.asarray(image)
        values = values - min(0, int(values.min()))
        if values.max() > np.iinfo(np.uint16).max:
            raise UnsupportedFileError(name, "it has more than 16 bits a sample", "Save it with 8 or 16 bits.")
        return values.astype(np.uint16)
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = image.convert("RGBA")
        return np.asarray(ImageChops.multiply(image.convert("RGB").convert("L"), image.getchannel("A")))
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    return np.asarray(image if image.mode == "L" else image.convert("L"))
