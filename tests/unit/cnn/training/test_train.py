"""Training: the same weights whether or not it was interrupted, and no run that cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.card import InputSpec
from core.cnn.networks import Network
from core.cnn.training import checkpoints, train
from core.cnn.training.augmentation import PRESETS
from core.cnn.training.callbacks import RunCancelledError, Watcher
from core.cnn.training.pictures import load_pictures, training_batches
from core.cnn.training.recipe import RECIPES, Recipe, Stage, selection_figure
from core.cnn.training.stage import StageRun
from core.cnn.training.train import Trained
from core.config import Limits
from core.domain import EpochFigures
from core.errors import TrainingError
from tests.phantoms import bone, encode
from tests.unit.cnn.helpers import TINY, tiny_network

ONE_STAGE = Recipe(Network.COMPACT, (Stage(TINY, 2, 1e-2, 4),), PRESETS["strong"], seed=3, deterministic=True)
TWO_STAGES = replace(
    ONE_STAGE,
    stages=(Stage(2 * TINY, 1, 1e-2, 4, crop=TINY), Stage(2 * TINY, 2, 1e-2, 4, averaging=0.5)),
    start="tiny-0",
)


train = partial(train.train, build=tiny_network)


class Killed(BaseException):
    """As sudden as a signal: nothing in the code under test catches it."""


def write(folder: Path, each: int, seed: int = 0) -> list:
    """So many radiographs of each class; the fractured ones are brighter, which any network learns."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, files = np.random.default_rng(seed), []
    for number in range(2 * each):
        fractured = number % 2 == 0
        pixels = bone(rng, fractured, (40, 32)).astype(np.float32) * (1.0 if fractured else 0.4)
        path = folder / f"{number}.png"
        path.write_bytes(encode(pixels.astype(np.uint8), "PNG"))
        files.append((path, fractured, ((0.2, 0.2, 0.5, 0.5),) if fractured else ()))
    return files


@pytest.fixture
def files(tmp_path: Path) -> tuple[list, list]:
    return write(tmp_path / "train", 4), write(tmp_path / "val", 3, seed=1)


def kill_after(epochs: int) -> Watcher:
    """Ends the run right after its state was saved for the last of so many epochs."""
    seen = []

    def on_epoch(figures: EpochFigures) -> None:
        seen.append(figures)
        if len(seen) == epochs:
            raise Killed

    return Watcher(on_epoch=on_epoch)


def weights_of(trained: Trained) -> list[np.ndarray]:
    return trained.model.get_weights()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, tuple[list, list], Path]:
    """One run from beginning to end, a warm start and two stages, with what it was given and its folder."""
    place = tmp_path_factory.mktemp("whole")
    tiny_network().save(place / "x_ray.keras")
    files = write(place / "train", 4), write(place / "val", 3, seed=1)
    return train(TWO_STAGES, *files, place / "run", Limits(), start_from=place / "x_ray.keras"), files, place / "run"


