"""What a picture looks like, however it is turned, mirrored, rescaled, re-saved or toned: for finding its copies.

A picture turned about its centre keeps what lies on each ring about it, and the amplitudes of a Fourier transform along
the ring do not change when the ring turns or is mirrored. These amplitudes are the fingerprint: it finds copies among
many pictures by one matrix product. `is_copy` then aligns two pictures and compares them for sure.

Source: the polar Fourier transform of Casasent and Psaltis 1976, Appl. Opt. 15(7), without its change of scale; the
fine alignment is that of Evangelidis and Psarakis 2008, IEEE TPAMI 30(10).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from core.domain import Window
from core.imaging.overlay import display

SIDE = 96  # of the square that pictures are compared in
DETAIL = 2.0  # pixels of that square: coarser structure, such as brightness, is taken away
DISC = 0.92  # of half the side: what stays in the picture however it is turned
HOLE = 0.12  # of half the side: rings so small say little
RINGS, HARMONICS = 10, 10
COARSE_SIDE, COARSE_DETAIL, COARSE_ANGLES = 64, 3.0, 64  # for the fingerprint, which must not mind a poor copy
ANGLES = 256

# Correlations of the fine structure. The most similar different radiographs of two public collections agreed by 0.85,
# and by 0.89 once one was moved and stretched to fit; copies by 0.87 and more, and with cut margins by 0.97 after that.
SAME, SAME_REFINED = 0.86, 0.95
HOPEFUL = 0.5  # from here on moving and stretching is tried
LITTLE = 0.05  # how much, as a share of the side: beyond that one simple bone can be laid onto any other
STEPS, SMOOTHING = 30, 5  # of it: iterations, and pixels of the filter it smoothes with
SQUARE = 1.03  # the ratio of the sides up to which a picture counts as a square
VALUES = RINGS * HARMONICS
EMPTY = 1.0  # a largest value below this comes from rounding, not from structure; radiographs have about 30


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """One way to see a picture as a square.

    Attributes:
        fingerprint: (VALUES,) uint8, all zeros for a picture without structure.
        pixels: (SIDE, SIDE) uint8, for `is_copy`.
    """

    fingerprint: np.ndarray
    pixels: np.ndarray


def fingerprints_of(pixels: np.ndarray, window: Window) -> tuple[Fingerprint, Fingerprint]:
    """The whole picture stretched to a square, and its middle square; one and the same where it is a square.

    The first finds copies whose sides were changed, the second those turned by any angle.

    Args:
        pixels: (H, W) uint8 or uint16, MONOCHROME2.
    """
    height, width = pixels.shape
    shrunk = _shrink(pixels, 4 * SIDE)
    whole = _look(display(shrunk, window))
    if max(height, width) <= SQUARE * min(height, width):
        return whole, whole
    side, (height, width) = min(shrunk.shape), shrunk.shape
    top, left = (height - side) // 2, (width - side) // 2
    return whole, _look(display(shrunk[top : top + side, left : left + side], window))


def is_copy(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two pictures agree in fine structure once one is turned, and mirrored if need be, onto the other.

    A negative of the other is a copy, too.
    """
    one, other = (_detail(look.pixels, SIDE, DETAIL) for look in (first, second))
    rings, others = (_spectrum(values, SIDE, ANGLES) for values in (one, other))
    found = []
    for mirrored in (False, True):
        product = rings * (others if mirrored else np.conj(others))
        by_angle = np.abs(np.fft.irfft(product.sum(axis=0), n=ANGLES))
        best = int(by_angle.argmax())
        found.append((float(by_angle[best]), best + _summit(by_angle, best), mirrored))
    _, turn, mirrored = max(found)
    if mirrored:
        other = np.ascontiguousarray(other[::-1])
    matrix = _turn(-turn * 360 / ANGLES)
    agreement = _correlation(one, other, matrix)
    if agreement >= SAME or agreement < HOPEFUL:
        return agreement >= SAME
    return _correlation(one, other, _refine(one, other, matrix)) >= SAME_REFINED


def _correlation(one: np.ndarray, other: np.ndarray, matrix: np.ndarray) -> float:
    disc = _disc()
    a, b = one[disc], _lay(other, matrix)[disc]
    a, b = a - a.mean(), b - b.mean()
    energy = math.sqrt(float(a @ a) * float(b @ b))
    return abs(float(a @ b)) / energy if energy > 0 else 0.0


