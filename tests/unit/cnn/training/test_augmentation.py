"""Augmentation repeats, keeps its promises at the ends, and takes the boxes along."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.cnn.training.augmentation import HIGHEST, PRESETS, Augmentation, augment, rasterise
from core.errors import TrainingError
from tests.phantoms import bone

SIZE = 64
BOX = np.array([[20, 12, 31, 23]], np.float32)  # left, top, right, bottom: the pixels of a bright square


def phantom() -> np.ndarray:
    """(SIZE, SIZE) float32 in [0, 1]."""
    return bone(np.random.default_rng(0), True, (SIZE, SIZE)).astype(np.float32) / 255


def square() -> np.ndarray:
    """Black, but for a bright square on `BOX`."""
    image = np.zeros((SIZE, SIZE), np.float32)
    image[12:24, 20:32] = 1.0
    return image


def draw(settings: Augmentation, seed: int, image: np.ndarray, boxes: np.ndarray | None = None):
    return augment(image, settings, np.random.default_rng(seed), boxes)


@pytest.mark.parametrize("preset", ["seed", "gentle", "strong"])
def test_a_draw_repeats_and_another_differs(preset: str) -> None:
    (first, _), (again, _), (other, _) = (draw(PRESETS[preset], seed, phantom()) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_pictures_stay_pictures(preset: str) -> None:
    before = phantom()
    for seed in range(5):
        image, _ = draw(PRESETS[preset], seed, before)
        assert image.shape == (SIZE, SIZE) and image.dtype == np.float32
        assert image.min() >= 0 and image.max() <= 1
    np.testing.assert_array_equal(before, phantom())


def test_none_is_the_identity() -> None:
    image, corners = draw(PRESETS["none"], 0, phantom(), BOX)
    np.testing.assert_array_equal(image, phantom())
    np.testing.assert_array_equal(corners[0], [(20, 12), (31, 12), (31, 23), (20, 23)])


@pytest.mark.parametrize(
    ("settings", "turned"),
    [
        (Augmentation(horizontal_flip=1.0), (slice(None), slice(None, None, -1))),
        (Augmentation(vertical_flip=1.0), (slice(None, None, -1), slice(None))),
        (Augmentation(horizontal_flip=1.0, vertical_flip=1.0), (slice(None, None, -1), slice(None, None, -1))),
    ],
)
def test_flips_are_exact(settings: Augmentation, turned: tuple[slice, slice]) -> None:
    for size in (SIZE, 75, 150):
        image = bone(np.random.default_rng(1), False, (size, size)).astype(np.float32) / 255
        np.testing.assert_allclose(draw(settings, 0, image)[0], image[turned], atol=1e-6)


def test_half_of_the_draws_flip() -> None:
    flipped = [
        not np.allclose(draw(Augmentation(horizontal_flip=0.5), seed, square())[0], square()) for seed in range(80)
    ]
    assert 25 <= sum(flipped) <= 55


@pytest.mark.parametrize("preset", ["seed", "strong"])
def test_boxes_move_with_the_picture(preset: str) -> None:
    """The bright square is where its box says, to a pixel of blur, in every draw."""
    for seed in range(30):
        image, corners = draw(PRESETS[preset], seed, square(), BOX)
        mask = rasterise(corners, SIZE, SIZE) > 0.5
        bright = image > 0.5
        assert bright.sum() > 40
        rows, columns = np.nonzero(bright)
        box_rows, box_columns = np.nonzero(mask)
        assert abs(rows.mean() - box_rows.mean()) < 1 and abs(columns.mean() - box_columns.mean()) < 1
        assert (bright & mask).sum() / (bright | mask).sum() > 0.6


def test_a_fracture_never_leaves_the_picture() -> None:
    """A box at the edge: draws that would move its middle out are drawn again."""
    edge = np.array([[56, 56, 63, 63]], np.float32)
    settings = Augmentation(shift=0.3, zoom=0.3)
    for seed in range(40):
        _, corners = draw(settings, seed, phantom(), edge)
        assert np.all((corners.mean(axis=1) >= 0) & (corners.mean(axis=1) <= SIZE - 1))


def test_black_stays_black() -> None:
    """The letterbox carries no light that brightness could change."""
    image = square() * 0.5
    for seed in range(5):
        changed, _ = draw(Augmentation(brightness=0.3, contrast=0.5), seed, image)
        assert not changed[image == 0].any()
        assert not np.allclose(changed, image)


@pytest.mark.parametrize(
    "name", ["brightness", "contrast", "noise", "blur", "cut_out", "shear", "zoom", "rotation", "shift"]
)
def test_each_setting_changes_the_picture(name: str) -> None:
    image, corners = draw(Augmentation(**{name: HIGHEST[name]}), 3, phantom(), BOX)
    assert np.abs(image - phantom()).mean() > 1e-3
    moved = not np.allclose(corners, draw(PRESETS["none"], 0, phantom(), BOX)[1])
    assert moved == (name in ("shear", "zoom", "rotation", "shift"))


@pytest.mark.parametrize("name", [item.name for item in fields(Augmentation)])
def test_strengths_out_of_range_are_refused(name: str) -> None:
    for value in (-0.01, HIGHEST[name] + 0.01, float("nan")):
        with pytest.raises(TrainingError, match=f"{name} must lie between 0 and {HIGHEST[name]:g}, but is {value}"):
            Augmentation(**{name: value})
    Augmentation(**{name: HIGHEST[name]})


def test_boxes_on_a_grid() -> None:
    corners = np.array([[(0, 0), (15, 0), (15, 15), (0, 15)]], np.float32)
    grid = rasterise(corners, 64, 4)
    assert grid.shape == (4, 4)
    assert grid[0, 0] == 1 and grid.sum() == 1
    assert not rasterise(np.zeros((0, 4, 2), np.float32), 64, 4).any()
