"""The parts of a card that decide a prediction; they never change once they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.card.part import Interval, Part, Share, always, decides
from core.domain import Presentation


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
        corners = len(self.logits or ())
        if self.method is CalibrationMethod.ISOTONIC and not 0 < corners == len(self.probabilities or ()):
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
    sensitivity_ci: Interval | None = None
    specificity: Share | None = None
    specificity_ci: Interval | None = None
    measured_on: str | None = None
    prevalence: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SparedLevel(Part):
    """A wider threshold of the gate for radiographs with much evidence, since to decline a fracture is to miss it.

    Attributes:
        logit: as *fractured*; from this value on, `threshold` replaces the gate's own.
        threshold: squared distance above which such a radiograph is declined.
    """

    logit: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationProbe(Part):
    """A linear probe for one fault of presentation, such as inversion.

    Attributes:
        weights: (F,), of the gate's features.
        threshold: a weighted sum above it means that the radiograph has the fault.
    """

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
        if self.layers is None:
            return
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
