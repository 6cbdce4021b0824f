"""`python -m core train DATASET`: from class folders to a version in the registry."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.arguments import positive, seed
from core.config import Settings

if TYPE_CHECKING:
    from core.cnn.training.callbacks import Watcher
    from core.cnn.training.recipe import Recipe

DEFAULT = "compact"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data set, the recipe and what is changed of it."""
    parser.set_defaults(run=main)
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="train/ and val/, two class folders in each")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--network", choices=("reference", "compact"), help=f"train it by its own recipe; default: {DEFAULT}"
    )
    what.add_argument(
        "--recipe", choices=("reference", "compact", "champion"), help="champion: as the shipped version was trained"
    )
    parser.add_argument("--version", dest="name", metavar="NAME", help="what to call it; default: network and time")
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="FILE",
        help="CSV of fractures as fractions of the picture: file,left,top,width,height; default: DATASET/boxes.csv",
    )
    parser.add_argument(
        "--start", metavar="FROM", help="random, imagenet, or a model version to start from; default: the recipe's"
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="of each stage; default: the recipe's")
    parser.add_argument(
        "--batch-size", type=positive, metavar="N", help="radiographs a training step; default: the recipe's"
    )
    parser.add_argument("--seed", type=seed, metavar="N", help="of all that is drawn by chance; default: the recipe's")
    parser.add_argument("--deterministic", action="store_true", help="repeatable to the bit, at up to half the speed")
    parser.add_argument("--look-at-test", action="store_true", help="measure on test/ too, after everything is chosen")
    parser.add_argument(
        "--run",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="the run's folder, with its curves; an unfinished one is resumed; default: FRACTURE_HOME/training/NAME",
    )
    parser.add_argument("--into", type=Path, metavar="DIR", help="registry to write to; default: FRACTURE_MODELS")


def main(arguments: argparse.Namespace) -> int:
    """Train, add the version, say its AUC on val."""
    import time

    from core.cnn.runtime import load_tensorflow
    from core.learning.training.make_version import run_training
    from core.learning.training.provenance import FRACATLAS, FRACATLAS_CONTRADICTIONS, GENERIC, is_fracatlas
    from core.registry import Registry

    recipe = _recipe(arguments)
    settings = Settings.from_environment()
    registry = Registry(settings.shipped_models, arguments.into or settings.models)
    version = arguments.name or time.strftime(f"{recipe.network}-%Y%m%d-%H%M%S")
    folder = arguments.folder or settings.home / "training" / version
    fracatlas = is_fracatlas(arguments.dataset / "train")
    beside = {name: path for name in ("boxes", "images") if (path := arguments.dataset / f"{name}.csv").is_file()}
    load_tensorflow()
    model = run_training(
        registry,
        arguments.dataset,
        version,
        recipe,
        folder,
        FRACATLAS if fracatlas else GENERIC,
        settings.limits,
        boxes=arguments.boxes or beside.get("boxes"),
        exclude=FRACATLAS_CONTRADICTIONS if fracatlas else frozenset(),
        subgroups=beside.get("images"),
        look_at_test=arguments.look_at_test,
        watcher=terminal_watcher(recipe),
        on_phase=print,
    )
    figures = model.card.figures["val"]
    leaks = ", which leaks: copies of it are in train" if figures.leaks else ""
    print(f"{model.version}: AUC {figures.auc:.3f} on val{leaks}. `tensorboard --logdir {folder}` shows the run.")
    print(
        "The AUC of an epoch is of raw scores; this one is of calibrated, cross-fitted probabilities, with a fracture "
        "that the gate declines counted as missed."
    )
    return 0


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """The recipe named, with what the arguments change of it."""
    from core.cnn.training.recipe import RECIPES

    recipe = RECIPES[arguments.recipe or arguments.network or DEFAULT]
    if arguments.start:
        recipe = replace(recipe, start=arguments.start)
    if arguments.seed is not None:
        recipe = replace(recipe, seed=arguments.seed)
    if arguments.deterministic:
        recipe = replace(recipe, deterministic=True)
    changes = {"epochs": arguments.epochs, "batch_size": arguments.batch_size}
    changes = {key: value for key, value in changes.items() if value is not None}
    return replace(recipe, stages=tuple(replace(stage, **changes) for stage in recipe.stages))


def terminal_watcher(recipe: Recipe) -> Watcher:
    """A progress bar, and a line an epoch."""
    from tqdm import tqdm

    from core.cnn.training.callbacks import Watcher
    from core.domain import EpochFigures

    bar = tqdm(unit="step", disable=None)

    def on_load(done: int, total: int) -> None:
        if done == 1:
            bar.reset(total)
        bar.set_postfix_str("reading pictures", refresh=False)
        bar.update(done - bar.n)

    def on_step(done: int, total: int, loss: float) -> None:
        if done == 1:
            bar.reset(total)
        bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        bar.update(done - bar.n)

    def on_epoch(figures: EpochFigures) -> None:
        epochs = recipe.stages[figures.stage].epochs
        hits = "" if figures.hit_rate is None else f", hit rate {figures.hit_rate:.3f}"
        bar.write(
            f"stage {figures.stage + 1}/{len(recipe.stages)} epoch {figures.epoch + 1}/{epochs}: "
            f"loss {figures.loss:.4f}, accuracy {figures.accuracy:.4f}; val loss {figures.tuning_loss:.4f}, "
            f"AUC {figures.auc:.4f}, sensitivity {figures.sensitivity:.3f}, specificity {figures.specificity:.3f}"
            f"{hits} ({figures.seconds:.0f} s)",
            file=sys.stdout,
        )

    return Watcher(on_load, on_step, on_epoch)
