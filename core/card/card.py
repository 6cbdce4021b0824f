"""The model card: all that is said of a version, as `card.json` beside its weights holds it.

What decides a prediction (`input`, `sigmoid_means`, `saliency_layer`, `calibration`, `operating_points`, `gate`) never
changes once it is written. What is said of a version (AMENDABLE) can be said better or more often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from core.card.figures import RefusedFile, SplitFigures
from core.card.part import Count, Part, Share, always, check, decides, named, read, to_document
from core.card.studies import Studies
from core.domain import EpochFigures, Presentation
from core.errors import DamagedModelError, RegistryError

AMENDABLE = frozenset({"about", "changes", "data", "figures", "limits", "studies"})
HIGH_SENSITIVITY, HIGH_SPECIFICITY = "high_sensitivity", "high_specificity"  # the names of the two operating points
LIST_OF_NUMBERS = re.compile(r"\[\s+([-+.\deE,\s]+?)\s+\]")


class Meaning(StrEnum):
    """The class whose score the network's sigmoid is."""

    FRACTURED = "fractured"
    NOT_FRACTURED = "not_fractured"

    @property
    def sign(self) -> int:
        """What turns the network's logit into that of *fractured*: 1 or -1."""
        return 1 if self is Meaning.FRACTURED else -1


@dataclass(frozen=True, slots=True)
class InputSpec(Part):
    """What a network reads: the preprocessing.

    Attributes:
        size: side of the square input, in pixels.
        letterbox: True keeps the aspect ratio and pads with black; False stretches to the square.
        channels: 1 (grey) or 3 (grey, repeated).
        mask_collimation: True turns wide white borders, the collimator's shadow on an inverted detector, black.
        range: of the values, black first.
        photometric: DICOM's term; bones are bright.
    """

    size: int = decides()
    letterbox: bool = decides()
    channels: int = decides()
    mask_collimation: bool = field(default=False, metadata={"decides": True, "always": True})
    range: tuple[float, float] = always((0.0, 1.0))
    photometric: str = always("MONOCHROME2")


