"""The training loop of one stage: compiled steps, an epoch of them, and the tuning figures after it."""

from __future__ import annotations

import math
import time

import numpy as np

from core.cnn import networks
from core.cnn.networks import Network
from core.cnn.training.batch_norm import with_fused_batch_norm
from core.cnn.training.callbacks import Watcher
from core.cnn.training.pictures import Pictures, TrainingBatch, draw_order, plain_batches, training_batches
from core.cnn.training.recipe import Recipe, Stage
from core.domain import EpochFigures
from core.errors import TrainingError

# A cell of the evidence map counts as fractured from this far above zero on, so that an untaught map starts quiet and
# the background of a taught one is negative, where Grad-CAM shows nothing.
EVIDENCE_OFFSET = -2.0
FOCAL_GAMMA = 2.0  # Lin et al. 2017, arXiv:1708.02002
FOCAL_ALPHA = 0.75
CLIP_NORM = 1.0
DIVERGED = "The loss became infinite: the run diverged. Lower the learning rate and retry."


class StageRun:
    """One stage's model, optimiser and compiled steps.

    Args:
        model: what to train; it stays as it is, a copy is trained.
        whole: the same network for whole pictures, which judges where the stage has a crop or averages; else None for
            `model` itself.
    """

    def __init__(self, recipe: Recipe, stage: Stage, model, whole=None) -> None:
        import keras
        import tensorflow as tf

        self.recipe, self.stage, self.model = recipe, stage, with_fused_batch_norm(model)
        self.whole = with_fused_batch_norm(whole) if whole else self.model
        self.taught = bool(recipe.box_weight) and recipe.network is Network.COMPACT_FPN
        self.learner, self.judge = self._outputs(self.model), self._outputs(self.whole)
        self.last = self.model.layers[-1]
        self.grid = self.model.get_layer(networks.EVIDENCE_LAYER).output.shape[1] if self.taught else None
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
        """All that a checkpoint keeps: the model's variables, the optimiser's and the averages, in this order."""
        return [v.numpy() for v in (*self.model.variables, *self.optimizer.variables, *self.averaged)]

    def weights(self) -> list[np.ndarray]:
        """What the stage has come to: the average where it keeps one."""
        return [v.numpy() for v in self.averaged] or self.model.get_weights()

    def assign(self, values: list[np.ndarray]) -> None:
        """Take back what `values` gave."""
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

    def step(self, item: TrainingBatch) -> tuple[float, float]:
        """One step of the optimiser: the mean loss, and how many of the batch were right."""
        masks = item.masks if item.masks is not None else np.zeros((len(item.labels), 1, 1), np.float32)
        loss, correct = self._step(item.images, item.labels, masks, item.located)
        return float(loss), float(correct)

    def epoch(self, shown: Pictures, judged: Pictures, number: int, epoch: int, watcher: Watcher) -> EpochFigures:
        """Train for one epoch, then measure on the tuning pictures.

        Args:
            shown, judged: the training and the tuning pictures.
            number, epoch: of the stage and of its epoch, from 0; they fix the order and the augmentation.

        Raises:
            RunCancelledError: cancelled within the epoch.
            TrainingError: the loss became infinite.
        """
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


def _box_loss(evidence, masks, labels, located):
    """How far the evidence map lies from the boxes: focal loss over every cell, plus Dice loss over fractured pictures.

    With the evidence e, p = sigmoid(e + EVIDENCE_OFFSET), the masks m, the share that is right
    c = p m + (1 - p)(1 - m), and the weight a = FOCAL_ALPHA m + (1 - FOCAL_ALPHA)(1 - m):

        focal = sum_n l_n sum_ij a (1 - c)^FOCAL_GAMMA CE(m, p)  /  (sum_n sum_ij m + 1)
        dice  = sum_n y_n l_n ( 1 - (2 sum_ij p m + 1) / (sum_ij (p + m) + 1) )  /  (sum_n y_n l_n + 1)

    CE is the cross-entropy -m log p - (1 - m) log(1 - p). The ones keep a batch without boxes, and a mask without
    cells, finite.

    Args:
        evidence: (B, g, g) float32, the evidence map before any sigmoid.
        masks: (B, g, g) float32 in [0, 1], the share of each cell that lies in a box.
        labels: y, (B,) float32, 1 for fractured.
        located: l, (B,) float32, 0 for a fractured picture without boxes, whose map is not taught.

    Returns:
        A scalar, at least 0.

    Source: Lin et al. 2017, arXiv:1708.02002 (focal); Milletari et al. 2016, arXiv:1606.04797 (Dice).
    """
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
