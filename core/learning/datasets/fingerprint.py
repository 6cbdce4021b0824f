"""Fingerprints, by which copies are found of a picture that is turned, mirrored, rescaled, re-saved or toned.

A picture that turns about its centre keeps the values on each ring about it. The amplitudes of a Fourier transform
along a ring do not change when the ring turns or is mirrored. These amplitudes are the fingerprint. One matrix product
compares the fingerprints of many pictures. `is_copy` then aligns two pictures and compares their pixels.

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

SIDE = 96  # pixels, of the square in which pictures are compared
DETAIL = 2.0  # pixels of that square: the sigma of a Gaussian; coarser structure, such as brightness, is subtracted
DISC = 0.92  # of half the side: the disc that stays in the picture at any angle
HOLE = 0.12  # of half the side: smaller rings have too few pixels
RINGS, HARMONICS = 10, 10
COARSE_SIDE, COARSE_DETAIL, COARSE_ANGLES = 64, 3.0, 64  # for the fingerprint, which must be alike in a poor copy
ANGLES = 256

# Correlations of the fine structure. The most similar pair of different radiographs in two public collections had 0.85,
# and 0.89 after refinement. Copies had 0.87 and more; copies with cut margins had 0.97 after refinement.
SAME, SAME_REFINED = 0.86, 0.95
REFINED_FROM = 0.5  # the correlation from which on the alignment is refined
MOST_REFINED = (
    0.05  # the largest shift and stretch, as a share of the side; beyond it any two simple bones can be aligned
)
STEPS, SMOOTHING = 30, 5  # of the refinement: iterations, and the side of its smoothing filter in pixels
SQUARE = 1.03  # the ratio of the sides up to which a picture counts as a square
VALUES = RINGS * HARMONICS
EMPTY = 1.0  # a largest value below this comes from rounding, not from structure; radiographs have about 30


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """The fingerprint of one square part of a picture.

    Attributes:
        values: (VALUES,) uint8, all zeros for a picture without structure.
        pixels: (SIDE, SIDE) uint8, for `is_copy`.
    """

    values: np.ndarray
    pixels: np.ndarray


def fingerprints_of(pixels: np.ndarray, window: Window) -> tuple[Fingerprint, Fingerprint]:
    """Compute the fingerprints of a picture.

    Args:
        pixels: (H, W) uint8 or uint16, MONOCHROME2.

    Returns:
        That of the whole picture stretched to a square, which finds copies with other sides; and that of the middle
        square, which finds copies turned by any angle. One and the same object where the picture is nearly a square.
    """
    height, width = pixels.shape
    shrunk = _shrink(pixels, 4 * SIDE)
    whole = _fingerprint(display(shrunk, window))
    if max(height, width) <= SQUARE * min(height, width):
        return whole, whole
    side, (height, width) = min(shrunk.shape), shrunk.shape
    top, left = (height - side) // 2, (width - side) // 2
    return whole, _fingerprint(display(shrunk[top : top + side, left : left + side], window))


def is_copy(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two pictures agree in their fine structure once one is aligned to the other.

    The alignment turns the picture, and mirrors it where that agrees better. A negative of a picture is a copy too.
    """
    one, other = (_detail(each.pixels, DETAIL) for each in (first, second))
    rings, others = (_spectrum(values, SIDE, ANGLES) for values in (one, other))
    found = []
    for mirrored in (False, True):
        product = rings * (others if mirrored else np.conj(others))
        by_angle = np.abs(np.fft.irfft(product.sum(axis=0), n=ANGLES))
        best = int(by_angle.argmax())
        found.append((float(by_angle[best]), best + _peak_offset(by_angle, best), mirrored))
    _, turn, mirrored = max(found)
    if mirrored:
        other = np.ascontiguousarray(other[::-1])
    matrix = _turn(-turn * 360 / ANGLES)
    agreement = _correlation(one, other, matrix)
    if agreement >= SAME or agreement < REFINED_FROM:
        return agreement >= SAME
    return _correlation(one, other, _refine(one, other, matrix)) >= SAME_REFINED


def _correlation(one: np.ndarray, other: np.ndarray, matrix: np.ndarray) -> float:
    disc = _disc()
    a, b = one[disc], _warp(other, matrix)[disc]
    a, b = a - a.mean(), b - b.mean()
    energy = math.sqrt(float(a @ a) * float(b @ b))
    return abs(float(a @ b)) / energy if energy > 0 else 0.0


