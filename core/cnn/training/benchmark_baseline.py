"""The plain ways that the benchmark measures against: Keras' generator, and training steps without input."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.cnn import networks
from core.cnn.training.pictures import TrainingBatch
from core.cnn.training.recipe import RECIPES
from core.cnn.training.stage import StageRun


def iterate_generator(dataset: Path, size: int, batch_size: int, seed: int) -> int:
    """One pass over class folders with Keras' `ImageDataGenerator` at the seed's settings, and no network.

    Args:
        dataset: holds the class folders.
        size: side of the pictures, in pixels.

    Returns:
        How many pictures came out.
    """
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    generator = ImageDataGenerator(rescale=1 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
    batches = generator.flow_from_directory(
        str(dataset), target_size=(size, size), batch_size=batch_size, class_mode="binary", seed=seed
    )
    return sum(len(next(batches)[0]) for _ in range(len(batches)))


class ReferenceSteps:
    """The training steps of the reference CNN as `training.train` makes them, fed by whatever gives batches."""

    def __init__(self) -> None:
        recipe = RECIPES["reference"]
        stage = recipe.stages[0]
        self._run = StageRun(recipe, stage, networks.build(recipe.network, stage.size))

    def __call__(self, batches: Iterable[TrainingBatch]) -> int:
        """Train on every batch; returns how many pictures that were."""
        pictures = 0
        for item in batches:
            self._run.step(item)
            pictures += len(item.labels)
        return pictures
