"""The settings of a training run: each with its default, its range and one line of help, checked before the start."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core import documents
from core.cnn.networks import NETWORKS, Network
from core.cnn.training.augmentation import HIGHEST, PRESETS, Augmentation
from core.cnn.training.recipe import Recipe, Stage
from core.errors import TrainingError

__all__ = ["HIGHEST", "PRESETS", "SETTINGS", "Augmentation", "Network", "Setting", "TrainingSettings", "defaults"]

SIZE_STEP = 32  # the compact networks halve the picture five times
WEIGHT_DECAY = 0.02  # of AdamW, as the shipped champion's
BOX_WEIGHT = 1.0  # as the shipped champion's


class Schedule(StrEnum):
    """How the learning rate goes through a run."""

    COSINE = "cosine"
    CONSTANT = "constant"


class SettingKind(StrEnum):
    """What a setting's value is."""

    CHOICE = "choice"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of `TrainingSettings` is asked for.

    Attributes:
        name: of the field.
        low, high: the range, both ends allowed; None where it has none.
        choices: of a CHOICE; empty where the choice depends on what there is.
    """

    name: str
    label: str
    help: str
    kind: SettingKind
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> None:
        """Raises TrainingError for a value of another kind or out of range."""
        if self.kind is SettingKind.FLAG:
            met, rule = isinstance(value, bool), "yes or no"
        elif self.kind is SettingKind.CHOICE:
            met = isinstance(value, str) and (value in self.choices if self.choices else bool(value))
            rule = f"one of {', '.join(self.choices)}" if self.choices else "the name of a start"
        else:
            whole = self.kind is SettingKind.WHOLE
            low = -math.inf if self.low is None else self.low
            high = math.inf if self.high is None else self.high
            kind = int if whole else (int, float)
            met = isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high
            rule = f"{'a whole number ' if whole else ''}from {low:g} to {high:,g}"
        if not met:
            raise TrainingError(f"{self.label} must be {rule}, but is {value!r}.")


SETTINGS = (
    Setting("network", "Network", "What is trained.", SettingKind.CHOICE, choices=tuple(Network)),
    Setting("start", "Start", "The version whose weights it begins with, or random weights.", SettingKind.CHOICE),
    Setting(
        "size",
        "Image size",
        "Side of the square the network sees, in pixels: finer detail at a cost that grows with its square.",
        SettingKind.WHOLE,
        64,
        768,
        SIZE_STEP,
    ),
    Setting("epochs", "Epochs", "How often every training picture is shown.", SettingKind.WHOLE, 1, 200, 1),
    Setting("batch_size", "Batch size", "Pictures in one step: more need more memory.", SettingKind.WHOLE, 1, 256, 1),
    Setting("learning_rate", "Learning rate", "How far one step goes.", SettingKind.NUMBER, 1e-6, 0.1),
    Setting(
        "schedule",
        "Schedule",
        "cosine: AdamW, an epoch of warm-up, then down to zero; constant: Adam at one rate, as the reference CNN's.",
        SettingKind.CHOICE,
        choices=tuple(Schedule),
    ),
    Setting(
        "fractured_weight",
        "Weight of fractured",
        "How much a fractured picture counts against 1 for another; others divided by fractured balances the classes.",
        SettingKind.NUMBER,
        0.1,
        20,
        0.1,
    ),
    Setting("seed", "Seed", "Of the order, the augmentation and random weights.", SettingKind.WHOLE, 0, 2**32 - 1, 1),
    Setting(
        "patience",
        "Early stopping",
        "Stop after so many epochs in a row without a better AUC on the tuning split; 0 never stops early.",
        SettingKind.WHOLE,
        0,
        100,
        1,
    ),
    Setting(
        "deterministic",
        "Repeatable",
        "The same weights to the bit from the same seed on this machine, at up to half the speed.",
        SettingKind.FLAG,
    ),
)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What an administrator chooses; `SETTINGS` says what each is, and an impossible one cannot be made.

    Attributes:
        start: `random`, `imagenet`, `champion` (the one that serves when the job is asked for), or a version.
        augmentation: how the training pictures vary.

    Raises:
        TrainingError: a value that is impossible, by itself or beside the others.
    """

    network: str = Network.COMPACT
    start: str = "champion"
    size: int = NETWORKS[Network.COMPACT].input.size
    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 3e-4
    schedule: str = Schedule.COSINE
    fractured_weight: float = 3.0
    augmentation: Augmentation = PRESETS["gentle"]
    seed: int = 0
    patience: int = 5
    deterministic: bool = False

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            if setting.name != "size" or self.network != Network.REFERENCE:
                setting.check(getattr(self, setting.name))
        reference = NETWORKS[Network.REFERENCE].input.size
        if self.network == Network.REFERENCE and self.size != reference:
            raise TrainingError(f"The reference CNN reads {reference} pixels only, but {self.size} was asked for.")
        if self.network != Network.REFERENCE and self.size % SIZE_STEP:
            raise TrainingError(f"Image size must be a multiple of {SIZE_STEP}, but is {self.size}.")

    def recipe(self, boxes: bool) -> Recipe:
        """What `core.cnn.training.train.train` is given.

        Args:
            boxes: whether the training pictures have any, to teach a network with an evidence map.
        """
        taught = boxes and self.network == Network.COMPACT_FPN
        cosine = self.schedule == Schedule.COSINE
        return Recipe(
            Network(self.network),
            (Stage(self.size, self.epochs, self.learning_rate, self.batch_size),),
            self.augmentation,
            start=self.start,
            optimizer="adamw" if cosine else "adam",
            weight_decay=WEIGHT_DECAY if cosine else 0.0,
            fractured_weight=self.fractured_weight,
            box_weight=BOX_WEIGHT if taught else 0.0,
            seed=self.seed,
            deterministic=self.deterministic,
            select="auc+hit_rate" if taught else "auc",
            patience=self.patience or None,
        )

    def to_json(self) -> str:
        """The settings as a job keeps them."""
        return documents.to_json(self, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrainingSettings:
        """Read what `to_json` wrote. Raises TrainingError for anything else."""
        try:
            values = json.loads(text)
            if not isinstance(values, dict) or "augmentation" not in values:  # `{}` is no settings
                raise ValueError("the augmentation is missing")
            return documents.from_plain(cls, values)
        except ValueError as error:
            raise TrainingError(f"These are not the settings of a training: {error}.") from error


DEFAULTS: Mapping[Network, TrainingSettings] = MappingProxyType(
    {
        Network.COMPACT: TrainingSettings(),
        Network.COMPACT_FPN: TrainingSettings(
            network=Network.COMPACT_FPN,
            size=NETWORKS[Network.COMPACT_FPN].input.size,
            batch_size=16,
            learning_rate=2e-4,
            fractured_weight=1.5,
        ),
        # The seed's own: 15 epochs of Adam at Keras' default rate, from random weights, its augmentation.
        Network.REFERENCE: TrainingSettings(
            network=Network.REFERENCE,
            start="random",
            size=NETWORKS[Network.REFERENCE].input.size,
            epochs=15,
            learning_rate=1e-3,
            schedule=Schedule.CONSTANT,
            fractured_weight=1.0,
            augmentation=PRESETS["seed"],
            patience=0,
        ),
    }
)


def defaults(network: str) -> TrainingSettings:
    """What suits a network. Raises TrainingError for one that there is none of."""
    try:
        return DEFAULTS[Network(network)]
    except ValueError:
        raise TrainingError(f"Network must be one of {', '.join(Network)}, but is {network!r}.") from None