def test_killed_and_resumed_gives_the_same_weights(
    whole: tuple[Trained, tuple[list, list], Path], tmp_path: Path
) -> None:
    """Killed between its stages, and again within the second: weights, figures and best epoch come out the same."""
    trained, files, folder = whole
    again = partial(train, TWO_STAGES, *files, tmp_path / "run", Limits(), start_from=folder.parent / "x_ray.keras")
    for _ in range(2):
        with pytest.raises(Killed):
            again(watcher=kill_after(1))
    resumed = again()
    for one, other in zip(weights_of(trained), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    strip = [replace(figures, seconds=0) for figures in resumed.history]
    assert strip == [replace(figures, seconds=0) for figures in trained.history]
    assert len(strip) == 3 and resumed.best.auc == trained.best.auc


@pytest.mark.parametrize("written", [1, 2])
def test_the_best_weights_are_those_that_the_state_speaks_of(written: int, tmp_path: Path) -> None:
    """Killed before the second state was written, and after it but before the best weights took their place."""
    figures = EpochFigures(0, 0, *(0.5,) * 6, None, 1.0)
    first, second = ([np.full(2, number, np.float32)] for number in (1, 2))
    checkpoints.keep(tmp_path, checkpoints.RunState(0, 1, 0.5, [figures]), first, first)
    before = (tmp_path / "best.npz").read_bytes(), (tmp_path / "state.npz").read_bytes()
    checkpoints.keep(tmp_path, checkpoints.RunState(0, 2, 0.6, [figures, figures]), second, second)
    (tmp_path / "best.npz").replace(tmp_path / "best-next.npz")
    for name, data in zip(("best.npz", "state.npz")[: 3 - written], before, strict=False):
        (tmp_path / name).write_bytes(data)
    state, values = checkpoints.restore(tmp_path)
    assert (state.epoch, len(state.history), state.best) == (written, written, 0.5 if written == 1 else 0.6)
    assert values[0][0] == written == checkpoints.best_weights(tmp_path)[0][0]
    checkpoints.clear(tmp_path)
    assert not list(tmp_path.iterdir())
    assert checkpoints.restore(tmp_path) == (checkpoints.RunState(), None)


def test_figures_and_logs(whole: tuple[Trained, tuple[list, list], Path]) -> None:
    trained, _, folder = whole
    assert [(figures.stage, figures.epoch) for figures in trained.history] == [(0, 0), (1, 0), (1, 1)]
    assert trained.best in trained.history[1:]
    assert trained.best.auc == max(figures.auc for figures in trained.history[1:])
    assert trained.best.hit_rate is None and trained.refused == ()
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    tags = {"loss", "accuracy", "tuning_loss", "auc", "sensitivity", "specificity"}
    assert tags <= {*events.Tags()["tensors"], *events.Tags()["scalars"]}
    assert not list(folder.glob("*.npy")), "the decoded pictures are left behind"


def test_a_folder_of_another_run_is_refused(whole: tuple[Trained, tuple[list, list], Path]) -> None:
    _, files, folder = whole
    with pytest.raises(TrainingError, match="other settings"):
        train(replace(ONE_STAGE, seed=4), *files, folder, Limits())
    shown, judged = files
    with pytest.raises(TrainingError, match="other pictures"):
        train(TWO_STAGES, shown[:-1], judged, folder, Limits())
    with pytest.raises(TrainingError, match="other pictures"):
        train(TWO_STAGES, [(path, not fractured, boxes) for path, fractured, boxes in shown], judged, folder, Limits())


def test_cancelled_within_a_step(files: tuple[list, list], tmp_path: Path) -> None:
    steps = []
    watcher = Watcher(on_step=lambda done, total, loss: steps.append((done, total)), cancelled=lambda: bool(steps))
    with pytest.raises(RunCancelledError, match="can be resumed"):
        train(ONE_STAGE, *files, tmp_path / "run", Limits(), watcher)
    assert steps == [(1, 2)]


def test_cancelled_while_reading_pictures(files: tuple[list, list], tmp_path: Path) -> None:
    read = []
    watcher = Watcher(on_load=lambda done, total: read.append(done), cancelled=lambda: len(read) == 3)
    with pytest.raises(RunCancelledError):
        train(ONE_STAGE, *files, tmp_path / "run", Limits(), watcher)
    assert read == [1, 2, 3]


def test_a_version_to_start_from_that_is_missing(files: tuple[list, list], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="'gone-1', is not in the registry"):
        train(replace(ONE_STAGE, start="gone-1"), *files, tmp_path / "run", Limits())


def run_of(tmp_path: Path, epochs: int = 4, **changes) -> Callable[[], list[EpochFigures]]:
    """Train the tiny network; returns a function that does its epochs and gives their figures."""
    files = write(tmp_path / "pictures", 16)
    spec = InputSpec(TINY, True, 1)
    shown = load_pictures(files, spec, tmp_path / "shown.npy", Limits())
    stage = Stage(64, epochs, changes.pop("learning_rate", 3e-2), 8)
    recipe = Recipe(Network.COMPACT, (stage,), PRESETS["gentle"], **changes)
    run = StageRun(recipe, stage, tiny_network())
    return lambda: [run.epoch(shown, shown, 0, epoch, Watcher()) for epoch in range(epochs)]


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_it_learns(optimizer: str, tmp_path: Path) -> None:
    figures = run_of(tmp_path, optimizer=optimizer)()
    assert figures[-1].auc > 0.95
    assert figures[-1].loss < figures[0].loss
    assert figures[-1].tuning_loss < figures[0].tuning_loss


def test_a_run_that_diverges_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="diverged"):
        run_of(tmp_path, optimizer="adam", learning_rate=1.0, fractured_weight=1e38)()


