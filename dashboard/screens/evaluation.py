"""Evaluation: how good a version was measured to be, with curves, subgroups and its worst errors as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import NOT_A_MEDICAL_DEVICE
from core.card import EvaluationDocument, Failure, FailureFigures
from core.errors import FractureReviewError
from dashboard import resources, state
from dashboard.components import charts, html
from dashboard.components.charts import Specification
from dashboard.components.format import as_markdown, count, percent_within
from dashboard.components.html import el
from dashboard.components.model import evaluation
from dashboard.state import Screen

PICTURES = 8  # of either kind of error, at first
COLUMNS = 4
KINDS = {
    "missed": "Missed: fractures in the band negative, or declined",
    "false_alarms": "False alarms: no fracture, in the band positive",
}


def show() -> None:
    """The whole screen."""
    state.keep(Screen.EVALUATION)
    st.header("Evaluation", anchor=False)
    try:
        document = _choose()
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 600))
        return
    if document is None:
        st.text("No version has been measured yet. `python -m core evaluate DATASET --record --json FILE` does it.")
        return
    html.show(evaluation.facts(document), el("p", NOT_A_MEDICAL_DEVICE, cls="device"))
    if document.note:
        st.warning(as_markdown(document.note, 300))
    if document.leaks:
        reasons = " ".join(document.leak_reasons)
        st.warning(as_markdown(f"These figures leak and count for nothing. {reasons}", 600))
    html.show(evaluation.figures(document))
    st.caption("Small numbers are 95 % confidence intervals. A fracture that the gate declines counts as missed.")
    _show_curves(document)
    _show_bands(document)
    _show_subgroups(document)
    _show_saliency(document)
    _show_failures(document)


def _choose() -> EvaluationDocument | None:
    """Ask for a version and one of its evaluations: the champion's newest at first. None where nothing was measured."""
    services = resources.services()
    listed = {
        model.version: services.evaluations.documents(model.version) for model in services.model_versions.versions()
    }
    measured = [version for version, found in listed.items() if found]
    if not measured:
        return None
    champion = services.model_versions.champion_name()
    first = measured.index(champion) if champion in measured else 0
    left, right, _ = st.columns([1, 1, 2])
    version = left.selectbox("Version", measured, index=first, key="evaluation-version")
    titles = {one.name: one.title for one in listed[version]}
    name = right.selectbox("Measured on", list(titles), format_func=titles.__getitem__, key=f"evaluation-of-{version}")
    return services.evaluations.read(version, name)


def _show_curves(document: EvaluationDocument) -> None:
    charts = (
        ("ROC", evaluation.roc(document), "ROC curve with both operating points"),
        ("Precision and recall", evaluation.precision_recall(document), "Precision-recall curve"),
        ("Reliability", evaluation.reliability(document), "Reliability plot with intervals"),
    )
    drawn = [(title, chart, alt) for title, chart, alt in charts if chart]
    for column, one in zip(st.columns(len(drawn) or 1, gap="large"), drawn, strict=False):
        with column:
            _chart(*one)
    html.show(evaluation.calibration(document))


def _show_bands(document: EvaluationDocument) -> None:
    if not document.bands:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _chart("Bands", evaluation.band_chart(document), "Radiographs in each band; the fractured solid")
    with right:
        st.subheader("What the bands held", anchor=False)
        html.show(evaluation.bands(document))


def _show_subgroups(document: EvaluationDocument) -> None:
    found = evaluation.subgroup_aucs(document)
    if not found:
        return
    _chart("Subgroups", charts.subgroups(found), "AUC of each subgroup with its interval")
    with st.expander("In figures", type="compact"):
        html.show(evaluation.subgroups(document))


def _show_saliency(document: EvaluationDocument) -> None:
    table = evaluation.saliency(document)
    if not table:
        return
    check = document.saliency_checks.randomisation if document.saliency_checks else None
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Saliency", anchor=False)
        html.show(table)
        st.caption("A plain Grad-CAM is that of the same network's last features. By chance: a blind throw.")
    if check and check.steps:
        with right:
            chart = evaluation.randomisation(check)
            _chart("Weights shuffled, block by block", chart, "Similarity to the trained network's heatmaps")
            st.caption(evaluation.shuffled(check))


def _show_failures(document: EvaluationDocument) -> None:
    if document.failures is None:
        return
    for kind, title in KINDS.items():
        found: FailureFigures | None = getattr(document.failures, kind)
        if not found:
            continue
        st.subheader(title, anchor=False)
        rate = percent_within(found.rate, found.rate_ci)
        st.caption(f"{count(found.n or 0, 'radiograph')} of {found.of}: {rate}")
        _show_pictures(document, found.worst or ())


def _show_pictures(document: EvaluationDocument, worst: Sequence[Failure]) -> None:
    """The pictures where the data set is at hand, else the files' names."""
    service = resources.services().evaluations
    drawn = [(failure, service.picture(document, failure)) for failure in worst[:PICTURES]]
    if any(picture for _, picture in drawn):
        st.caption("Blue: the reference standard's boxes. Amber: the heatmap's peak.")
        columns = st.columns(COLUMNS)
        for place, (failure, picture) in enumerate(drawn):
            with columns[place % COLUMNS]:
                if picture:
                    st.image(picture, alt=evaluation.caption(failure))
                st.text(evaluation.caption(failure))
        worst = worst[PICTURES:]
    if worst:
        with st.expander(f"{count(len(worst), 'file')} by name", type="compact"):
            st.text("\n".join(evaluation.caption(failure) for failure in worst))


def _chart(title: str, specification: Specification, alt: str) -> None:
    st.subheader(title, anchor=False)
    st.vega_lite_chart(specification, width="stretch", theme=None, alt=alt)


if __name__ == "__main__":
    show()