def _lay(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(values, matrix, values.shape[::-1], flags=cv2.INTER_LINEAR)


def _refine(one: np.ndarray, other: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Move, stretch and shear a little: a copy whose margins were cut is shifted and scaled as well as turned."""
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)  # it maps the template to the picture
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
    mask = _disc().astype(np.uint8)
    try:
        _, found = cv2.findTransformECC(one, other, inverse, cv2.MOTION_AFFINE, criteria, mask, SMOOTHING)
    except cv2.error:  # it did not converge: these are different pictures
        return matrix
    change = cv2.invertAffineTransform(found)
    stretch = np.abs(change[:, :2] @ np.linalg.inv(matrix[:, :2]) - np.eye(2)).max()
    middle = np.array([(SIDE - 1) / 2, (SIDE - 1) / 2, 1.0])
    shift = np.abs((change - matrix) @ middle).max() / SIDE
    return change if max(stretch, shift) <= LITTLE else matrix


def comparable(fingerprints: np.ndarray) -> np.ndarray:
    """Fingerprints (N, VALUES) uint8 as unit vectors, float32, so that their products say how alike they are."""
    values = fingerprints.astype(np.float32)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1.0)


def to_text(seen: tuple[Fingerprint, Fingerprint]) -> str:
    """For a manifest: both fingerprints in hex, the second only where it differs."""
    whole, middle = (look.fingerprint.tobytes().hex() for look in seen)
    return whole if whole == middle else whole + middle


def from_text(text: str) -> np.ndarray:
    """(2, VALUES) uint8, as `to_text` wrote it; zeros, which are like nothing, for an empty text."""
    values = np.frombuffer(bytes.fromhex(text), np.uint8)
    if values.size not in (0, VALUES, 2 * VALUES):
        raise ValueError(f"a fingerprint has {VALUES} or {2 * VALUES} values, but this one {values.size}")
    return np.resize(values, (2, VALUES)) if values.size else np.zeros((2, VALUES), np.uint8)


def _look(grey: np.ndarray) -> Fingerprint:
    coarse = cv2.resize(grey, (COARSE_SIDE, COARSE_SIDE), interpolation=cv2.INTER_AREA)
    amplitudes = np.abs(_spectrum(_detail(coarse, COARSE_SIDE, COARSE_DETAIL), COARSE_SIDE, COARSE_ANGLES))
    bounds = np.linspace(0, len(amplitudes), RINGS + 1).astype(int)
    energy = np.stack(
        [(amplitudes[a:b, :HARMONICS] ** 2).sum(axis=0) for a, b in zip(bounds, bounds[1:], strict=False)]
    )
    values = energy**0.25  # the root of the amplitude: a bright marker must not outshine the bone
    peak = float(values.max())
    fingerprint = np.round(values / peak * 255).astype(np.uint8) if peak > EMPTY else np.zeros_like(values, np.uint8)
    return Fingerprint(fingerprint.ravel(), cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _shrink(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape
    factor = min(height, width) // side
    if factor < 2:
        return pixels
    return cv2.resize(pixels, (width // factor, height // factor), interpolation=cv2.INTER_AREA)


def _detail(grey: np.ndarray, side: int, sigma: float) -> np.ndarray:
    values = grey.astype(np.float32)
    return values - cv2.GaussianBlur(values, (0, 0), sigma)


def _spectrum(values: np.ndarray, side: int, angles: int) -> np.ndarray:
    """(rings, angles // 2 + 1) complex: each ring's Fourier transform, weighted by its share of the disc's area."""
    middle, radii = (side - 1) / 2, side // 2
    polar = cv2.warpPolar(values, (radii, angles), (middle, middle), side / 2 * DISC, cv2.INTER_LINEAR)
    first = round(HOLE * radii)
    weights = np.sqrt(np.arange(first, radii, dtype=np.float32) + 0.5)
    return np.fft.rfft((polar[:, first:] * weights).T, axis=1)


def _summit(values: np.ndarray, at: int) -> float:
    """Where between the samples the highest lies: the parabola through it and its neighbours, in [-0.5, 0.5]."""
    before, top, after = values[at - 1], values[at], values[(at + 1) % len(values)]
    bend = before - 2 * top + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _turn(degrees: float) -> np.ndarray:
    return cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), degrees, 1.0)


def _disc() -> np.ndarray:
    """(SIDE, SIDE) bool: inside the disc, away from its edge, across which the detail of a turned picture differs."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return x * x + y * y < (SIDE / 2 * DISC - DETAIL) ** 2
