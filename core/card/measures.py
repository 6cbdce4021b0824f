"""The measures that figures are made of: of points, bands, curves, heatmaps, errors."""

from __future__ import annotations

from dataclasses import dataclass

from core.card.part import Count, Interval, Part, Share, always


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLook(Part):
    """One look at a test split.

    Attributes:
        at: the day or the time, in ISO 8601.
        why: in words.
        number: how many looks at this split the installation had taken, this one included.
    """

    at: str
    why: str
    number: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPoint(Part):
    """What was measured at one operating point.

    Attributes:
        threshold: a probability.
        sensitivity, specificity: shares of the fractured and of the others that are on the right side of it.
    """

    threshold: float | None = None
    sensitivity: Share | None = always()
    sensitivity_ci: Interval | None = None
    specificity: Share | None = always()
    specificity_ci: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFigures(Part):
    """How many radiographs stood in one band.

    Attributes:
        n, n_fractured: all of them, and the fractured.
        share: of all radiographs.
        share_fractured: of the band.
        error_rate: share of the band that is on the wrong side; None in a band that takes no side.
    """

    n: Count | None = None
    share: Share | None = None
    n_fractured: Count | None = None
    share_fractured: Share | None = None
    share_fractured_ci: Interval | None = None
    error_rate: Share | None = None
    error_rate_ci: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RocCurve(Part):
    """The corners of a ROC curve, from (0, 0) to (1, 1); both of one length."""

    false_positive_rate: tuple[float, ...] = ()
    sensitivity: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRecallCurve(Part):
    """Sensitivity, and the share of the positive that are fractured, at every threshold, the strictest first."""

    sensitivity: tuple[float, ...] = ()
    precision: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves(Part):
    """The curves of one group of radiographs."""

    roc: RocCurve | None = None
    precision_recall: PrecisionRecallCurve | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityPoint(Part):
    """One bin of a reliability plot: mean probability, share that is fractured, and how many radiographs it holds."""

    probability: Share
    share_fractured: Share
    share_fractured_ci: Interval
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingFigures(Part):
    """How heatmaps point at the boxes of located fractures.

    Attributes:
        n_located: fractured radiographs with boxes.
        hit_rate: share whose heatmap's peak lies inside a box (the pointing game).
        near_rate: share whose peak lies within 15 pixels of one, at 512 pixels on the long side.
        energy_inside: mean share of a heatmap's sum that lies inside the boxes.
        iou: mean intersection over union of boxes and heatmap above `iou_threshold`.
        hit_rate_by_chance, near_rate_by_chance: of a point thrown blindly at the radiograph.
        hit_rate_by_chance_on_bone: of a point thrown blindly at its bright pixels.
        layer: whose heatmaps these are, where it is not the version's own.
    """

    layer: str | None = None
    n_located: Count | None = None
    hit_rate: Share | None = None
    hit_rate_ci: Interval | None = None
    near_rate: Share | None = None
    near_rate_ci: Interval | None = None
    energy_inside: Share | None = None
    energy_inside_ci: Interval | None = None
    iou: Share | None = None
    iou_ci: Interval | None = None
    iou_threshold: Share | None = None
    hit_rate_by_chance: Share | None = None
    near_rate_by_chance: Share | None = None
    hit_rate_by_chance_on_bone: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapSimilarity(Part):
    """How alike two sets of heatmaps are, pair by pair.

    Attributes:
        randomised_down_to: the layer down to which the weights were randomised; None for the trained network.
        ssim, ssim_sd: mean and standard deviation of structural similarity, in [-1, 1].
        rank_correlation: mean of Spearman's, in [-1, 1].
        share_empty: share of heatmaps that show nothing.
    """

    randomised_down_to: str | None = None
    ssim: float | None = None
    ssim_sd: float | None = None
    rank_correlation: float | None = None
    share_empty: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomisation(Part):
    """Cascading randomisation of the weights (Adebayo et al. 2018, arXiv:1810.03292).

    Attributes:
        n: radiographs.
        between_radiographs: the similarity of heatmaps of different radiographs, to compare with.
        steps: from the output down.
    """

    n: Count | None = None
    between_radiographs: HeatmapSimilarity | None = None
    steps: tuple[HeatmapSimilarity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaliencyChecks(Part):
    """Whether the heatmaps depend on what the network has learned, and what a plain Grad-CAM of it would give."""

    plain_grad_cam: PointingFigures | None = None
    randomisation: Randomisation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Part):
    """One radiograph that the version got wrong.

    Attributes:
        file: its path below the data set.
        sha256: of the file.
        probability: None where the gate declined it.
        peak: (x, y) of the heatmap's peak, as fractions of the radiograph; None without evidence.
        boxes: left, top, width, height of each fracture, as fractions of the radiograph.
    """

    file: str
    sha256: str
    probability: Share | None = always()
    peak: tuple[float, float] | None = always()
    boxes: tuple[tuple[float, float, float, float], ...] = always(())


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureFigures(Part):
    """The errors of one kind: `n` of `of` radiographs, and the worst of them, which a card does not hold."""

    n: Count | None = None
    of: Count | None = None
    rate: Share | None = always()
    rate_ci: Interval | None = None
    worst: tuple[Failure, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures(Part):
    """Fractures in the band negative or declined, and others in the band positive."""

    missed: FailureFigures | None = None
    false_alarms: FailureFigures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointComparison(Part):
    """Exact p of *both are right equally often* at one operating point (McNemar 1947), each at its own threshold."""

    sensitivity_p: Share | None = None
    specificity_p: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFigures(Part):
    """What becomes of radiographs that were changed on purpose.

    Attributes:
        n: radiographs.
        declined: share that the gate declines.
        noted: share that is noted as what it is; of a harmless change, share that is mistaken for another.
        neither: share that gets a probability and no note.
        auc: of the scores before the gate.
    """

    n: Count | None = None
    declined: Share | None = None
    noted: Share | None = None
    neither: Share | None = None
    declined_ci: Interval | None = None
    noted_ci: Interval | None = None
    neither_ci: Interval | None = None
    auc: Share | None = always()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile(Part):
    """A file that could not be read: its name without a folder, and why."""

    name: str
    reason: str
    remedy: str | None = None
