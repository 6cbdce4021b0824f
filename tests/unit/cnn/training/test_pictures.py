"""Training pictures: decoded once, refused by name, drawn anew for every batch, the same for the same seed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.card import InputSpec
from core.cnn.training.augmentation import PRESETS
from core.cnn.training.pictures import Pictures, draw_order, load_pictures, plain_batches, training_batches
from core.config import Limits
from core.domain import Window
from core.errors import DatasetError
from core.imaging.preprocess import preprocess
from tests.phantoms import bone, encode

SPEC = InputSpec(48, True, 1)


def write(folder: Path, count: int = 6) -> list:
    """Pictures of alternating class, the fractured ones with a box."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, files = np.random.default_rng(0), []
    for number in range(count):
        fractured = number % 2 == 0
        path = folder / f"{number}.png"
        path.write_bytes(encode(bone(rng, fractured, (60, 30)), "PNG"))
        files.append((path, fractured, ((0.25, 0.5, 0.5, 0.25),) if fractured else ()))
    return files


def load(tmp_path: Path, files: list) -> Pictures:
    return load_pictures(files, SPEC, tmp_path / "cache.npy", Limits())


def test_pixels_are_those_of_serving(tmp_path: Path) -> None:
    files = write(tmp_path / "pictures")
    pictures = load(tmp_path, files)
    assert len(pictures) == 6 and pictures.refused == ()
    np.testing.assert_array_equal(pictures.labels, [1, 0, 1, 0, 1, 0])
    pixels = bone(np.random.default_rng(0), True, (60, 30))
    expected = preprocess(pixels, Window(0, 255), SPEC)
    assert np.abs(pictures.pixels[0] / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_the_limits_given_are_those_that_hold(tmp_path: Path) -> None:
    """Pictures of 60 x 30 pixels, under a limit of just that and one below it."""
    files = write(tmp_path / "pictures")
    assert len(load_pictures(files, SPEC, tmp_path / "cache.npy", Limits(pixels=60 * 30))) == 6
    with pytest.raises(DatasetError, match="only 0 of one class could"):
        load_pictures(files, SPEC, tmp_path / "cache.npy", Limits(pixels=60 * 30 - 1))


def test_boxes_come_into_the_letterbox(tmp_path: Path) -> None:
    """60 x 30 pixels become 48 x 24, with 12 black columns on each side."""
    pictures = load(tmp_path, write(tmp_path / "pictures"))
    np.testing.assert_allclose(pictures.boxes[0], [[12 + 0.25 * 24, 0.5 * 48, 12 + 0.75 * 24, 0.75 * 48]])
    assert pictures.boxes[1].shape == (0, 4)


def test_a_fractured_picture_without_boxes_is_not_located(tmp_path: Path) -> None:
    files = write(tmp_path / "pictures")
    files[0] = (files[0][0], True, ())
    assert load(tmp_path, files).located.tolist() == [False, True, True, True, True, True]


def test_what_cannot_be_read_is_refused_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = write(tmp_path / "pictures")
    whole = files[1][0].read_bytes()
    files[1][0].write_bytes(whole[: len(whole) // 2])
    files[2][0].write_bytes(b"")
    files.insert(3, (tmp_path / "gone.png", True, ()))
    seen = []
    pictures = load_pictures(files, SPEC, tmp_path / "cache.npy", Limits(), lambda *counts: seen.append(counts))
    assert [Path(refusal.name).name for refusal in pictures.refused] == ["1.png", "2.png", "gone.png"]
    assert all(refusal.reason and refusal.remedy for refusal in pictures.refused)
    assert pictures.kept == (0, 4, 5, 6)
    np.testing.assert_array_equal(pictures.labels, [1, 0, 1, 0])
    assert seen[-1] == (7, 7) and len(seen) == 7
    images = np.concatenate(list(plain_batches(pictures, 3)))
    assert images.shape == (4, 48, 48, 1)
    np.testing.assert_allclose(images[1, ..., 0], pictures.pixels[4] / 255, atol=1e-6)


def test_one_class_is_refused(tmp_path: Path) -> None:
    files = write(tmp_path / "pictures")
    for path, fractured, _ in files:
        if fractured:
            path.write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="Both classes need pictures"):
        load(tmp_path, files)


def test_whoever_looks_on_may_stop_the_reading(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        load_pictures(write(tmp_path / "pictures", 40), SPEC, tmp_path / "cache.npy", Limits(), stop)
    assert threading.active_count() == before


def test_batches_are_fixed_by_the_seed_alone(tmp_path: Path) -> None:
    pictures = load(tmp_path, write(tmp_path / "pictures"))
    order = np.array([5, 0, 2, 3])

    def batches(order: np.ndarray, size: int, seed: tuple[int, ...]) -> dict[int, tuple]:
        found = {}
        drawn = training_batches(pictures, order, PRESETS["strong"], size, 6, seed)
        for start, batch in zip(range(0, len(order), size), drawn, strict=True):
            for row, index in enumerate(order[start : start + size]):
                found[int(index)] = (batch.images[row], batch.masks[row], batch.labels[row])
        return found

    first, same = batches(order, 3, (1, 0, 0)), batches(order[::-1], 2, (1, 0, 0))
    other = batches(order, 3, (1, 0, 1))
    for index in order:
        for one, two in zip(first[index], same[index], strict=True):
            np.testing.assert_array_equal(one, two)
        assert first[index][2] == pictures.labels[index]
        assert not np.array_equal(first[index][0], other[index][0])
    assert first[0][1].sum() > 0 and not first[5][1].any()


def test_channels_repeat(tmp_path: Path) -> None:
    pictures = load_pictures(write(tmp_path / "pictures"), InputSpec(48, False, 3), tmp_path / "cache.npy", Limits())
    (batch,) = training_batches(pictures, np.array([0, 1]), PRESETS["none"], 8, None, (0,))
    assert batch.images.shape == (2, 48, 48, 3) and batch.images.dtype == np.float32 and batch.masks is None
    np.testing.assert_array_equal(batch.images[..., 0], batch.images[..., 2])


def test_one_epoch_shows_every_fracture_and_a_share_of_the_others() -> None:
    labels = np.array([1, 0] * 50, np.float32)
    orders = [draw_order(labels, 0.4, np.random.default_rng(seed)) for seed in range(2)]
    for order in orders:
        assert len(set(order.tolist())) == len(order) == 70
        assert labels[order].sum() == 50
    assert set(orders[0].tolist()) != set(orders[1].tolist())
    assert len(draw_order(labels, 1.0, np.random.default_rng(0))) == 100


def test_a_crop_is_labelled_by_the_fracture_in_it(tmp_path: Path) -> None:
    """The label follows what the crop shows: fractured where the box is in it, and the mask with it, else not."""
    rng, files = np.random.default_rng(0), []
    for number in range(40):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encode(np.maximum(bone(rng, True, (96, 96)), 30), "PNG"))
        files.append((path, number < 39, ((0.05, 0.05, 0.1, 0.1),) if number < 39 else ()))
    pictures = load_pictures(files, InputSpec(96, True, 1), tmp_path / "cache.npy", Limits())
    order = np.arange(39)
    whole = next(training_batches(pictures, order, PRESETS["none"], 39, 12, (7,)))
    assert whole.images.shape == (39, 96, 96, 1) and whole.labels.all()
    drawn = next(training_batches(pictures, order, PRESETS["none"], 39, 6, (7,), crop=48))
    assert drawn.images.shape == (39, 48, 48, 1) and drawn.masks.shape == (39, 6, 6)
    assert 0 < drawn.labels.sum() < 39, "some crops show the box, and some do not"
    np.testing.assert_array_equal(drawn.labels > 0.5, drawn.masks.max(axis=(1, 2)) > 0)
    for image, mask, label in zip(drawn.images[..., 0], drawn.masks, drawn.labels, strict=True):
        places = [(x, y) for y in range(49) for x in range(49) if _is_cut_from(pictures.pixels, image, x, y)]
        assert len(places) == 1
        left, top = places[0]
        centre_inside = left <= 9.6 <= left + 48 and top <= 9.6 <= top + 48
        assert centre_inside == (label > 0.5)
        if label > 0.5:
            rows, columns = np.nonzero(mask)
            assert columns.min() * 8 <= 9.6 - left <= (columns.max() + 1) * 8
            assert rows.min() * 8 <= 9.6 - top <= (rows.max() + 1) * 8


def _is_cut_from(pixels: np.ndarray, image: np.ndarray, x: int, y: int) -> bool:
    wanted = np.round(image * 255).astype(np.uint8)
    return any(np.array_equal(each[y : y + 48, x : x + 48], wanted) for each in pixels)
