"""A training run: deterministic for a seed, resumable at every epoch, cancellable at every step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.cnn import networks
from core.cnn.networks import NETWORKS
from core.cnn.training import checkpoints
from core.cnn.training.callbacks import Watcher
from core.cnn.training.checkpoints import LabelledFiles
from core.cnn.training.pictures import load_pictures
from core.cnn.training.recipe import Recipe, selection_figure, should_stop_early
from core.cnn.training.stage import StageRun
from core.config import Limits
from core.domain import EpochFigures, Refusal
from core.errors import TrainingError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished run: the model of the best epoch, the figures of every epoch, and the pictures that were refused."""

    model: keras.Model
    best: EpochFigures
    history: tuple[EpochFigures, ...]
    refused: tuple[Refusal, ...]


def train(
    recipe: Recipe,
    training: LabelledFiles,
    tuning: LabelledFiles,
    folder: Path,
    limits: Limits,
    watcher: Watcher | None = None,
    start_from: Path | None = None,
    build: Callable = networks.build,
) -> Trained:
    """Train one network.

    Args:
        recipe: the settings.
        training, tuning: path, fractured, boxes of each picture.
        folder: where the run keeps its state; a run that was interrupted there, with the same recipe and the same
            pictures, is resumed.
        limits: what a file may be.
        start_from: the weights file of the version that `recipe.start` names.
        build: gives the network of a name and a size, as `networks.build` does.

    Raises:
        DatasetError: nothing to train on.
        TrainingError: an impossible setting, a diverged run, or `RunCancelledError`.
    """
    import keras
    import tensorflow as tf

    watcher = watcher or Watcher()
    if recipe.deterministic:
        tf.config.experimental.enable_op_determinism()
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints.check_same_run(folder, "recipe.json", "other settings", json.dumps(recipe.as_card(), sort_keys=True))
    checkpoints.check_same_run(folder, "pictures.sha256", "other pictures", checkpoints.fingerprint(training, tuning))
    board = tf.summary.create_file_writer(str(folder / "tensorboard"))
    state, variables = checkpoints.restore(folder)
    watcher.on_start(tuple(state.history))
    weights = None
    refused: dict[str, Refusal] = {}
    for number, stage in enumerate(recipe.stages):
        if number < state.stage:
            continue
        keras.utils.set_random_seed((recipe.seed + number) % 2**32)  # so that a resumed stage draws the same
        model = build(recipe.network, stage.crop or stage.size)
        if number == 0 and not variables:
            _start(model, recipe, start_from)
        elif weights is not None:
            model.set_weights(weights)
        run = StageRun(recipe, stage, model, build(recipe.network, stage.size) if stage.judged_apart else None)
        if variables:
            run.assign(variables)
            variables = None
        spec = replace(NETWORKS[recipe.network].input, size=stage.size)
        shown = load_pictures(training, spec, folder / "training.npy", limits, watcher.report_loaded)
        judged = load_pictures(tuning, spec, folder / "tuning.npy", limits, watcher.report_loaded)
        if stage.crop and not shown.located.all():
            raise TrainingError("Crops are labelled by their boxes, but some fractured pictures have none.")
        refused |= {item.name: item for item in (*shown.refused, *judged.refused)}
        while state.epoch < stage.epochs and not should_stop_early(recipe, state.history):
            figures = run.epoch(shown, judged, number, state.epoch, watcher)
            state.history.append(figures)
            _log(board, figures, len(state.history))
            found, state.epoch = selection_figure(figures, recipe.select), state.epoch + 1
            is_best = number == len(recipe.stages) - 1 and found > state.best
            state.best = found if is_best else state.best
            checkpoints.keep(folder, state, run.values(), run.weights() if is_best else None)
            watcher.on_epoch(figures)
        weights = run.weights()
        state.stage, state.epoch = number + 1, 0
    board.close()
    model = build(recipe.network, recipe.stages[-1].size)
    model.set_weights(checkpoints.best_weights(folder))
    last = [figures for figures in state.history if figures.stage == len(recipe.stages) - 1]
    best = max(last, key=lambda figures: selection_figure(figures, recipe.select))
    for cache in (folder / "training.npy", folder / "tuning.npy"):
        cache.unlink(missing_ok=True)
    return Trained(model, best, tuple(state.history), tuple(refused.values()))


def _start(model, recipe: Recipe, start_from: Path | None) -> None:
    if recipe.start == "random":
        return
    if recipe.start == "imagenet":
        from core.cnn.training import imagenet

        imagenet.load_into(model)
        return
    if start_from is None:
        raise TrainingError(f"The version to start from, {recipe.start!r}, is not in the registry.")
    import keras

    source = {layer.name: layer for layer in keras.models.load_model(start_from, compile=False, safe_mode=True).layers}
    for layer in model.layers:
        other = source.get(layer.name)
        if other and [w.shape for w in other.weights] == [w.shape for w in layer.weights]:
            layer.set_weights(other.get_weights())


def _log(board, figures: EpochFigures, step: int) -> None:
    import tensorflow as tf

    with board.as_default(step=step):
        for name, value in asdict(figures).items():
            if isinstance(value, float):
                tf.summary.scalar(name, value)
    board.flush()