class CalibrationMethod(StrEnum):
    """How a logit becomes a probability."""

    LOGISTIC = "logistic"
    ISOTONIC = "isotonic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Part):
    """The map from a logit to a probability; see `core.prediction.calibration`.

    Attributes:
        slope, intercept: of a logistic map.
        logits, probabilities: the corners of an isotonic map, of one length, at least one; logits ascend.
        cross_fitted_log_loss: by method, in nats.
        fitted_on: the data set and split, in words.
        prevalence: share of fractured radiographs there: the probabilities hold for it.

    Raises:
        ValueError: the method lacks its numbers.
    """

    method: CalibrationMethod
    slope: float | None = decides(None)
    intercept: float | None = decides(None)
    logits: tuple[float, ...] | None = decides(None)
    probabilities: tuple[Share, ...] | None = decides(None)
    cross_fitted_log_loss: Mapping[str, float] | None = None
    fitted_on: str | None = None
    prevalence: Share | None = None

    def __post_init__(self) -> None:
        if self.method is CalibrationMethod.LOGISTIC and (self.slope is None or self.intercept is None):
            raise ValueError("must have slope and intercept where it is logistic")
        if self.method is CalibrationMethod.ISOTONIC:
            if not self.logits or self.probabilities is None or len(self.logits) != len(self.probabilities):
                raise ValueError("must have as many logits as probabilities, and at least one, where it is isotonic")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint(Part):
    """A threshold on the probability with what was measured there.

    Attributes:
        name: `high_sensitivity` or `high_specificity`.
        threshold: probability at or above which a radiograph counts as positive at this point; in [0, 1], or just above
            1 where none is to be positive.
        sensitivity, specificity: the intervals are 95 % Wilson score intervals.
        measured_on: the data set and split, in words.
        prevalence: share of fractured radiographs there.
    """

    name: str
    threshold: float
    sensitivity: Share | None = None
    sensitivity_ci: tuple[float, float] | None = None
    specificity: Share | None = None
    specificity_ci: tuple[float, float] | None = None
    measured_on: str | None = None
    prevalence: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SparedLevel(Part):
    """From this logit, as *fractured*, the gate's threshold is the one here: to decline a fracture is to miss it."""

    logit: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationProbe(Part):
    """A linear probe: (F,) weights of the gate's features, and the sum above which it says that it is so."""

    weights: tuple[float, ...]
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GateParameters(Part):
    """What declines pictures that are unlike bone radiographs; see `core.prediction.gate`.

    Attributes:
        method: in words.
        layers: whose means and standard deviations over the picture are the F features; None in cards of an earlier
            form, which no longer predict.
        mean, scale: (F,) mean and standard deviation of the training features; without `mean` only the cheap checks
            are made.
        axes: (K, F) principal axes of the scaled features, divided by the standard deviation along them.
        residual: standard deviation of what the axes leave unexplained, above 0.
        accepted: share of tuning radiographs that the threshold lets pass.
        threshold: squared distance above which a picture is declined.
        spared: the threshold for radiographs with much evidence of a fracture.
        presentation: the probes for what is not presented as it should be.

    Raises:
        ValueError: a mean without the rest, or arrays that do not fit each other.
    """

    method: str | None = None
    layers: tuple[str, ...] | None = decides(None)
    mean: tuple[float, ...] | None = decides(None)
    scale: tuple[float, ...] | None = decides(None)
    axes: tuple[tuple[float, ...], ...] | None = decides(None)
    residual: float | None = decides(None)
    accepted: Share | None = None
    threshold: float | None = decides(None)
    spared: SparedLevel | None = decides(None)
    presentation: Mapping[Presentation, PresentationProbe] | None = decides(None)

    def __post_init__(self) -> None:
        if self.mean is None:
            if self.presentation:
                raise ValueError("must have a mean where it has presentation probes")
            return
        wide = len(self.mean)
        if self.scale is None or self.axes is None or self.residual is None or self.threshold is None:
            raise ValueError("must have scale, axes, residual and threshold where it has a mean")
        if len(self.scale) != wide or any(len(axis) != wide for axis in self.axes):
            raise ValueError(f"must have a scale, and axes, of {wide} features each, as the mean")
        for kind, probe in (self.presentation or {}).items():
            if len(probe.weights) != wide:
                raise ValueError(f"must have {wide} weights in presentation.{kind}, but has {len(probe.weights)}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(Part):
    """All that is said of one version.

    Attributes:
        created: in ISO 8601.
        network: its name in `core.cnn.networks`; `description` says it in words.
        parameters: how many weights it has.
        sigmoid_means: what its output is the score of.
        saliency_layer: the layer that the heatmaps are of.
        gate: None declines nothing but what the cheap checks do.
        limits: sentences for the reader.
        figures: by split.
        version, sha256: the folder's name and the hex digest of the weights; the registry fills them in.
    """

    created: str
    network: str
    description: str | None = None
    parameters: Count | None = None
    input: InputSpec
    sigmoid_means: Meaning
    saliency_layer: str
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]
    gate: GateParameters | None = field(default=None, metadata={"decides": True, "always": True})
    training: Training | None = None
    data: DataSource | None = None
    limits: tuple[str, ...] = ()
    about: About | None = None
    figures: Mapping[str, SplitFigures] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    version: str = named()
    sha256: str = named()
    studies: Studies | None = None

    def point(self, name: str) -> OperatingPoint:
        """One operating point. Raises ValueError where the card has none of that name."""
        for point in self.operating_points:
            if point.name == name:
                return point
        raise ValueError(f"operating_points must hold {name}, but hold {[p.name for p in self.operating_points]}")


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One folder of the registry. Of a retired version its card is all that is left.

    Attributes:
        shipped: whether it came with the product; its folder is read-only then.
    """

    version: str
    network: str
    sha256: str
    created: datetime
    shipped: bool
    card: ModelCard
    retired: bool = False

    @classmethod
    def of(cls, card: ModelCard, shipped: bool = False, retired: bool = False) -> ModelVersion:
        """What a card describes. Raises ValueError where `created` is no time."""
        moment = datetime.fromisoformat(card.created)
        created = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return cls(card.version, card.network, card.sha256, created, shipped, card, retired)


def read_card(text: str, name: str) -> ModelCard:
    """Read `card.json`.

    Args:
        name: the version's, which the card must carry.

    Raises:
        DamagedModelError: it is not JSON, is of another version, or a part that decides a prediction is missing or
            malformed; the message names it.
    """
    try:
        card = read(ModelCard, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise DamagedModelError(f"The card of {name} cannot be read: {error}.") from error
    if card.version != name:
        raise DamagedModelError(f"The card of {name} lacks its own name: it says {card.version!r}.")
    return card


def write_card(card: ModelCard) -> str:
    """`card.json` as people read it: indented, with each list of numbers on one line.

    Raises:
        RegistryError: a field has another type than its own, lies outside its range or is no JSON; the message names it.
    """
    try:
        check(card)
        text = json.dumps(to_document(card), indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RegistryError(f"The card of {card.version} cannot be written as JSON: {error}.") from error
    return LIST_OF_NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", text) + "\n"
