"""The training loop: deterministic for a seed, resumable at every epoch, cancellable at every step.

Everything a run needs to go on (weights, optimiser, epoch, best figures so far) is one file, replaced atomically after
each epoch, so a killed run is resumed as if nothing had happened.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.cnn import networks
from core.cnn.augmentation import PRESETS, Augmentation
from core.cnn.networks import NETWORKS, Network
from core.cnn.pictures import Batch, Boxes, Pictures, draw_order, load_pictures, plain_batches, training_batches
from core.domain import EpochFigures
from core.errors import TrainingError

# A cell of the evidence map counts as fractured from this far above zero on, so that an untaught map starts quiet and
# the background of a taught one is negative, where Grad-CAM shows nothing.
EVIDENCE_OFFSET = -2.0
FOCAL_GAMMA = 2.0  # Lin et al. 2017, arXiv:1708.02002
FOCAL_ALPHA = 0.75
CLIP_NORM = 1.0
STATE_FILE = "state.npz"
BEST_FILE = "best.npz"
OPTIMIZERS = ("adam", "adamw")
DIVERGED = "The loss became infinite: the run diverged. Lower the learning rate and retry."
SELECTIONS = ("auc", "auc+hit_rate")


def _require(met: bool, name: str, rule: str, value: object) -> None:
    if not met:
        raise TrainingError(f"The {name} must be {rule}, but is {value!r}.")


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one image size. The learning rate is the peak; the schedule spans the stage.

    With a `crop` the network is shown squares of that side, cut from pictures of `size` and labelled by their boxes:
    the fracture as large as in the whole picture at a fraction of the cost (Shen et al. 2019, doi
    10.1038/s41598-019-48995-4). It is judged on whole pictures all the same.

    With an `averaging` the moving average of the weights is judged and kept, not the weights themselves: each step it
    keeps so large a share of itself (Polyak and Juditsky 1992, doi 10.1137/0330046).
    """

    size: int
    epochs: int
    learning_rate: float
    batch_size: int = 32
    crop: int | None = None
    averaging: float = 0.0

    def __post_init__(self) -> None:
        _require(self.crop is None or self.crop < self.size, "crop", f"smaller than {self.size} pixels", self.crop)
        _require(0 <= self.averaging < 1, "averaging", "at least 0 and below 1", self.averaging)
        _require(self.epochs >= 1, "epochs", "at least 1", self.epochs)
        _require(self.batch_size >= 1, "batch size", "at least 1", self.batch_size)
        _require(0 < self.learning_rate <= 1, "learning rate", "above 0 and at most 1", self.learning_rate)

    @property
    def judged_apart(self) -> bool:
        """Whether another model is judged than the one that is trained."""
        return bool(self.crop or self.averaging)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a training run gives.

    Attributes:
        network: see `Network`.
        stages: run one after the other.
        augmentation: how the training pictures vary.
        start: `random`, `imagenet`, `champion` (the shipped one), or a model version to start from.
        optimizer: `adam` (the seed's: constant learning rate) or `adamw` (warm-up, cosine, gradient clipping).
        fractured_weight: how much a fractured picture's loss counts, against 1 for a not fractured one.
        not_fractured_share: the share of the not fractured pictures that one epoch shows, drawn anew for each.
        box_weight: weight of the loss that teaches the evidence map to lie in the boxes; compact-fpn only.
        seed: of the weights, the order and the augmentation.
        deterministic: the same weights from the same seed on the same machine, at up to half the speed.
        select: the tuning figure the best epoch is chosen by: `auc`, or `auc+hit_rate` (their weighted sum).
        patience: the last stage ends after so many epochs in a row that were not the best so far; None for never.
    """

    network: Network
    stages: tuple[Stage, ...]
    augmentation: Augmentation
    start: str = "random"
    optimizer: str = "adamw"
    weight_decay: float = 0.0
    fractured_weight: float = 1.0
    not_fractured_share: float = 1.0
    box_weight: float = 0.0
    seed: int = 0
    deterministic: bool = False
    select: str = "auc"
    patience: int | None = None

    def __post_init__(self) -> None:
        _require(bool(self.stages), "list of stages", "at least one stage long", self.stages)
        _require(self.optimizer in OPTIMIZERS, "optimizer", f"one of {', '.join(OPTIMIZERS)}", self.optimizer)
        _require(self.select in SELECTIONS, "selection", f"one of {', '.join(SELECTIONS)}", self.select)
        _require(self.weight_decay >= 0, "weight decay", "at least 0", self.weight_decay)
        _require(self.fractured_weight > 0, "weight of fractured pictures", "above 0", self.fractured_weight)
        share = self.not_fractured_share
        _require(0 < share <= 1, "share of not fractured pictures", "above 0 and at most 1", share)
        _require(self.box_weight >= 0, "weight of the boxes", "at least 0", self.box_weight)
        _require(0 <= self.seed < 2**32, "seed", "from 0 to 4294967295", self.seed)
        _require(self.patience is None or self.patience >= 1, "patience", "at least 1 epoch", self.patience)

    def as_card(self) -> dict:
        """What is not set is left out, so that a new setting does not make an old run another."""
        return {name: value for name, value in asdict(self).items() if value is not None}


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "reference": Recipe(Network.REFERENCE, (Stage(150, 15, 1e-3),), PRESETS["seed"], optimizer="adam"),
        "compact": Recipe(
            Network.COMPACT,
            (Stage(224, 10, 3e-4),),
            PRESETS["gentle"],
            start="champion",
            weight_decay=0.02,
            fractured_weight=3.0,
        ),
        "champion": Recipe(
            Network.COMPACT_FPN,
            (
                Stage(384, 30, 5e-4, 16, crop=224),
                Stage(384, 14, 2e-4, 16),
                Stage(384, 8, 4e-4, 16, crop=256),
                Stage(384, 10, 2.5e-4, 16, averaging=0.99),
            ),
            replace(PRESETS["strong"], rotation=20, noise=0.02, blur=0.0),
            start="imagenet",
            weight_decay=0.02,
            fractured_weight=1.5,
            not_fractured_share=0.5,
            box_weight=1.0,
            seed=1,
            select="auc+hit_rate",
        ),
    }
)
HIT_RATE_WEIGHT = 0.1  # in `auc+hit_rate`: an AUC is worth ten times a hit rate


def merit(figures: EpochFigures, select: str) -> float:
    """What the best epoch is chosen by; see `Recipe.select`."""
    return figures.auc + (HIT_RATE_WEIGHT * (figures.hit_rate or 0.0) if select == "auc+hit_rate" else 0.0)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom a run tells, and whom it asks. All optional.

    Attributes:
        on_start: told the epochs that a resumed run has behind it; none for a new one.
    """

    on_load: Callable[[int, int], None] = lambda done, total: None
    on_step: Callable[[int, int, float], None] = lambda done, total, loss: None
    on_epoch: Callable[[EpochFigures], None] = lambda figures: None
    cancelled: Callable[[], bool] = lambda: False
    on_start: Callable[[tuple[EpochFigures, ...]], None] = lambda history: None

    def loaded(self, done: int, total: int) -> None:
        self.stop_if_cancelled()
        self.on_load(done, total)

    def stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("The training run was cancelled. It can be resumed at its last finished epoch.")


@dataclass
class _State:
    """Where a run stands, besides its weights."""

    stage: int = 0
    epoch: int = 0
    best: float = -math.inf
    history: list[EpochFigures] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished run: the model of the best epoch, the figures of every epoch, and the pictures that were refused."""

    model: object
    best: EpochFigures
    history: tuple[EpochFigures, ...]
    refused: tuple


class Cancelled(TrainingError):
    """The run was cancelled; its last finished epoch can be resumed."""


Files = list[tuple[Path, bool, Boxes]]


def train(
    recipe: Recipe,
    training: Files,
    tuning: Files,
    folder: Path,
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
        start_from: the weights file of the version that `recipe.start` names.
        build: gives the network of a name and a size, as `networks.build` does.

    Raises:
        DatasetError: nothing to train on.
        TrainingError: an impossible setting, a diverged run, or `Cancelled`.
    """
    import keras
    import tensorflow as tf

    watcher = watcher or Watcher()
    if recipe.deterministic:
        tf.config.experimental.enable_op_determinism()
    folder.mkdir(parents=True, exist_ok=True)
    _check_same_run(folder, "recipe.json", "other settings", json.dumps(recipe.as_card(), sort_keys=True))
    _check_same_run(folder, "pictures.sha256", "other pictures", _fingerprint(training, tuning))
    board = tf.summary.create_file_writer(str(folder / "tensorboard"))
    state, variables = _restore(folder)
    watcher.on_start(tuple(state.history))
    weights = None
    refused: dict[str, object] = {}
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
        shown = load_pictures(training, spec, folder / "training.npy", watcher.loaded)
        judged = load_pictures(tuning, spec, folder / "tuning.npy", watcher.loaded)
        if stage.crop and not shown.located.all():
            raise TrainingError("Crops are labelled by their boxes, but some fractured pictures have none.")
        refused |= {item.name: item for item in (*shown.refused, *judged.refused)}
        while state.epoch < stage.epochs and not _has_stalled(recipe, state.history):
            figures = run.epoch(shown, judged, number, state.epoch, watcher)
            state.history.append(figures)
            _log(board, figures, len(state.history))
            found = merit(figures, recipe.select)
            if number == len(recipe.stages) - 1 and found > state.best:
                state.best = found
                _save(folder / BEST_FILE, {"stage": stage.size}, run.weights())
            state.epoch += 1
            _save(folder / STATE_FILE, _describe(state), run.values())
            watcher.on_epoch(figures)
        weights = run.weights()
        state.stage, state.epoch = number + 1, 0
    board.close()
    _, best_weights = _load(folder / BEST_FILE)
    model = build(recipe.network, recipe.stages[-1].size)
    model.set_weights(best_weights)
    last = [figures for figures in state.history if figures.stage == len(recipe.stages) - 1]
    best = max(last, key=lambda figures: merit(figures, recipe.select))
    for cache in (folder / "training.npy", folder / "tuning.npy"):
        cache.unlink(missing_ok=True)
    return Trained(model, best, tuple(state.history), tuple(refused.values()))


class StageRun:
    """One stage's model, optimiser and compiled steps.

    Args:
        whole: the same network for whole pictures, which judges where the stage has a crop or averages; else None for
            `model` itself.
    """

    def __init__(self, recipe: Recipe, stage: Stage, model, whole=None) -> None:
        import keras
        import tensorflow as tf

        self.recipe, self.stage, self.model, self.whole = recipe, stage, model, whole or model
        self.taught = bool(recipe.box_weight) and recipe.network is Network.COMPACT_FPN
        self.learner, self.judge = self._outputs(model), self._outputs(self.whole)
        self.last = model.layers[-1]
        self.grid = model.get_layer(networks.EVIDENCE_LAYER).output.shape[1] if self.taught else None
        if recipe.optimizer == "adam":
            self.optimizer = keras.optimizers.Adam(stage.learning_rate)
        else:
            self.optimizer = keras.optimizers.AdamW(
                stage.learning_rate, weight_decay=recipe.weight_decay, global_clipnorm=CLIP_NORM
            )
            self.optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        self.optimizer.build(self.model.trainable_variables)
        self.averaged = [tf.Variable(weight) for weight in model.weights] if stage.averaging else []
        self._step = tf.function(self._train_step, reduce_retracing=True)
        self._look = tf.function(lambda images: self.judge(images, training=False), reduce_retracing=True)

    def _outputs(self, model):
        import keras

        outputs = {"hidden": model.layers[-1].input}
        if self.taught:
            outputs["evidence"] = model.get_layer(networks.EVIDENCE_LAYER).output
        return keras.Model(model.inputs[0], outputs)

    def values(self) -> list[np.ndarray]:
        return [v.numpy() for v in (*self.model.variables, *self.optimizer.variables, *self.averaged)]

    def weights(self) -> list[np.ndarray]:
        """What the stage has come to: the average where it keeps one."""
        return [v.numpy() for v in self.averaged] or self.model.get_weights()

    def assign(self, values: list[np.ndarray]) -> None:
        for variable, value in zip(
            (*self.model.variables, *self.optimizer.variables, *self.averaged), values, strict=True
        ):
            variable.assign(value)

    def learning_rate(self, epochs: float) -> float:
        """After so many epochs: constant for `adam`; else one epoch of warm-up, then a cosine to zero at the end."""
        peak = self.stage.learning_rate
        if self.recipe.optimizer == "adam":
            return peak
        if epochs < 1:
            return peak * epochs
        return peak * 0.5 * (1 + math.cos(math.pi * (epochs - 1) / max(1, self.stage.epochs - 1)))

    def _train_step(self, images, labels, masks, located):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            outputs = self.learner(images, training=True)
            logits = networks.logits_of(outputs["hidden"], self.last)
            weights = 1.0 + (self.recipe.fractured_weight - 1.0) * labels
            loss = tf.reduce_mean(weights * tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))
            if self.grid:
                loss += self.recipe.box_weight * _box_loss(outputs["evidence"][..., 0], masks, labels, located)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        for average, weight in zip(self.averaged, self.model.weights if self.averaged else (), strict=True):
            average.assign_add((weight - average) * (1 - self.stage.averaging))
        right = tf.reduce_sum(tf.cast((logits > 0) == (labels > 0.5), tf.float32))
        return loss, right

    def step(self, item: Batch) -> tuple[float, float]:
        """One step of the optimiser: the mean loss, and how many of the batch were right."""
        masks = item.masks if item.masks is not None else np.zeros((len(item.labels), 1, 1), np.float32)
        loss, correct = self._step(item.images, item.labels, masks, item.located)
        return float(loss), float(correct)

    def epoch(self, shown: Pictures, judged: Pictures, number: int, epoch: int, watcher: Watcher) -> EpochFigures:
        began, losses, right = time.monotonic(), [], 0.0
        rng = np.random.default_rng([self.recipe.seed, number, epoch])
        order = draw_order(shown.labels, self.recipe.not_fractured_share, rng)
        total = math.ceil(len(order) / self.stage.batch_size)
        seed = (self.recipe.seed, number, epoch)
        settings = self.recipe.augmentation, self.stage.batch_size, self.grid, seed, self.stage.crop
        batches = training_batches(shown, order, *settings)
        for step, item in enumerate(batches):
            watcher.stop_if_cancelled()
            self.optimizer.learning_rate.assign(self.learning_rate(epoch + (step + 1) / total))
            loss, correct = self.step(item)
            losses.append(loss * len(item.labels))
            right += correct
            if not math.isfinite(losses[-1]):
                raise TrainingError(DIVERGED)
            watcher.on_step(step + 1, total, loss)
        figures = self._judge(judged, watcher)
        return EpochFigures(
            stage=number,
            epoch=epoch,
            loss=sum(losses) / len(order),
            accuracy=right / len(order),
            seconds=round(time.monotonic() - began, 1),
            **figures,
        )

    def _judge(self, judged: Pictures, watcher: Watcher) -> dict:
        from sklearn.metrics import roc_auc_score

        if self.whole is not self.model:
            self.whole.set_weights(self.weights())
        logits, centres, last = [], [], self.whole.layers[-1]
        for images in plain_batches(judged, self.stage.batch_size):
            watcher.stop_if_cancelled()
            outputs = self._look(images)
            logits.append(networks.logits_of(outputs["hidden"], last).numpy())
            if self.taught:
                maps = outputs["evidence"].numpy()[..., 0]
                flat, side = maps.reshape(len(maps), -1).argmax(axis=1), maps.shape[1]
                centres.append((np.stack([flat % side, flat // side], axis=1) + 0.5) * judged.spec.size / side)
        logit, label = np.concatenate(logits).astype(np.float64), judged.labels > 0.5
        if not np.all(np.isfinite(logit)):
            raise TrainingError(DIVERGED)
        loss = np.mean(np.logaddexp(0, logit) - label * logit)
        hit_rate = None
        if self.taught and any(len(b) for b in judged.boxes):
            hits = [
                any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes)
                for (x, y), boxes in zip(np.concatenate(centres), judged.boxes, strict=True)
                if len(boxes)
            ]
            hit_rate = float(np.mean(hits))
        return {
            "tuning_loss": float(loss),
            "auc": float(roc_auc_score(label, logit)),
            "sensitivity": float(np.mean(logit[label] > 0)),
            "specificity": float(np.mean(logit[~label] <= 0)),
            "hit_rate": hit_rate,
        }


def _has_stalled(recipe: Recipe, history: list[EpochFigures]) -> bool:
    """Early stopping, from the figures alone, so that a resumed run stops where an unbroken one does."""
    last = [merit(figures, recipe.select) for figures in history if figures.stage == len(recipe.stages) - 1]
    return recipe.patience is not None and bool(last) and len(last) - 1 - last.index(max(last)) >= recipe.patience


def _box_loss(evidence, masks, labels, located):
    """Focal loss over every cell (Lin et al. 2017) and Dice over fractured pictures (Milletari et al. 2016)."""
    import tensorflow as tf

    logits = evidence + EVIDENCE_OFFSET
    share = tf.sigmoid(logits)
    certainty = share * masks + (1 - share) * (1 - masks)
    alpha = FOCAL_ALPHA * masks + (1 - FOCAL_ALPHA) * (1 - masks)
    cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(masks, logits)
    focal = tf.reduce_sum(alpha * (1 - certainty) ** FOCAL_GAMMA * cross_entropy, axis=(1, 2)) * located
    focal = tf.reduce_sum(focal) / (tf.reduce_sum(masks) + 1.0)
    overlap, sizes = tf.reduce_sum(share * masks, axis=(1, 2)), tf.reduce_sum(share + masks, axis=(1, 2))
    taught = labels * located
    dice = tf.reduce_sum(taught * (1 - (2 * overlap + 1) / (sizes + 1))) / (tf.reduce_sum(taught) + 1.0)
    return focal + dice


def _start(model, recipe: Recipe, start_from: Path | None) -> None:
    if recipe.start == "random":
        return
    if recipe.start == "imagenet":
        from core.cnn import imagenet

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


def _check_same_run(folder: Path, name: str, what: str, described: str) -> None:
    path = folder / name
    if path.exists() and path.read_text() != described:
        raise TrainingError(f"{folder} holds a run with {what}. Choose another folder or delete it.")
    path.write_text(described)


def _fingerprint(*splits: Files) -> str:
    """A SHA-256 over the names, classes and boxes of each split's pictures, in order."""
    described = [[(path.name, fractured, boxes) for path, fractured, boxes in files] for files in splits]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def _describe(state: _State) -> dict:
    return {**asdict(state), "best": state.best if math.isfinite(state.best) else None}


def _save(path: Path, description: dict, arrays: list[np.ndarray]) -> None:
    """Write atomically: a reader sees the old file or the new one, never half of one."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        np.savez(stream, description=json.dumps(description), **{f"a{i}": a for i, a in enumerate(arrays)})
    partial.replace(path)


def _load(path: Path) -> tuple[dict, list[np.ndarray]]:
    with np.load(path, allow_pickle=False) as data:
        arrays = [data[f"a{i}"] for i in range(len(data.files) - 1)]
        return json.loads(str(data["description"])), arrays


def _restore(folder: Path) -> tuple[_State, list[np.ndarray] | None]:
    path = folder / STATE_FILE
    if not path.exists():
        return _State(), None
    description, arrays = _load(path)
    history = [EpochFigures(**item) for item in description["history"]]
    best = -math.inf if description["best"] is None else description["best"]
    return _State(description["stage"], description["epoch"], best, history), arrays


def _log(board, figures: EpochFigures, step: int) -> None:
    import tensorflow as tf

    with board.as_default(step=step):
        for name, value in asdict(figures).items():
            if isinstance(value, float):
                tf.summary.scalar(name, value)
    board.flush()
