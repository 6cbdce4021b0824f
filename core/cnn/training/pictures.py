"""Training pictures: decoded once into a cache on disk, augmented anew for every batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.card import InputSpec
from core.cnn.training.augmentation import Augmentation, augment, rasterise
from core.config import Limits
from core.domain import Refusal
from core.errors import DatasetError, RefusedFileError
from core.imaging.decode import decode_one
from core.imaging.preprocess import Geometry, batch, fit, preprocess

THREADS = 2
CROP_TRIES = 12  # places drawn for a crop before it is taken as it comes
CROP_ON_BOX = 0.7  # of a fractured radiograph's crops, the share that is drawn around one of its boxes
SHOWN_SHARE, HIDDEN_SHARE = 0.6, 0.1  # of a box inside a crop: from which on it counts as shown, up to which not
LIT_SHARE = 0.5  # the share of a crop that must be more than background
Boxes = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Decoded and preprocessed pictures.

    Attributes:
        pixels: (N, size, size) uint8, a memory map.
        labels: (N,) float32, 1 for fractured.
        boxes: per picture (M, 4) float32 left, top, right, bottom in input pixels.
        located: (N,) bool; False for a fractured picture without boxes, whose evidence map is not taught.
        kept: indices into the examples given, of those that could be read.
        refused: the others.
    """

    pixels: np.ndarray
    labels: np.ndarray
    boxes: tuple[np.ndarray, ...]
    located: np.ndarray
    kept: tuple[int, ...]
    refused: tuple[Refusal, ...]
    spec: InputSpec

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """B augmented pictures.

    Attributes:
        images: (B, S, S, channels) float32 in [0, 1].
        labels: (B,) float32, 1 for fractured.
        masks: (B, grid, grid) float32 in [0, 1], the share of each cell in a box; None for a network without a map.
        located: (B,) float32, see `Pictures.located`.
    """

    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None
    located: np.ndarray


def load_pictures(
    files: Sequence[tuple[Path, bool, Boxes]],
    spec: InputSpec,
    cache: Path,
    limits: Limits,
    on_picture: Callable[[int, int], None] | None = None,
) -> Pictures:
    """Decode every file once.

    Args:
        files: path, fractured, boxes (left, top, width, height as fractions of the picture).
        spec: the network's input.
        cache: a file to keep the pixels in; overwritten, and sparse until filled.
        limits: what a file may be.
        on_picture: told (done, total).

    Raises:
        DatasetError: no file could be read, or only files of one class.
    """
    pixels = np.lib.format.open_memmap(cache, mode="w+", dtype=np.uint8, shape=(len(files), spec.size, spec.size))
    geometries: dict[int, Geometry] = {}
    refused: list[Refusal] = []

    def load(index: int) -> None:
        path = files[index][0]
        radiograph = decode_one(path.read_bytes(), str(path), limits)
        prepared = preprocess(radiograph.pixels, radiograph.window, spec)
        pixels[index] = np.round(prepared * 255.0).astype(np.uint8)
        geometries[index] = fit(radiograph.width, radiograph.height, spec)

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(load, i) for i in range(len(files))]
        try:
            for done, future in enumerate(futures, 1):
                try:
                    future.result()
                except RefusedFileError as error:
                    refused.append(Refusal(error.name, error.reason, error.remedy))
                except OSError as error:
                    name = str(files[done - 1][0])
                    refused.append(Refusal(name, f"it cannot be read ({error.strerror})", "Check the file."))
                if on_picture:
                    on_picture(done, len(files))
        finally:
            for future in futures:
                future.cancel()
    kept = tuple(sorted(geometries))
    labels = np.array([files[i][1] for i in kept], np.float32)
    if len(set(labels.tolist())) < 2:
        raise DatasetError(f"Both classes need pictures that can be read, but only {len(kept)} of one class could.")
    boxes = tuple(_to_input(files[i][2], geometries[i]) for i in kept)
    located = np.array([not files[i][1] or bool(files[i][2]) for i in kept])
    return Pictures(pixels, labels, boxes, located, kept, tuple(refused), spec)


