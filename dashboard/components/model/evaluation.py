"""The tables and charts of one evaluation. What was not measured is not shown."""

from __future__ import annotations

from core.card import EvaluationDocument, Failure, Randomisation, SplitFigures
from core.domain import Band
from core.learning.card_text import figures as measured
from core.learning.card_text import saliency as pointed
from dashboard.components import charts, html
from dashboard.components.charts import BandCount, CalibrationBin, RocPoint, Specification, SubgroupAuc
from dashboard.components.format import count, interval, percent, printable, probability
from dashboard.components.html import Html, el

SPLITS = {"val": "tuning (val)"}
OF_THE_TEXT = (
    *("radiographs", "fractured", measured.PREVALENCE, measured.COVERAGE, measured.NOTED),
    *(measured.CALIBRATION_ERROR, measured.PEAK_INSIDE),
)


def versions(document: EvaluationDocument) -> dict[str, SplitFigures]:
    """The version that was measured, and those beside it, by name."""
    return {document.model_version or "this version": document, **document.against}


def facts(document: EvaluationDocument) -> Html:
    """On what, how many, how often looked at."""
    split = document.split or ""
    parts = [
        f"{document.dataset or ''} {SPLITS.get(split, split)}".strip(),
        count(document.n or 0, "radiograph"),
        f"{percent(document.prevalence)} fractured",
        f"{percent(document.coverage or 0.0, 1)} assessable",
    ]
    if document.n_refused:
        parts.append(f"{count(document.n_refused, 'file')} refused")
    if document.looks:
        parts.append(f"looked at {count(len(document.looks), 'time')}")
    parts.append((document.created or "")[:10])
    return el("p", printable(" · ".join(part for part in parts if part.strip()), 400), cls="lead")


def figures(document: EvaluationDocument) -> Html:
    """A row a version: discrimination, and both operating points."""
    return html.table(measured.figures(list(versions(document).items()), "version").without(OF_THE_TEXT))


def calibration(document: EvaluationDocument) -> Html:
    """A row a version: calibration error beside what chance gives a perfect model, slope, intercept, Brier score."""
    return html.table(measured.calibration(list(versions(document).items()), "version"))


def bands(document: EvaluationDocument) -> Html:
    """What stood in each band, and how often a band that takes a side was wrong."""
    return html.table(measured.bands(document, "band"))


def subgroups(document: EvaluationDocument) -> Html:
    """Each subgroup's size, AUC of every version, and the version's sensitivity and specificity."""
    return html.table(measured.subgroups(document, "subgroup"))


def saliency(document: EvaluationDocument) -> Html:
    """How the heatmap points: over all fractured, over true positives, a plain Grad-CAM, and chance."""
    return html.table(pointed.pointing(document, ""))


def roc(document: EvaluationDocument) -> Specification | None:
    """The ROC curve of every version, with the operating points of the first; None without curves."""
    curves = {
        name: tuple(zip(part.curves.roc.false_positive_rate, part.curves.roc.sensitivity, strict=False))
        for name, part in versions(document).items()
        if part.curves and part.curves.roc
    }
    points = [
        RocPoint(name, point.sensitivity, point.specificity)
        for name, point in document.points.items()
        if point.sensitivity is not None and point.specificity is not None
    ]
    return charts.roc(curves, points) if curves else None


def precision_recall(document: EvaluationDocument) -> Specification | None:
    """The precision-recall curve of every version; None without curves."""
    curves = {
        name: tuple(zip(part.curves.precision_recall.sensitivity, part.curves.precision_recall.precision, strict=False))
        for name, part in versions(document).items()
        if part.curves and part.curves.precision_recall
    }
    return charts.precision_recall(curves, document.prevalence or 0.0) if curves else None


def reliability(document: EvaluationDocument) -> Specification | None:
    """The version's reliability plot; None without one."""
    bins = [
        CalibrationBin(point.probability, point.share_fractured, point.share_fractured_ci, point.count)
        for point in document.reliability
    ]
    return charts.reliability(bins) if bins else None


def band_chart(document: EvaluationDocument) -> Specification:
    """Each band as a bar."""
    known = {str(band): band for band in Band}
    return charts.bands(
        {
            known[name]: BandCount(found.n or 0, found.n_fractured or 0)
            for name, found in document.bands.items()
            if name in known
        }
    )


def subgroup_aucs(document: EvaluationDocument) -> list[SubgroupAuc]:
    """For the chart: each subgroup and version that has an AUC with its interval."""
    return [
        SubgroupAuc(name, version, group.auc, group.auc_ci)
        for version, part in versions(document).items()
        for name, group in part.subgroups.items()
        if group.auc is not None and group.auc_ci is not None
    ]


def randomisation(check: Randomisation) -> Specification:
    """Similarity of the heatmaps while the weights are shuffled, down the network."""
    similarity = [(step.randomised_down_to or "", step.ssim) for step in check.steps if step.ssim is not None]
    return charts.randomisation(similarity, check.between_radiographs.ssim if check.between_radiographs else None)


def shuffled(check: Randomisation) -> str:
    """How the similarity of heatmaps while the weights are shuffled is to be read."""
    reading = f"Of {count(check.n or 0, 'radiograph')}. Dashed: the heatmaps of two different radiographs."
    empty = [step.share_empty for step in check.steps if step.share_empty is not None]
    if not empty or len(empty) < len(check.steps):
        return reading
    least, most = min(empty), max(empty)
    share = percent(least) if least == most else interval((least, most))
    return f"{reading} {share} of the shuffled network's heatmaps are empty."


def caption(failure: Failure) -> str:
    """File name and probability of one error, as text."""
    name = failure.file.rsplit("/", 1)[-1]
    answer = "not assessable" if failure.probability is None else probability(failure.probability)
    return f"{printable(name, 40)}  {answer}"
