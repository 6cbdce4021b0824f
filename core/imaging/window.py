"""Grey values: look-up tables, and the display window of a radiograph whose file does not give one."""

from __future__ import annotations

import numpy as np

from core.domain import Window

_PIXELS_AT_ONCE = 1_000_000  # NumPy widens an index to 64 bits: keep that copy small
_SAMPLE = 1_000_000  # pixels looked at
_TAILS = (0.5, 99.5)  # percentiles that leave out markers and dead pixels
_NARROW = 1 / 3  # share of the range below which a picture would look flat or black


def information_bits(pixels: np.ndarray) -> int:
    """The bits that the largest value needs, 8 to 16: a 12-bit detector's picture in a 16-bit file has 12."""
    return max(8, int(pixels.max()).bit_length())


def default_window(pixels: np.ndarray, padding: int | None = None) -> Window:
    """Choose the values shown as black and as white.

    8 bits are shown as they are. More bits are shown over the range that is in use, [0, 2**bits - 1], so that a picture
    looks alike in 8 and in 16 bits; where nearly all of its values fill only a small part of that range, over these.

    Args:
        pixels: (H, W) uint8 or uint16.
        padding: a value to leave out, where other values are left.
    """
    if pixels.dtype == np.uint8:
        return Window(0.0, 255.0)
    step = max(1, int(np.sqrt(pixels.size / _SAMPLE)))
    sample = pixels[::step, ::step].ravel()
    if padding is not None and np.any(sample != padding):
        sample = sample[sample != padding]
    low, high = (float(value) for value in np.percentile(sample, _TAILS))
    white = float(2 ** information_bits(pixels) - 1)
    if high - low >= _NARROW * white or high <= low:
        return Window(0.0, white)
    return Window(low, high)


def look_up(table: np.ndarray, stored: np.ndarray, shift: int = 0) -> np.ndarray:
    """Map stored values (any shape, unsigned) by `table`, after dropping `shift` low bits and what lies above it."""
    flat = stored.reshape(-1)
    pixels = np.empty(flat.shape, table.dtype)
    for start in range(0, flat.size, _PIXELS_AT_ONCE):
        part = slice(start, start + _PIXELS_AT_ONCE)
        pixels[part] = table[(flat[part] >> shift) & (len(table) - 1)]
    return pixels.reshape(stored.shape)
