"""Training: its input alone against Keras' generator, and the whole step against steps that need no input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from core.benchmark.measure import BenchmarkRow, Plan, SideBySide, alternate, link, per_second
from core.cnn.networks import NETWORKS, Network
from core.cnn.training import benchmark_baseline
from core.cnn.training.pictures import Pictures, TrainingBatch, load_pictures, training_batches
from core.cnn.training.recipe import RECIPES
from core.config import Limits

RECIPE = RECIPES["reference"]
STAGE = RECIPE.stages[0]
SPEC = NETWORKS[Network.REFERENCE].input
STEPS = 48  # for one figure of training


def measure(plan: Plan) -> list[BenchmarkRow]:
    """Measure the training input, and training with it."""
    dataset = _class_folders(plan)
    files = [(path, path.parent.name == "fractured", ()) for path in sorted(dataset.rglob("*.*"))]
    rows = []
    if "input" in plan.keys:
        rows.append(_measure_input(dataset, files, plan))
    if "training" in plan.keys:
        rows.append(_measure_training(files, plan))
    return rows


def _measure_input(dataset: Path, files: list[tuple[Path, bool, tuple]], plan: Plan) -> BenchmarkRow:
    """One pass over the files, decoding included. Later epochs of a run need no decoding any more: see the facts."""
    later: list[float] = []

    def ours() -> int:
        pictures = load_pictures(files, SPEC, plan.workspace / "input.npy", Limits())
        later.append(per_second(lambda: sum(len(item.labels) for item in _batches(pictures, epoch=0))))
        return len(pictures)

    def generator() -> int:
        return benchmark_baseline.iterate_generator(dataset, SPEC.size, STAGE.batch_size, RECIPE.seed)

    ways = {
        "ImageDataGenerator alone": lambda: per_second(generator),
        "training input alone": lambda: per_second(ours),
    }
    theirs, own = alternate(ways, plan).values()
    facts = {"later epochs, pictures/s": float(np.median(later))}
    title = "Training input alone, decoding included"
    return BenchmarkRow(
        "input",
        title,
        "pictures/s",
        own,
        theirs,
        "ImageDataGenerator",
        SideBySide.RATIO_AT_LEAST,
        required=3,
        facts=facts,
    )


def _measure_training(files: list[tuple[Path, bool, tuple]], plan: Plan) -> BenchmarkRow:
    pictures = load_pictures(files, SPEC, plan.workspace / "training.npy", Limits())
    steps = benchmark_baseline.ReferenceSteps()
    kept = list(islice(_endless(pictures), STEPS))  # the same kind of batches, made before the clock runs
    steps(kept)  # compiles
    ways = {
        "steps on tensors in memory": lambda: per_second(lambda: steps(kept)),
        "training with augmentation": lambda: per_second(lambda: steps(islice(_endless(pictures), STEPS))),
    }
    in_memory, own = alternate(ways, plan).values()
    title = "Training the reference CNN with augmentation"
    return BenchmarkRow(
        "training", title, "pictures/s", own, in_memory, "the same steps on tensors in memory",
        SideBySide.RATIO_AT_LEAST, required=0.95,
    )  # fmt: skip


def _batches(pictures: Pictures, epoch: int) -> Iterator[TrainingBatch]:
    order = np.random.default_rng([RECIPE.seed, epoch]).permutation(len(pictures))
    return training_batches(pictures, order, RECIPE.augmentation, STAGE.batch_size, None, (RECIPE.seed, 0, epoch))


def _endless(pictures: Pictures) -> Iterator[TrainingBatch]:
    epoch = 0
    while True:
        yield from _batches(pictures, epoch)
        epoch += 1


def _class_folders(plan: Plan) -> Path:
    """The pictures as a data set. Which class a picture is in makes no difference to the speed, so they alternate."""
    dataset = plan.workspace / "dataset"
    for number, image in enumerate(plan.images):
        link(image, dataset / ("fractured", "not_fractured")[number % 2] / f"{number:06d}{image.suffix}")
    return dataset
