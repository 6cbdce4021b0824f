"""Copies are found however a picture was turned, mirrored, rescaled, re-saved or toned; different pictures are not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.config import Limits
from core.domain import Window
from core.imaging.decode import decode_stored
from core.learning.datasets.duplicates import Candidate, find_copies, find_groups
from core.learning.datasets.fingerprint import VALUES, Fingerprint, fingerprints_of, from_text, is_copy, to_text
from core.learning.datasets.manifest import Item, Split
from tests.phantoms import encode
from tests.unit.learning.pictures import SIZE, marked

Change = Callable[[np.ndarray], np.ndarray]


def picture(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return marked(seed, bool(seed % 2), size)


def seen(pixels: np.ndarray) -> Candidate:
    return Candidate(hashlib.sha256(pixels.tobytes()).hexdigest(), fingerprints_of(pixels, Window(0, 255)))


def turned(pixels: np.ndarray, degrees: float) -> np.ndarray:
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    return cv2.warpAffine(pixels, matrix, (width, height))


def saved_again(pixels: np.ndarray) -> np.ndarray:
    return decode_stored(encode(pixels, "JPEG", quality=40), 0, Limits())


def toned(pixels: np.ndarray) -> np.ndarray:
    return np.clip(pixels.astype(np.float32) * 0.7 + 40, 0, 255).astype(np.uint8)


CHANGES: dict[str, Change] = {
    **{f"turned by {90 * k}": (lambda p, k=k: np.ascontiguousarray(np.rot90(p, k))) for k in (1, 2, 3)},
    **{f"mirrored, turned by {90 * k}": (lambda p, k=k: np.rot90(p[:, ::-1], k).copy()) for k in range(4)},
    "saved again": saved_again,
    "rescaled": lambda p: cv2.resize(p, (150, 188), interpolation=cv2.INTER_AREA),
    "enlarged": lambda p: cv2.resize(p, None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC),
    "squashed": lambda p: cv2.resize(p, (224, 224), interpolation=cv2.INTER_AREA),
    "toned": toned,
    "a negative": lambda p: 255 - p,
    "margins cut": lambda p: p[4:-3, 3:-4].copy(),
    "turned, mirrored, rescaled and saved again": lambda p: saved_again(cv2.resize(np.rot90(p)[::-1], (200, 160))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_copy_is_found_among_others(change: Change) -> None:
    originals = [picture(seed) for seed in range(12)]
    found = find_groups([seen(each) for each in (*originals, change(originals[5]))])
    assert [group for group in found if len(group) > 1] == [[5, 12]]


@pytest.mark.parametrize("degrees", [1, 7, 30, 45, 100, 211])
@pytest.mark.parametrize("size", [(256, 256), (320, 256)])
def test_a_copy_turned_by_any_angle_is_found(degrees: float, size: tuple[int, int]) -> None:
    originals = [picture(seed, size) for seed in range(12)]
    found = find_groups([seen(each) for each in (*originals, turned(originals[5], degrees))])
    assert [group for group in found if len(group) > 1] == [[5, 12]]


def test_groups_are_complete_whatever_the_order() -> None:
    copies = [change(picture(seed)) for seed in range(3) for change in (np.copy, np.fliplr, toned, saved_again)]
    order = np.random.default_rng(0).permutation(len(copies))
    found = find_groups([seen(np.ascontiguousarray(copies[index])) for index in order])
    assert {frozenset(int(order[index]) // 4 for index in group) for group in found} == {
        frozenset({0}),
        frozenset({1}),
        frozenset({2}),
    }
    assert sorted(index for group in found for index in group) == list(range(12))


def test_every_file_of_the_same_bytes_is_in_the_group() -> None:
    one, other = seen(picture(1)), seen(picture(2))
    assert find_groups([one, other, one, one]) == [[0, 2, 3], [1]]
    assert find_groups([]) == []


def test_pictures_without_structure_are_no_copies_of_anything() -> None:
    blanks = [np.full(SIZE, value, np.uint8) for value in (0, 90, 255)]
    assert find_groups([seen(each) for each in (*blanks, picture(1))]) == [[0], [1], [2], [3]]
    assert not is_copy(seen(blanks[0]).fingerprints[0], seen(picture(1)).fingerprints[0])


def test_a_chain_of_small_steps_does_not_join_its_ends() -> None:
    """Each picture is nearly the one before it, the last is another one than the first."""
    first, last = picture(1).astype(np.float32), picture(4).astype(np.float32)
    steps = [np.rint(first + (last - first) * share).astype(np.uint8) for share in np.linspace(0, 1, 40)]
    of = {index: number for number, group in enumerate(find_groups([seen(s) for s in steps])) for index in group}
    assert of[0] == of[1]
    assert of[0] != of[39]


def test_a_square_picture_has_one_look_and_another_one_two() -> None:
    whole, middle = fingerprints_of(picture(1, (200, 200)), Window(0, 255))
    assert whole is middle
    whole, middle = fingerprints_of(picture(1, (200, 120)), Window(0, 255))
    assert whole is not middle


def test_sixteen_bits_under_their_window_look_like_eight() -> None:
    eight = picture(3)
    sixteen = eight.astype(np.uint16) * 16 + 500
    assert np.array_equal(
        fingerprints_of(sixteen, Window(500, 500 + 255 * 16))[0].values,
        fingerprints_of(eight, Window(0, 255))[0].values,
    )


def test_fingerprints_survive_as_text() -> None:
    for size in ((200, 200), (200, 120)):
        both = fingerprints_of(picture(1, size), Window(0, 255))
        assert np.array_equal(from_text(to_text(both)), np.stack([each.values for each in both]))
    assert not from_text("").any()
    with pytest.raises(ValueError, match="fingerprint has"):
        from_text("00")


def test_copies_between_manifests_are_told_without_files() -> None:
    def item(pixels: np.ndarray, name: str, fingerprint: bool = True) -> Item:
        each = seen(pixels)
        text = to_text(each.fingerprints) if fingerprint else ""
        return Item(each.sha256, name, "here", Split.TRAIN, True, each.sha256, fingerprint=text)

    first = [item(picture(seed), f"{seed}") for seed in range(8)] + [item(picture(20), "bare", False)]
    second = [
        item(np.ascontiguousarray(np.rot90(picture(3))), "turned"),
        item(picture(30), "other"),
        item(picture(20), "same bytes", False),
        item(picture(31), "bare other", False),
    ]
    assert [each.file for each in find_copies(first, second)] == ["turned", "same bytes"]
    assert find_copies([], second) == ()
    assert find_copies(first, []) == ()


def test_an_empty_fingerprint_is_all_zeros() -> None:
    fingerprint = fingerprints_of(np.full((64, 64), 90, np.uint8), Window(0, 255))[0]
    assert isinstance(fingerprint, Fingerprint)
    assert fingerprint.values.shape == (VALUES,)
    assert not fingerprint.values.any()
