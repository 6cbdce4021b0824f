"""What is measured of a version on one group of radiographs, and the document of one evaluation.

Every field is None, or empty, where it was not measured. A name that ends in `_ci` is the 95 % interval of the figure
before it: DeLong's for an AUC, Wilson's for a share, bootstrapped otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.card.measures import (
    BandFigures,
    ChangedFigures,
    Curves,
    Failures,
    MeasuredPoint,
    PointComparison,
    PointingFigures,
    RecordedLook,
    RefusedFile,
    ReliabilityPoint,
    SaliencyChecks,
)
from core.card.part import Count, Interval, Part, Share, always


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFigures(Part):
    """All figures of one version on one group of radiographs: a split, a subgroup of one, or another collection.

    A radiograph that the gate declines is not positive at any threshold, so a declined fracture counts as missed.

    Attributes:
        created, dataset, split, manifest_sha256: when, and on what; the hash is that of the split's manifest.
        leaks, leak_reasons: whether, and why, the figures do not count.
        looks: every look at this split that the card knows of.
        n_refused: files that could not be read.
        model_sha256, network: of the version, where it is not the card's own.
        axis: of a subgroup, what it is one of, such as `region`.
        n, n_fractured, prevalence: radiographs, the fractured, and their share.
        coverage: share that the gate lets pass.
        noted: share that gets a probability with a note that it looks inverted or turned; None where it cannot tell.
        points: by name of the operating point.
        bands: by name of the band.
        sensitivity, specificity: at the high-sensitivity point.
        ece, brier: expected calibration error over 15 bins, and Brier score; the range is that of a perfectly
            calibrated version by chance.
        calibration_slope, calibration_intercept: of the observed classes over the logit; 1 and 0 are perfect.
        n_located to hit_rate_by_chance_on_bone: see `PointingFigures`, over all located fractures; the same with
            `_true_positives` over those that are positive at the high-sensitivity point. See `pointing` too.
        changed: by change, of the radiographs changed on purpose.
        subgroups: by name.
        against: other versions on the same radiographs, by name.
        auc_difference, auc_difference_ci, auc_difference_p: paired, against `compared_with` or the document's version.
        mcnemar_p: by name of the operating point.
        accuracy: at a probability of one half.
    """

    model_sha256: str | None = None
    network: str | None = None
    axis: str | None = None
    created: str | None = None
    dataset: str | None = None
    split: str | None = None
    manifest_sha256: str | None = None
    leaks: bool | None = None
    leak_reasons: tuple[str, ...] = ()
    looks: tuple[RecordedLook, ...] = ()
    n_refused: Count | None = None
    n: Count | None = None
    n_fractured: Count | None = None
    prevalence: Share | None = None
    coverage: Share | None = None
    noted: Share | None = None
    auc: Share | None = None
    auc_ci: Interval | None = None
    average_precision: Share | None = None
    points: Mapping[str, MeasuredPoint] = field(default_factory=dict)
    bands: Mapping[str, BandFigures] = field(default_factory=dict)
    ece: Share | None = None
    sensitivity: Share | None = None
    sensitivity_ci: Interval | None = None
    specificity: Share | None = None
    specificity_ci: Interval | None = None
    sensitivity_at_90_specificity: Share | None = None
    average_precision_ci: Interval | None = None
    sensitivity_at_90_specificity_ci: Interval | None = None
    curves: Curves | None = None
    ece_by_chance: Interval | None = None
    brier: Share | None = None
    brier_ci: Interval | None = None
    calibration_slope: float | None = None
    calibration_slope_ci: Interval | None = None
    calibration_intercept: float | None = None
    calibration_intercept_ci: Interval | None = None
    reliability: tuple[ReliabilityPoint, ...] = ()
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
    n_located_true_positives: Count | None = None
    hit_rate_true_positives: Share | None = None
    hit_rate_ci_true_positives: Interval | None = None
    near_rate_true_positives: Share | None = None
    near_rate_ci_true_positives: Interval | None = None
    energy_inside_true_positives: Share | None = None
    energy_inside_ci_true_positives: Interval | None = None
    iou_true_positives: Share | None = None
    iou_ci_true_positives: Interval | None = None
    iou_threshold_true_positives: Share | None = None
    hit_rate_by_chance_true_positives: Share | None = None
    near_rate_by_chance_true_positives: Share | None = None
    hit_rate_by_chance_on_bone_true_positives: Share | None = None
    changed: Mapping[str, ChangedFigures] = field(default_factory=dict)
    subgroups: Mapping[str, SplitFigures] = field(default_factory=dict)
    saliency_checks: SaliencyChecks | None = None
    against: Mapping[str, SplitFigures] = field(default_factory=dict)
    failures: Failures | None = None
    compared_with: str | None = None
    auc_difference: float | None = None
    auc_difference_ci: Interval | None = None
    auc_difference_p: Share | None = None
    mcnemar_p: Mapping[str, PointComparison] = field(default_factory=dict)
    accuracy: Share | None = None

    def pointing(self, of_true_positives: bool = False) -> PointingFigures:
        """The figures of the heatmaps by themselves: over all located fractures, or over those that were found."""
        end = "_true_positives" if of_true_positives else ""
        return PointingFigures(
            n_located=getattr(self, f"n_located{end}"),
            hit_rate=getattr(self, f"hit_rate{end}"),
            hit_rate_ci=getattr(self, f"hit_rate_ci{end}"),
            near_rate=getattr(self, f"near_rate{end}"),
            near_rate_ci=getattr(self, f"near_rate_ci{end}"),
            energy_inside=getattr(self, f"energy_inside{end}"),
            energy_inside_ci=getattr(self, f"energy_inside_ci{end}"),
            iou=getattr(self, f"iou{end}"),
            iou_ci=getattr(self, f"iou_ci{end}"),
            iou_threshold=getattr(self, f"iou_threshold{end}"),
            hit_rate_by_chance=getattr(self, f"hit_rate_by_chance{end}"),
            near_rate_by_chance=getattr(self, f"near_rate_by_chance{end}"),
            hit_rate_by_chance_on_bone=getattr(self, f"hit_rate_by_chance_on_bone{end}"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDocument(SplitFigures):
    """One evaluation, as `evaluation-<name>.json` holds it: the figures, and of which version they are.

    Attributes:
        kind: always `evaluation`.
        format: of the document; one more with every change that a reader of it would notice.
        model_version: the version that was measured.
        note: why its figures here are too good, where they are.
        refused: the files that could not be read.
    """

    kind: str = always("evaluation")
    format: Count | None = None
    model_version: str | None = None
    note: str | None = None
    refused: tuple[RefusedFile, ...] = always(())
