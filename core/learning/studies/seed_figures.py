"""A study of the seed's own figures: its network trained its way, and measured where its author had not looked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.card import ReferenceEpoch, ReferenceStudy, Training
from core.cnn.training.callbacks import Watcher
from core.cnn.training.recipe import RECIPES
from core.config import Limits
from core.learning.datasets.class_folders import find_split, read_split
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.studies.copies import read_copies, without_copies_of_train
from core.learning.studies.measure import measure
from core.learning.training.make_version import run_training
from core.learning.training.provenance import GENERIC
from core.registry import Registry

REPEATED = "reference-repeated"
# What the seed's author reported of training this network on his own copy of such data: epoch, accuracy, loss.
SEED_EPOCHS = ((1, 0.5729, 1.1869), (15, 0.9180, 0.2111))


def repeat_seed_figures(
    dataset: Path,
    fracatlas: Path,
    folder: Path,
    limits: Limits,
    watcher: Watcher | None = None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> ReferenceStudy:
    """Train the reference CNN as the seed's author did, and measure it.

    Args:
        dataset: `train/` and `val/`, and the table of copies; see `copies`.
        fracatlas: holds `test/`.
        folder: of the run and its version. An interrupted run is resumed, a finished one is measured again.
        limits: what a file may be.
        on_phase: called with what is being done, in words.

    Returns:
        `epochs`, the seed's figures beside ours; `measured`, by group of radiographs: the seed's own tuning
        split, the part of it without copies of `train`, and the test split of FracAtlas.

    Raises:
        DatasetError: a folder or the table of copies cannot be read.
        TrainingError, RegistryError: see `run_training`.
    """
    copies = read_copies(dataset)
    registry = Registry(folder / "none", folder / "models")
    if REPEATED not in [model.version for model in registry.versions()]:
        recipe = RECIPES["reference"]
        run_training(
            registry, dataset, REPEATED, recipe, folder / "run", GENERIC, limits, watcher=watcher, on_phase=on_phase
        )
    subject = MeasuredVersion.load(registry, registry.get(REPEATED))
    training = subject.model.card.training or Training()
    reported = {epoch: (accuracy, loss) for epoch, accuracy, loss in SEED_EPOCHS}
    epochs = tuple(
        ReferenceEpoch(
            epoch=figures.epoch + 1,
            accuracy=figures.accuracy,
            loss=figures.loss,
            seed_accuracy=reported.get(figures.epoch + 1, (None, None))[0],
            seed_loss=reported.get(figures.epoch + 1, (None, None))[1],
        )
        for figures in training.history
    )
    groups = {
        "val, as given": read_split(find_split(dataset, "val")),
        "val, without copies of train": without_copies_of_train(copies, "val"),
        "FracAtlas test": read_split(find_split(fracatlas, "test")),
    }
    measured = {}
    for name, examples in groups.items():
        on_phase(f"measuring on {name}")
        measured[name] = measure(subject, examples, limits)[0]
    return ReferenceStudy(
        dataset=dataset.resolve().name,
        network=str(RECIPES["reference"].network),
        n_train=training.n.get("train"),
        n_sources_in_train=len({copy.source for copy in copies if copy.split == "train"}),
        best_epoch=training.best_epoch.epoch + 1 if training.best_epoch else None,
        epochs=epochs,
        measured=measured,
    )