def test_the_schedule_warms_up_and_ends_at_nothing() -> None:
    stage = Stage(64, 5, 1e-2)
    run = StageRun(Recipe(Network.COMPACT, (stage,), PRESETS["none"]), stage, tiny_network())
    rates = [run.learning_rate(epochs) for epochs in (0.1, 0.5, 1.0, 3.0, 5.0)]
    np.testing.assert_allclose(rates, [1e-3, 5e-3, 1e-2, 5e-3, 0.0], atol=1e-12)
    constant = StageRun(Recipe(Network.COMPACT, (stage,), PRESETS["none"], optimizer="adam"), stage, tiny_network())
    assert {constant.learning_rate(epochs) for epochs in (0.1, 1.0, 5.0)} == {1e-2}


def test_the_best_epoch_weighs_what_it_was_told_to() -> None:
    figures = EpochFigures(0, 0, 0.1, 0.9, 0.2, 0.90, 0.8, 0.8, 0.5, 1.0)
    assert selection_figure(figures, "auc") == 0.90
    assert selection_figure(figures, "auc+hit_rate") == pytest.approx(0.95)
    assert selection_figure(replace(figures, hit_rate=None), "auc+hit_rate") == 0.90


def test_a_run_that_no_longer_gains_stops_early_resumed_or_not(files: tuple[list, list], tmp_path: Path) -> None:
    """At this learning rate nothing changes, so the first epoch stays the best."""
    still = replace(ONE_STAGE, stages=(Stage(TINY, 9, 1e-9, 4),), augmentation=PRESETS["none"], patience=2)
    assert len(train(still, *files, tmp_path / "whole", Limits()).history) == 3
    with pytest.raises(Killed):
        train(still, *files, tmp_path / "run", Limits(), kill_after(2))
    known: list[int] = []
    watcher = Watcher(on_start=lambda history: known.append(len(history)))
    assert len(train(still, *files, tmp_path / "run", Limits(), watcher).history) == 3
    assert known == [2]
    with pytest.raises(Killed):
        train(still, *files, tmp_path / "late", Limits(), kill_after(3))
    assert len(train(still, *files, tmp_path / "late", Limits()).history) == 3


def test_what_is_not_set_does_not_make_an_old_run_another() -> None:
    assert "patience" not in ONE_STAGE.as_card() and replace(ONE_STAGE, patience=3).as_card()["patience"] == 3


@pytest.mark.parametrize("changes", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"learning_rate": 2.0}])
def test_impossible_stages_are_refused(changes: dict) -> None:
    with pytest.raises(TrainingError, match=f"must be .*, but is {next(iter(changes.values()))}"):
        replace(Stage(224, 5, 1e-3, 8), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": ()},
        {"optimizer": "sgd"},
        {"select": "accuracy"},
        {"weight_decay": -0.1},
        {"fractured_weight": 0.0},
        {"not_fractured_share": 0.0},
        {"not_fractured_share": 1.5},
        {"box_weight": -1.0},
        {"seed": -1},
        {"seed": 2**32},
        {"patience": 0},
    ],
)
def test_impossible_recipes_are_refused(changes: dict) -> None:
    with pytest.raises(TrainingError, match="must be .*, but is"):
        replace(RECIPES["compact"], **changes)


def test_what_an_averaging_stage_has_come_to_is_the_average(tmp_path: Path) -> None:
    """After one step at a momentum of 0.75, a quarter of the way from the first weights to the new ones."""
    stage = Stage(TINY, 1, 1e-2, 4, averaging=0.75)
    model = tiny_network()
    run = StageRun(Recipe(Network.COMPACT, (stage,), PRESETS["none"], optimizer="adam"), stage, model, tiny_network())
    first = model.get_weights()
    pictures = load_pictures(
        write(tmp_path / "pictures", 2), InputSpec(TINY, True, 1), tmp_path / "cache.npy", Limits()
    )
    run.step(next(training_batches(pictures, np.arange(4), PRESETS["none"], 4, None, (1,))))
    moved = [np.abs(new - old).max() for new, old in zip(run.model.get_weights(), first, strict=True)]
    assert max(moved) > 1e-3
    for average, old, new in zip(run.weights(), first, run.model.get_weights(), strict=True):
        np.testing.assert_allclose(average, old + (new - old) / 4, atol=1e-6)


def test_crops_need_boxes_to_be_labelled_by(files: tuple[list, list], tmp_path: Path) -> None:
    shown, judged = files
    recipe = replace(ONE_STAGE, stages=(Stage(2 * TINY, 1, 1e-2, 4, crop=TINY),))
    with pytest.raises(TrainingError, match="some fractured pictures have none"):
        train(recipe, [(path, fractured, ()) for path, fractured, _ in shown], judged, tmp_path / "run", Limits())
