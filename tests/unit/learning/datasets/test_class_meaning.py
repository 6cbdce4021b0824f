"""Whatever the class folders are called, training on them gives a fractured phantom the higher probability."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import keras
import numpy as np
import pytest

from core.card import InputSpec
from core.cnn.gradcam import GradCam
from core.cnn.networks import Network
from core.cnn.training.augmentation import PRESETS
from core.cnn.training.callbacks import Watcher
from core.cnn.training.pictures import Pictures, load_pictures
from core.cnn.training.recipe import Recipe, Stage
from core.cnn.training.stage import StageRun
from core.config import Limits
from core.learning.datasets.class_folders import FRACTURED_SPELLINGS, NOT_FRACTURED_SPELLINGS, read_split
from tests.phantoms import bone, encode
from tests.unit.cnn.helpers import TINY, tiny_network

SPEC = InputSpec(TINY, True, 1)
EPOCHS, EACH = 3, 16
RECIPE = Recipe(Network.COMPACT, (Stage(TINY, EPOCHS, 3e-2, 8),), PRESETS["none"], optimizer="adam", seed=1)
COUNT = max(len(FRACTURED_SPELLINGS), len(NOT_FRACTURED_SPELLINGS))
PAIRS = list(zip(islice(cycle(FRACTURED_SPELLINGS), COUNT), islice(cycle(NOT_FRACTURED_SPELLINGS), COUNT), strict=True))


@pytest.fixture(scope="module")
def run() -> tuple[StageRun, list[np.ndarray], GradCam]:
    """One compiled step for all runs, what it starts from, and the same network ready to score."""
    keras.utils.set_random_seed(RECIPE.seed)
    step = StageRun(RECIPE, RECIPE.stages[0], tiny_network())
    return step, step.values(), GradCam(step.model, "features")


def write(folder: Path, names: tuple[str, str]) -> Path:
    """Class folders of easy phantoms: the fractured ones are brighter."""
    rng = np.random.default_rng(0)
    for name, fractured in zip(names, (True, False), strict=True):
        (folder / name).mkdir(parents=True)
        for number in range(EACH):
            pixels = bone(rng, fractured, (40, 32)) * (1.0 if fractured else 0.4)
            (folder / name / f"{number}.png").write_bytes(encode(pixels.astype(np.uint8), "PNG"))
    return folder


def load(folder: Path) -> Pictures:
    files = [(example.path, example.fractured, example.boxes) for example in read_split(folder)]
    return load_pictures(files, SPEC, folder / ".cache.npy", Limits())


def test_the_pairs_cover_every_spelling() -> None:
    assert {name for pair in PAIRS for name in pair} == {*FRACTURED_SPELLINGS, *NOT_FRACTURED_SPELLINGS}


@pytest.mark.parametrize("titled", [False, True])
@pytest.mark.parametrize("names", PAIRS)
def test_training_on_every_accepted_spelling(
    names: tuple[str, str], titled: bool, run: tuple[StageRun, list[np.ndarray], GradCam], tmp_path: Path
) -> None:
    """In lower case and `Like_this`, so that either class sorts first in some."""
    step, start, cam = run
    spelled = tuple((name.title() if titled else name).replace(" ", "_") for name in names)
    pictures = load(write(tmp_path / "train", spelled))
    step.assign(start)
    for epoch in range(EPOCHS):
        figures = step.epoch(pictures, pictures, 0, epoch, Watcher())
    assert figures.auc > 0.95
    seen = load(write(tmp_path / "seen", ("fractured", "not_fractured")))
    logits = cam(np.stack([pixels for pixels in seen.pixels])[..., np.newaxis].astype(np.float32) / 255).logits
    fractured, others = logits[seen.labels > 0.5], logits[seen.labels < 0.5]
    assert np.median(fractured) > others.max() and np.median(others) < fractured.min()