def _to_input(boxes: Boxes, geometry: Geometry) -> np.ndarray:
    corners = [(left, top, left + width, top + height) for left, top, width, height in boxes]
    scale = np.array([geometry.inner_width, geometry.inner_height] * 2, np.float32)
    offset = np.array([geometry.left, geometry.top] * 2, np.float32)
    return np.array(corners, np.float32).reshape(-1, 4) * scale + offset


def draw_order(labels: np.ndarray, not_fractured_share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the indices that one epoch shows: every fractured picture and a share of the others, shuffled."""
    others = rng.permutation(np.flatnonzero(labels < 0.5))
    others = others[: max(1, round(len(others) * not_fractured_share))]
    return rng.permutation(np.concatenate([np.flatnonzero(labels > 0.5), others]))


def training_batches(
    pictures: Pictures,
    order: np.ndarray,
    augmentation: Augmentation,
    size: int,
    grid: int | None,
    seed: tuple[int, ...],
    crop: int | None = None,
) -> Iterator[TrainingBatch]:
    """Yield the pictures of `order`, augmented; the draw of each is fixed by (seed, its index).

    Made when they are asked for: threads that prepare the next batch cost a training on two cores several times what
    they save it, since the network waits for its own threads.

    Args:
        size: pictures a batch; the last batch may be smaller.
        grid: side of the evidence map that masks are drawn on, or None for no masks.
        crop: side of a square cut from each augmented picture, labelled by the boxes in it; None for whole pictures.
    """
    chunks = [order[start : start + size] for start in range(0, len(order), size)]

    def make(indices: np.ndarray) -> TrainingBatch:
        images, masks, labels = [], [], pictures.labels[indices]
        for place, index in enumerate(indices):
            rng = np.random.default_rng([*seed, int(index)])
            image = pictures.pixels[pictures.kept[index]].astype(np.float32) / 255.0
            image, corners = augment(image, augmentation, rng, pictures.boxes[index])
            if crop:
                image, corners, labels[place] = _crop(image, corners, crop, rng)
            images.append(image)
            if grid:
                masks.append(rasterise(corners, image.shape[0], grid))
        located = pictures.located[indices].astype(np.float32)
        return TrainingBatch(batch(images, pictures.spec), labels, np.stack(masks) if grid else None, located)

    yield from map(make, chunks)


def _crop(
    image: np.ndarray, corners: np.ndarray, side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Cut a square that shows more than background, and each fracture (nearly) whole or not at all.

    Args:
        image: (S, S) float32 in [0, 1].
        corners: (N, 4, 2) float32, the fractures' boxes in pixels of `image`.

    Returns:
        The square (side, side), its boxes (M, 4, 2), and whether it shows a fracture.
    """
    span = image.shape[0] - side
    lows, highs = corners.min(axis=1), corners.max(axis=1)
    on_box = len(corners) > 0 and rng.random() < CROP_ON_BOX
    for _ in range(CROP_TRIES):
        if on_box:
            around = corners[rng.integers(len(corners))].mean(axis=0) - rng.uniform(0.1, 0.9, 2) * side
            left, top = np.clip(np.round(around), 0, span).astype(int)
        else:
            left, top = rng.integers(0, span + 1, 2)
        shown = np.clip(np.minimum(highs, (left + side, top + side)) - np.maximum(lows, (left, top)), 0, None)
        shares = shown.prod(axis=1) / np.maximum((highs - lows).prod(axis=1), 1.0)
        square = image[top : top + side, left : left + side]
        whole = not np.any((shares > HIDDEN_SHARE) & (shares < SHOWN_SHARE))
        if whole and (on_box or np.count_nonzero(square) >= LIT_SHARE * square.size):
            break
    seen = shares >= SHOWN_SHARE
    return square, corners[seen] - np.array([left, top], np.float32), bool(seen.any())


def plain_batches(pictures: Pictures, size: int) -> Iterator[np.ndarray]:
    """Yield every picture once, in order, unaugmented: (B, S, S, channels) float32 in [0, 1]."""
    chunks = [np.arange(start, min(start + size, len(pictures))) for start in range(0, len(pictures), size)]

    def make(indices: np.ndarray) -> np.ndarray:
        return batch([pictures.pixels[pictures.kept[i]].astype(np.float32) / 255.0 for i in indices], pictures.spec)

    yield from map(make, chunks)
