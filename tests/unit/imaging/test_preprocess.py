"""One preprocessing for training and for serving: sizes, windows, the letterbox and its way back."""

from __future__ import annotations

import numpy as np
import pytest

from core.card import InputSpec, read, to_document
from core.domain import Window
from core.errors import InvalidImageError
from core.imaging.preprocess import Geometry, batch, fit, preprocess

FULL = Window(0, 255)
LETTERBOX, STRETCH = InputSpec(64, True, 1), InputSpec(150, False, 3)


@pytest.mark.parametrize(
    ("width", "height", "geometry"),
    [
        (128, 128, (0, 0, 64, 64)),
        (256, 128, (0, 16, 64, 32)),
        (128, 256, (16, 0, 32, 64)),
        (300, 100, (0, 21, 64, 21)),
        (32, 16, (0, 16, 64, 32)),
        (10_000, 3, (0, 31, 64, 1)),
        (1, 1, (0, 0, 64, 64)),
    ],
)
def test_the_letterbox_is_centred_and_keeps_the_shape(width: int, height: int, geometry: tuple) -> None:
    found = fit(width, height, LETTERBOX)
    assert (found.left, found.top, found.inner_width, found.inner_height) == geometry
    assert (found.width, found.height, found.size) == (width, height, 64)


def test_without_a_letterbox_the_square_is_filled() -> None:
    assert fit(300, 100, STRETCH) == Geometry(300, 100, 150, 0, 0, 150, 150)


@pytest.mark.parametrize("shape", [(200, 90), (90, 200), (64, 64), (20, 30), (1, 300), (300, 1), (1, 1)])
@pytest.mark.parametrize("spec", [LETTERBOX, STRETCH])
def test_any_shape_becomes_the_square(shape: tuple[int, int], spec: InputSpec) -> None:
    pixels = np.random.default_rng(0).integers(1, 256, shape, dtype=np.uint8)
    image = preprocess(pixels, FULL, spec)
    geometry = fit(shape[1], shape[0], spec)
    assert image.shape == (spec.size, spec.size) and image.dtype == np.float32
    assert image.min() >= 0 and image.max() <= 1
    outside = np.ones_like(image, bool)
    rows = slice(geometry.top, geometry.top + geometry.inner_height)
    outside[rows, geometry.left : geometry.left + geometry.inner_width] = False
    assert not image[outside].any() and image[~outside].all()


def test_a_bright_pixel_lies_where_the_geometry_says() -> None:
    pixels = np.zeros((320, 128), np.uint8)
    pixels[200:210, 40:50] = 255
    geometry = fit(128, 320, LETTERBOX)
    rows, columns = np.nonzero(preprocess(pixels, FULL, LETTERBOX) > 0.5)
    x = (columns.mean() + 0.5 - geometry.left) * 128 / geometry.inner_width
    y = (rows.mean() + 0.5 - geometry.top) * 320 / geometry.inner_height
    assert x == pytest.approx(45, abs=2.5) and y == pytest.approx(205, abs=2.5)


def test_the_window_is_black_below_and_white_above() -> None:
    pixels = np.repeat(np.array([[0, 1000, 2000, 3000, 65535]], np.uint16), 5, axis=0)
    image = preprocess(pixels, Window(1000, 3000), InputSpec(5, False, 1))
    np.testing.assert_allclose(image[2], [0, 0, 0.5, 1, 1], atol=1e-6)


def test_eight_and_sixteen_bits_come_out_alike() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 70), dtype=np.uint8)
    deep = preprocess(pixels.astype(np.uint16) * 257, Window(0, 65535), LETTERBOX)
    np.testing.assert_allclose(deep, preprocess(pixels, FULL, LETTERBOX), atol=1 / 255)


@pytest.mark.parametrize("shape", [(1280, 64), (64, 1280)])
def test_shrinking_averages_in_both_directions(shape: tuple[int, int]) -> None:
    """Fine stripes become grey, whichever side is the long one; picking pixels would leave them black or white."""
    stripes = np.zeros(shape, np.uint8)
    if shape[0] > shape[1]:
        stripes[::3] = 255
    else:
        stripes[:, ::3] = 255
    for spec in (InputSpec(64, False, 1), LETTERBOX):
        image = preprocess(stripes, FULL, spec)
        inside = image[image > 0]
        assert inside.size and np.abs(inside - 1 / 3).max() < 0.05


