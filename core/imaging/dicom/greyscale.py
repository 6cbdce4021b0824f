"""DICOM's greyscale pipeline as one look-up table from stored values to MONOCHROME2 pixels.

Modality LUT or rescale, then VOI LUT or window, then the presentation LUT (DICOM PS3.4 N.2), composed over all stored
values (at most 65,536) and applied to the picture once, so that nothing is rounded to 8 bits on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from core.domain import Window

_PEAK = 65535


class GreyscaleError(ValueError):
    """A greyscale transformation that makes no sense."""


@dataclass(frozen=True, slots=True)
class Greyscale:
    """The pipeline of one image.

    Attributes:
        table: (2**bits_stored,) uint8 or uint16: by the stored bits, read as unsigned, the MONOCHROME2 pixel.
        window: the display window the header asks for, in pixel values, or None.
        padded: whether some values are padding; they are pixel 0.
    """

    table: np.ndarray
    window: Window | None
    padded: bool


def compose(header: Dataset, bits: int, signed: bool, inverted: bool) -> Greyscale:
    """Read the pipeline from a header.

    Args:
        bits: bits stored, 1 to 16.
        signed: whether stored values are two's complement.
        inverted: whether the smallest value is to be shown as white.

    Raises:
        GreyscaleError: a LUT or a rescale that cannot be used.
    """
    stored = np.arange(2**bits, dtype=np.int64)
    if signed:
        stored = np.where(stored >= 2 ** (bits - 1), stored - 2**bits, stored)
    padding = _padding(header, stored)
    values, window = _apply_voi(header, _apply_modality(header, stored))
    if inverted:
        ends = values.min() + values.max()
        values = ends - values
        window = window and Window(ends - window.high, ends - window.low)
    shift, scale = _fit_into_16_bits(values)
    table = np.rint((values + shift) * scale).astype(np.uint16)
    if window:
        window = Window(float((window.low + shift) * scale), float((window.high + shift) * scale))
    table[padding] = 0
    if bits <= 8 and table.max() <= 255:
        table = table.astype(np.uint8)
    return Greyscale(table, window, bool(padding.any()))


def _padding(header: Dataset, stored: np.ndarray) -> np.ndarray:
    """Which stored values are pixel padding: one value, or a range up to PixelPaddingRangeLimit."""
    first = header.get("PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, bool)
    ends = [_as_stored(int(value), stored) for value in (first, header.get("PixelPaddingRangeLimit", first))]
    return (stored >= min(ends)) & (stored <= max(ends))


def _as_stored(value: int, stored: np.ndarray) -> int:
    """Some writers give a negative padding value as unsigned 16 bits."""
    return value - 65536 if value > 32767 and stored.min() < 0 else value


def _apply_modality(header: Dataset, stored: np.ndarray) -> np.ndarray:
    if header.get("ModalityLUTSequence"):
        first, entries = _read_lut(header.ModalityLUTSequence[0], stored.min() < 0)
        return entries[np.clip(stored - first, 0, len(entries) - 1)].astype(np.float64)
    slope, intercept = float(header.get("RescaleSlope") or 1), float(header.get("RescaleIntercept") or 0)
    values = stored * slope + intercept
    if not np.isfinite(values).all() or slope == 0:
        raise GreyscaleError("its rescale slope or intercept makes no sense")
    return values


def _apply_voi(header: Dataset, values: np.ndarray) -> tuple[np.ndarray, Window | None]:
    """A linear VOI stays a window, so that the reader can widen it; any other is applied."""
    if header.get("VOILUTSequence"):
        first, entries = _read_lut(header.VOILUTSequence[0], values.min() < 0)
        if len(entries) > 1 and np.abs(entries - np.linspace(0, entries.max(), len(entries))).max() <= 1:
            return values, Window(float(first), float(first + len(entries) - 1))
        index = np.clip(np.rint(values).astype(np.int64) - first, 0, len(entries) - 1)
        return entries[index].astype(np.float64), Window(float(entries.min()), float(max(entries.max(), 1)))
    centre, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
    if centre is None or width is None or not np.isfinite((centre, width)).all() or width <= 0:
        return values, None
    function = str(header.get("VOILUTFunction") or "LINEAR").strip().upper()
    if function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
        exponent = np.clip(-4 * (values - centre) / width, -700, 700)
        return _PEAK / (1 + np.exp(exponent)), Window(0.0, float(_PEAK))
    if function == "LINEAR" and width > 1:  # PS3.3 C.11.2.1.2.1
        centre, width = centre - 0.5, width - 1
    return values, Window(centre - width / 2, centre + width / 2)


def _first(value: Any) -> float | None:
    """The first of several values: of several windows it is the default one."""
    if value is None or value == "":
        return None
    return float(value) if isinstance(value, (int, float, str)) else _first(next(iter(value), None))


def _read_lut(item: Dataset, negative: bool) -> tuple[int, np.ndarray]:
    """First mapped value and entries of a LUT (PS3.3 C.11.1.1), whatever way the entries are packed."""
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = count or 65536
    if first > 32767 and negative:
        first -= 65536
    data = item.LUTData
    if isinstance(data, bytes):
        order = ">" if item.original_encoding[1] is False else "<"
        words = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")
    else:
        words = np.asarray(data, np.uint16)
    if len(words) < count <= 2 * len(words) and bits <= 8:
        words = words.astype("<u2").view(np.uint8)
    if len(words) < count:
        raise GreyscaleError("its look-up table is shorter than it says")
    return first, words[:count].astype(np.int64)


def _fit_into_16_bits(values: np.ndarray) -> tuple[float, float]:
    """Shift and scale that bring the values into uint16, (0, 1) where they are there already."""
    low, high = float(values.min()), float(values.max())
    whole = bool(np.all(values == np.rint(values)))
    if whole and low >= 0 and high <= _PEAK:
        return 0.0, 1.0
    if whole and high - low <= _PEAK:
        return -low, 1.0
    return -low, _PEAK / (high - low) if high > low else 1.0
