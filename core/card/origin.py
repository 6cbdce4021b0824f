"""How a version was made and what is said of it in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.card.measures import RefusedFile
from core.card.part import Count, Part, Share, always
from core.domain import EpochFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeStage(Part):
    """One stage of a training; see `core.cnn.training.recipe.Stage`."""

    size: Count | None = None
    epochs: Count | None = None
    learning_rate: float | None = None
    batch_size: Count | None = None
    crop: Count | None = None
    averaging: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRecord(Part):
    """The recipe that a version was trained by; see `core.cnn.training.recipe.Recipe`."""

    network: str | None = None
    stages: tuple[RecipeStage, ...] = ()
    augmentation: Mapping[str, float] = field(default_factory=dict)
    start: str | None = None
    optimizer: str | None = None
    weight_decay: float | None = None
    fractured_weight: float | None = None
    not_fractured_share: Share | None = None
    box_weight: float | None = None
    seed: Count | None = None
    deterministic: bool | None = None
    select: str | None = None
    patience: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor(Part):
    """A version that a training began with, directly or not; the hashes are of its splits' manifests, by split."""

    version: str
    sha256: str | None = None
    manifest_sha256: Mapping[str, str] | None = always()


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Part):
    """How a version was made.

    Attributes:
        best_epoch, history: the epoch whose weights these are, and all of them.
        seconds: of training, without what was fitted afterwards.
        repeatable: in words, whether the same seed gives the same weights.
        manifest: hash of the whole manifest.
        manifest_sha256: hash of each split's, by split.
        n: radiographs, by split.
        refused: files that could not be read.
        ancestors: the nearest first.
        libraries: version by name.
        settings, run, data_set: of a training job: what was asked for, its folder's name, its data set's name.
        notes: what else there is to say.
    """

    recipe: RecipeRecord | None = None
    best_epoch: EpochFigures | None = None
    history: tuple[EpochFigures, ...] = ()
    seconds: float | None = None
    seed: Count | None = None
    deterministic: bool | None = None
    repeatable: str | None = None
    manifest: str | None = None
    manifest_sha256: Mapping[str, str] = field(default_factory=dict)
    n: Mapping[str, Count] = field(default_factory=dict)
    refused: tuple[RefusedFile, ...] = always(())
    ancestors: tuple[Ancestor, ...] = always(())
    libraries: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] | None = None
    run: str | None = None
    data_set: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource(Part):
    """What a version was trained on, in words.

    Attributes:
        covered, not_covered: what the data hold, and what not.
        body_parts: DICOM's terms for what was validated; empty where that is not known.
        excluded: file names that were left out.
    """

    source: str | None = None
    licence: str | None = None
    attribution: str | None = None
    split: str | None = None
    reference_standard: str | None = None
    covered: str | None = None
    not_covered: str | None = None
    body_parts: tuple[str, ...] = always(())
    excluded: tuple[str, ...] = always(())


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Part):
    """What a version is for, for whom, under whose eyes, and when not to trust its overlay."""

    intended_use: str | None = None
    users: str | None = None
    out_of_scope: tuple[str, ...] = ()
    oversight: tuple[str, ...] = ()
    overlay: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Part):
    """An entry of the change log: when, in ISO 8601, and what."""

    at: str | None = None
    what: str
