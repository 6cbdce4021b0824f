"""The heatmap lies where the network looked, to a pixel; what is below the threshold is left alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.card import InputSpec
from core.domain import Window
from core.errors import InvalidImageError
from core.imaging.overlay import COLOUR_MAPS, colour_table, display, render, resize_to_radiograph, thumbnail
from core.imaging.preprocess import fit, preprocess

SHAPES = [(640, 480), (480, 640), (333, 777), (1001, 999), (512, 512), (61, 83), (300, 1501)]


def spot(width: int, height: int, x: float, y: float, radius: float) -> np.ndarray:
    row, column = np.arange(height)[:, np.newaxis], np.arange(width)
    return 255 * np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * radius**2))


def centre(values: np.ndarray) -> tuple[float, float]:
    row, column = np.arange(values.shape[0])[:, np.newaxis], np.arange(values.shape[1])
    return float((values * column).sum() / values.sum()), float((values * row).sum() / values.sum())


@pytest.mark.parametrize("letterbox", [True, False])
@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_bright_spot_comes_back_to_its_place(width, height, letterbox):
    """Preprocess a radiograph with one bright spot, take the result as the heatmap, lay it back."""
    spec = InputSpec(224, letterbox, 1)
    geometry = fit(width, height, spec)
    rng = np.random.default_rng(width)
    radius = 1.5 * max(width, height, 224) / 224
    margin = 4 * radius
    for _ in range(3):
        x, y = rng.uniform(margin, width - margin), rng.uniform(margin, height - margin)
        pixels = np.rint(spot(width, height, x, y, radius)).astype(np.uint8)
        values = resize_to_radiograph(preprocess(pixels, Window(0, 255), spec), geometry)
        assert values.shape == (height, width) and values.dtype == np.float32
        assert np.abs(np.subtract(centre(values), (x, y))).max() < 0.5


@pytest.mark.parametrize("letterbox", [True, False])
@pytest.mark.parametrize(("width", "height"), SHAPES)
@pytest.mark.parametrize("grid", [(7, 7), (12, 12), (24, 24), (1, 1)])
def test_a_cell_peaks_at_its_centre(width, height, letterbox, grid):
    geometry = fit(width, height, InputSpec(192, letterbox, 3))
    rows, columns = grid
    row, column = rows // 2, columns // 2
    values = np.zeros(grid, np.float32)
    values[row, column] = 1
    laid = resize_to_radiograph(values, geometry)
    x = ((column + 0.5) * 192 / columns - geometry.left) * width / geometry.inner_width - 0.5
    y = ((row + 0.5) * 192 / rows - geometry.top) * height / geometry.inner_height - 0.5
    peak = np.argwhere(laid >= laid.max() - 1e-6).mean(axis=0)
    if grid != (1, 1):
        assert abs(peak[1] - x) <= 1 and abs(peak[0] - y) <= 1
    assert laid.min() >= 0 and laid.max() <= 1 + 1e-6


def test_constant_maps_stay_constant_and_borders_are_not_faded():
    geometry = fit(301, 200, InputSpec(96, True, 1))
    np.testing.assert_allclose(resize_to_radiograph(np.full((6, 6), 0.7, np.float32), geometry), 0.7, rtol=1e-6)


def test_below_the_threshold_the_radiograph_is_untouched():
    grey = np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8)
    values = np.linspace(0, 1, 1200, dtype=np.float32).reshape(40, 30)
    for name in COLOUR_MAPS:
        picture = render(grey, values, name, opacity=0.6, threshold=0.5)
        assert picture.shape == (40, 30, 3) and picture.dtype == np.uint8
        under = values < 0.5
        np.testing.assert_array_equal(picture[under], np.repeat(grey[under][:, np.newaxis], 3, axis=1))
        assert np.any(picture[~under] != grey[~under][:, np.newaxis], axis=1).mean() > 0.95
    untouched = np.repeat(grey[..., np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(render(grey, values, opacity=0), untouched)
    np.testing.assert_array_equal(render(grey, np.zeros_like(values), opacity=1, threshold=0), untouched)
    np.testing.assert_array_equal(render(grey, np.full_like(values, np.nan), opacity=1, threshold=0), untouched)


def test_colours_are_rgb_and_opacity_blends():
    grey, values = np.full((4, 4), 100, np.uint8), np.ones((4, 4), np.float32)
    full = render(grey, values, "inferno", opacity=1)[0, 0]
    assert full[0] > 240 and full[1] > 240 and full[2] < 190  # inferno ends in a pale yellow
    start = render(grey, values * 0.01, "viridis", opacity=1, threshold=0)[0, 0]
    assert start[2] > start[1] and start[0] > start[1]  # viridis begins in violet
    half = render(grey, values, "inferno", opacity=0.5)[0, 0]
    np.testing.assert_allclose(half, (full.astype(float) + 100) / 2, atol=1)


def test_what_cannot_be_drawn_is_said():
    grey, values = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.float32)
    for wrong in (
        lambda: render(grey, values[:3]),
        lambda: render(grey.astype(np.uint16), values),
        lambda: render(grey, values, "jet"),
        lambda: render(grey, values, opacity=1.5),
        lambda: resize_to_radiograph(np.zeros((0, 4), np.float32), fit(10, 10, InputSpec(8, True, 1))),
        lambda: display(grey, Window(3, 3)),
        lambda: display(grey.astype(np.float32), Window(0, 1)),
    ):
        with pytest.raises(InvalidImageError):
            wrong()


def test_display_applies_the_window():
    pixels = np.array([[0, 100, 150, 200, 65535]], np.uint16)
    np.testing.assert_array_equal(display(pixels, Window(100, 200)), [[0, 0, 128, 255, 255]])
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(display(eight, Window(0, 255)), eight)
    np.testing.assert_array_equal(display(eight[:1], Window(-38.5, 985.2)).shape, (1, 16))


@pytest.mark.parametrize(("width", "height"), [(400, 200), (100, 3000), (20, 10), (1, 1)])
def test_thumbnails_keep_the_shape(width, height):
    grey = np.full((height, width), 90, np.uint8)
    with Image.open(io.BytesIO(thumbnail(grey))) as image:
        assert image.format == "WEBP"
        scale = min(1, 96 / max(width, height))
        assert image.size == (max(1, round(width * scale)), max(1, round(height * scale)))
        assert abs(int(np.asarray(image.convert("L")).mean()) - 90) <= 3


def test_a_colour_table_has_the_colours_that_are_drawn():
    levels = np.tile(np.arange(256, dtype=np.float32) / 255, (2, 1))
    for name in COLOUR_MAPS:
        drawn = render(np.zeros((2, 256), np.uint8), levels, name, opacity=1.0, threshold=0.0)
        assert np.array_equal(drawn[0, 1:], colour_table(name)[1:])