def _warp(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(values, matrix, values.shape[::-1], flags=cv2.INTER_LINEAR)


def _refine(one: np.ndarray, other: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Shift, stretch and shear a little: a copy whose margins were cut is shifted and scaled as well as turned."""
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)  # OpenCV's maps the template to the picture
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
    mask = _disc().astype(np.uint8)
    try:
        _, found = cv2.findTransformECC(one, other, inverse, cv2.MOTION_AFFINE, criteria, mask, SMOOTHING)
    except cv2.error:  # it did not converge: the pictures are different
        return matrix
    change = cv2.invertAffineTransform(found)
    stretch = np.abs(change[:, :2] @ np.linalg.inv(matrix[:, :2]) - np.eye(2)).max()
    middle = np.array([(SIDE - 1) / 2, (SIDE - 1) / 2, 1.0])
    shift = np.abs((change - matrix) @ middle).max() / SIDE
    return change if max(stretch, shift) <= MOST_REFINED else matrix


def comparable(fingerprints: np.ndarray) -> np.ndarray:
    """Convert fingerprints, (N, VALUES) uint8, to float32 unit vectors, whose products are cosines."""
    values = fingerprints.astype(np.float32)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1.0)


def to_text(fingerprints: tuple[Fingerprint, Fingerprint]) -> str:
    """Write both fingerprints of a picture in hex, the second one only where it differs."""
    whole, middle = (each.values.tobytes().hex() for each in fingerprints)
    return whole if whole == middle else whole + middle


def from_text(text: str) -> np.ndarray:
    """Read what `to_text` wrote.

    Returns:
        (2, VALUES) uint8; zeros, which are like no fingerprint, for an empty text.

    Raises:
        ValueError: it is no hex, or of another length.
    """
    values = np.frombuffer(bytes.fromhex(text), np.uint8)
    if values.size not in (0, VALUES, 2 * VALUES):
        raise ValueError(f"a fingerprint has {VALUES} or {2 * VALUES} values, but this one {values.size}")
    return np.resize(values, (2, VALUES)) if values.size else np.zeros((2, VALUES), np.uint8)


def _fingerprint(grey: np.ndarray) -> Fingerprint:
    coarse = cv2.resize(grey, (COARSE_SIDE, COARSE_SIDE), interpolation=cv2.INTER_AREA)
    amplitudes = np.abs(_spectrum(_detail(coarse, COARSE_DETAIL), COARSE_SIDE, COARSE_ANGLES))
    bounds = np.linspace(0, len(amplitudes), RINGS + 1).astype(int)
    energy = np.stack(
        [(amplitudes[a:b, :HARMONICS] ** 2).sum(axis=0) for a, b in zip(bounds, bounds[1:], strict=False)]
    )
    values = energy**0.25  # the root of the amplitude: a bright marker must not outshine the bone
    peak = float(values.max())
    rounded = np.round(values / peak * 255).astype(np.uint8) if peak > EMPTY else np.zeros_like(values, np.uint8)
    return Fingerprint(rounded.ravel(), cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _shrink(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape
    factor = min(height, width) // side
    if factor < 2:
        return pixels
    return cv2.resize(pixels, (width // factor, height // factor), interpolation=cv2.INTER_AREA)


def _detail(grey: np.ndarray, sigma: float) -> np.ndarray:
    values = grey.astype(np.float32)
    return values - cv2.GaussianBlur(values, (0, 0), sigma)


def _spectrum(values: np.ndarray, side: int, angles: int) -> np.ndarray:
    """(rings, angles // 2 + 1) complex: each ring's Fourier transform, weighted by its share of the disc's area."""
    middle, radii = (side - 1) / 2, side // 2
    polar = cv2.warpPolar(values, (radii, angles), (middle, middle), side / 2 * DISC, cv2.INTER_LINEAR)
    first = round(HOLE * radii)
    weights = np.sqrt(np.arange(first, radii, dtype=np.float32) + 0.5)
    return np.fft.rfft((polar[:, first:] * weights).T, axis=1)


def _peak_offset(values: np.ndarray, at: int) -> float:
    """How far the peak lies from the highest sample, in [-0.5, 0.5]: of the parabola through it and its neighbours."""
    before, top, after = values[at - 1], values[at], values[(at + 1) % len(values)]
    bend = before - 2 * top + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _turn(degrees: float) -> np.ndarray:
    return cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), degrees, 1.0)


def _disc() -> np.ndarray:
    """(SIDE, SIDE) bool: inside the disc and away from its edge, where the detail of a turned picture differs."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return x * x + y * y < (SIDE / 2 * DISC - DETAIL) ** 2
