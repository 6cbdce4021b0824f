"""Evaluation: how good a version was measured to be, with curves, subgroups and its worst errors as pictures."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.errors import FractureReviewError
from dashboard import resources, state
from dashboard.components import charts
from dashboard.components.format import NOT_A_MEDICAL_DEVICE, as_markdown, count, percent_within
from dashboard.components.model import evaluation
from dashboard.components.model.evaluation import mapping
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
        version, document = _choose()
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 600))
        return
    if not document:
        st.text("No version has been measured yet. `python -m core evaluate DATASET --record --json FILE` does it.")
        return
    st.html(evaluation.facts(document) + f'<p class="device">{NOT_A_MEDICAL_DEVICE}</p>')
    if document.get("note"):
        st.warning(as_markdown(str(document["note"]), 300))
    if document.get("leaks"):
        reasons = " ".join(map(str, document.get("leak_reasons") or ()))
        st.warning(as_markdown(f"These figures leak and count for nothing. {reasons}", 600))
    st.html(evaluation.figures(document))
    st.caption("Small numbers are 95 % confidence intervals. A fracture that the gate declines counts as missed.")
    _show_curves(document)
    _show_bands(document)
    _show_subgroups(document)
    _show_saliency(document)
    _show_failures(document)


def _choose() -> tuple[str, Mapping[str, object]]:
    """The version and the evaluation that are asked for: the champion's newest at first."""
    services = resources.services()
    listed = {
        model.version: services.evaluations.documents(model.version) for model in services.model_versions.versions()
    }
    measured = [version for version, found in listed.items() if found]
    if not measured:
        return "", {}
    champion = services.model_versions.champion_name()
    first = measured.index(champion) if champion in measured else 0
    left, right, _ = st.columns([1, 1, 2])
    version = left.selectbox("Version", measured, index=first, key="evaluation-version")
    titles = {one.name: one.title for one in listed[version]}
    name = right.selectbox("Measured on", list(titles), format_func=titles.get, key=f"evaluation-of-{version}")
    return version, services.evaluations.read(version, name)


def _show_curves(document: Mapping[str, object]) -> None:
    curves = {name: mapping(part.get("curves")) for name, part in evaluation.versions(document).items()}
    rocs = {name: mapping(found["roc"]) for name, found in curves.items() if "roc" in found}
    precisions = {name: mapping(found["precision_recall"]) for name, found in curves.items() if found}
    drawn = []
    if rocs:
        points = [{"name": name, **mapping(point)} for name, point in mapping(document.get("points")).items()]
        drawn.append(("ROC", charts.roc(rocs, points), "ROC curve with both operating points"))
        prevalence = float(document.get("prevalence") or 0.0)
        drawn.append(
            ("Precision and recall", charts.precision_recall(precisions, prevalence), "Precision-recall curve")
        )
    if document.get("reliability"):
        drawn.append(("Reliability", charts.reliability(document["reliability"]), "Reliability plot with intervals"))
    for column, one in zip(st.columns(len(drawn) or 1, gap="large"), drawn, strict=False):
        with column:
            _chart(*one)
    st.html(evaluation.calibration(document))


def _show_bands(document: Mapping[str, object]) -> None:
    if not mapping(document.get("bands")):
        return
    left, right = st.columns(2, gap="large")
    with left:
        _chart("Bands", charts.bands(mapping(document["bands"])), "Radiographs in each band; the fractured solid")
    with right:
        st.subheader("What the bands held", anchor=False)
        st.html(evaluation.bands(document))


def _show_subgroups(document: Mapping[str, object]) -> None:
    rows = evaluation.subgroup_rows(document)
    if not rows:
        return
    _chart("Subgroups", charts.subgroups(rows), "AUC of each subgroup with its interval")
    with st.expander("In figures", type="compact"):
        st.html(evaluation.subgroups(document))


def _show_saliency(document: Mapping[str, object]) -> None:
    table = evaluation.saliency(document)
    if not table:
        return
    check = mapping(mapping(document.get("saliency_checks")).get("randomisation"))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Saliency", anchor=False)
        st.html(table)
        st.caption("A plain Grad-CAM is that of the same network's last features. By chance: a blind throw.")
    if check.get("steps"):
        between = mapping(check.get("between_radiographs")).get("ssim")
        with right:
            chart = charts.randomisation(check["steps"], between if isinstance(between, float) else None)
            _chart("Weights shuffled, block by block", chart, "Similarity to the trained network's heatmaps")
            st.caption(evaluation.shuffled(check))


def _show_failures(document: Mapping[str, object]) -> None:
    failures = mapping(document.get("failures"))
    for kind, title in KINDS.items():
        found = mapping(failures.get(kind))
        if not found:
            continue
        st.subheader(title, anchor=False)
        rate = percent_within(found.get("rate"), found.get("rate_ci"))
        st.caption(f"{count(int(found.get('n') or 0), 'radiograph')} of {found.get('of')}: {rate}")
        _show_pictures(document, found.get("worst") or ())


def _show_pictures(document: Mapping[str, object], worst) -> None:
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


def _chart(title: str, specification: dict, said: str) -> None:
    st.subheader(title, anchor=False)
    st.vega_lite_chart(specification, width="stretch", theme=None, alt=said)


if __name__ == "__main__":
    show()
