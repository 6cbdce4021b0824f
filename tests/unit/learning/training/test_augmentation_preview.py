"""The preview is what training would see: the same function, repeatable, and steady under a slider."""

from __future__ import annotations

import numpy as np

from core.card import InputSpec
from core.cnn.training.augmentation import PRESETS, Augmentation, augment
from core.domain import Radiograph, Window
from core.imaging.preprocess import preprocess
from core.learning.training.augmentation_preview import DRAWS, SPEC, preview
from tests.phantoms import bone

PIXELS = bone(np.random.default_rng(0), True, (256, 192))
RADIOGRAPH = Radiograph("0" * 64, 0, "x.png", PIXELS, 8, "PNG", Window(0, 255))


def test_it_is_drawn_by_the_function_that_trains() -> None:
    drawn = preview(RADIOGRAPH, PRESETS["strong"], seed=3)
    assert drawn.shape == (DRAWS, SPEC.size, SPEC.size) and drawn.dtype == np.uint8
    prepared = preprocess(PIXELS, RADIOGRAPH.window, SPEC)
    expected, _ = augment(prepared, PRESETS["strong"], np.random.default_rng([3, 5]))
    assert np.array_equal(drawn[5], np.round(expected * 255))
    assert len({each.tobytes() for each in drawn}) == DRAWS


def test_one_seed_one_picture() -> None:
    assert np.array_equal(*(preview(RADIOGRAPH, PRESETS["strong"], seed=1) for _ in range(2)))
    assert not np.array_equal(preview(RADIOGRAPH, PRESETS["gentle"], seed=1), preview(RADIOGRAPH, PRESETS["gentle"]))


def test_nothing_changes_without_augmentation() -> None:
    drawn = preview(RADIOGRAPH, PRESETS["none"], draws=3, spec=InputSpec(64, True, 1))
    assert drawn.shape == (3, 64, 64)
    assert np.array_equal(drawn[0], drawn[2])


def test_a_slider_moves_a_draw_steadily() -> None:
    """The same turn, twice as far: where the first draw goes with 10 degrees, it goes on with 20."""
    still, little, far = (preview(RADIOGRAPH, Augmentation(rotation=r), seed=0).astype(float) for r in (0, 5, 10))
    differences = [(np.abs(little[k] - still[k]).mean(), np.abs(far[k] - still[k]).mean()) for k in range(DRAWS)]
    assert all(less < more for less, more in differences)