MASKED = InputSpec(64, True, 1, mask_collimation=True)


def framed(left: int = 0, right: int = 0, top: int = 0, bottom: int = 0) -> np.ndarray:
    """A grey radiograph of 128 x 128 pixels with white borders this wide."""
    pixels = np.full((128, 128), 100, np.uint8)
    pixels[:, :left] = pixels[:, 128 - right :] = pixels[:top] = pixels[128 - bottom :] = 240
    return pixels


@pytest.mark.parametrize(
    "borders",
    [
        {"left": 16},
        {"right": 16},
        {"top": 16},
        {"bottom": 40},
        {"left": 16, "right": 16},
        {"left": 16, "right": 16, "top": 16, "bottom": 16},
    ],
)
def test_the_collimators_shadow_becomes_black(borders: dict[str, int]) -> None:
    """Also where two shadows meet."""
    image = preprocess(framed(**borders), FULL, MASKED)
    white = preprocess(framed(**borders), FULL, LETTERBOX) > 0.7
    assert white.any() and not image[white].any()
    np.testing.assert_allclose(image[~white], 100 / 255, atol=1e-6)


@pytest.mark.parametrize("pixels", [framed(left=2, top=2), framed(left=128), framed()])
def test_a_printed_frame_and_a_white_picture_stay(pixels: np.ndarray) -> None:
    np.testing.assert_array_equal(preprocess(pixels, FULL, MASKED), preprocess(pixels, FULL, LETTERBOX))


def test_the_shadow_in_a_letterboxed_radiograph() -> None:
    """The letterbox is added afterwards; it hides no border."""
    pixels = framed(left=16)[:64]
    image = preprocess(pixels, FULL, MASKED)
    assert not image[:, :8].any() and image[16:48, 8:].all()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.int16),
    ],
)
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InvalidImageError, match="must be .* but are"):
        preprocess(pixels, FULL, LETTERBOX)


@pytest.mark.parametrize("window", [Window(5, 5), Window(9, 3), Window(float("nan"), 3)])
def test_windows_without_a_width_are_refused(window: Window) -> None:
    with pytest.raises(InvalidImageError, match="low < high"):
        preprocess(np.zeros((4, 4), np.uint8), window, LETTERBOX)


def test_a_batch_repeats_grey_for_three_channels() -> None:
    images = [np.full((2, 2), value, np.float32) for value in (0.25, 0.75)]
    assert batch(images, InputSpec(2, True, 1)).shape == (2, 2, 2, 1)
    three = batch(images, InputSpec(2, True, 3))
    assert three.shape == (2, 2, 2, 3) and three.dtype == np.float32
    np.testing.assert_array_equal(three[1], 0.75)


def test_the_card_holds_the_whole_spec() -> None:
    for spec in (LETTERBOX, STRETCH, MASKED):
        card = to_document(spec)
        assert read(InputSpec, card) == spec
        assert card["range"] == [0.0, 1.0] and card["photometric"] == "MONOCHROME2"


@pytest.mark.parametrize("turn", range(4))
def test_the_collimators_white_shadow_is_masked_and_nothing_else(turn: int) -> None:
    limb = np.full((100, 100), 60, np.uint8)
    limb[40:60, 50:70] = 250  # bright bone, inside
    shadowed = limb.copy()
    shadowed[:, :20] = 240
    spec = InputSpec(100, True, 1, mask_collimation=True)
    prepared = preprocess(np.rot90(shadowed, turn).copy(), Window(0, 255), spec)
    expected = limb / np.float32(255)
    expected[:, :20] = 0
    assert np.allclose(np.rot90(prepared, -turn), expected)


@pytest.mark.parametrize("pixels", [np.full((64, 64), 250, np.uint8), np.tile(np.r_[[255], [40] * 63], (64, 1))])
def test_a_white_picture_and_a_thin_frame_stay(pixels: np.ndarray) -> None:
    pixels = pixels.astype(np.uint8)
    masked, plain = (InputSpec(64, True, 1, mask) for mask in (True, False))
    assert np.array_equal(preprocess(pixels, Window(0, 255), masked), preprocess(pixels, Window(0, 255), plain))
