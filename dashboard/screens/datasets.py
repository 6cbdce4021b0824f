"""Data sets: a data set is chosen, audited by a job, divided into splits, and kept for training."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from core.domain import JobState
from core.errors import FractureReviewError
from core.learning.admin.audits import AuditRun
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.split import Division, Shares
from dashboard import resources, signin, state
from dashboard.components import actions, html, jobs
from dashboard.components.format import as_markdown, moment, printable
from dashboard.components.learning import audit
from dashboard.state import Screen

POLL_SECONDS = 1.0
GROUPS_PAGE = 5
DIVISIONS = {
    Division.GIVEN: "As given by the folders",
    Division.MENDED: "As given, without copies that cross",
    Division.FRESH: "Anew",
}
_NAME, _FOLDERS, _REVIEWED = "datasets-name", "datasets-folders", "datasets-reviewed"
_READERS, _SINCE, _AIDED = "datasets-readers", "datasets-since", "datasets-aided"
_DROPS, _DIVISION, _SEED, _KEPT = "archives taken", "datasets-division", "datasets-seed", "data set just kept"
_TRAIN, _TUNING, _TEST = "datasets-train", "datasets-tuning", "datasets-test"


def show() -> None:
    """The whole screen."""
    runs = _audits().runs()
    addressed = state.here().audit
    shown = next((run for run in runs if run.id == addressed), next(iter(runs), None))
    state.keep(Screen.DATASETS, audit=shown.id if shown else None)
    st.header("Data sets", anchor=False)
    actions.show_failure()
    left, right = st.columns([1, 1.9], gap="large")
    with left:
        _show_form()
        _show_kept()
    with right:
        if shown is None:
            st.caption(
                "Copies, contradictions and shortcuts of what you choose appear here, before anything is trained on it."
            )
            return
        _choose_audit(runs, shown)
        running = shown.job.state.is_open
        st.fragment(_show_progress, run_every=POLL_SECONDS if running else None)(shown.id, running)
        if shown.is_finished:
            _show_found(shown)


def _show_form() -> None:
    """Ask what the data set is made of: a ZIP, folders, reviewed cases, or a mix of them."""
    folders = resources.services().data_sets.folders()
    st.text_input("Name", key=_NAME, max_chars=80, placeholder="Date and time, if left empty", live="0ms")
    st.file_uploader("ZIP of class folders", key=_drop_key())
    if folders:
        st.multiselect("Folders on the server", folders, key=_FOLDERS)
    else:
        st.caption("FRACTURE_DATASETS names a folder on the server whose folders can be chosen here.")
    if st.toggle("Reviewed cases", key=_REVIEWED):
        st.text_input("Readers, with commas between", key=_READERS, placeholder="Everybody", max_chars=400)
        st.date_input("Since", key=_SINCE, value=None)
        st.checkbox("Also verdicts given with the model's answer in sight", key=_AIDED, value=True)
    st.button("Audit", type="primary", on_click=_start)


def _show_kept() -> None:
    """Show the data sets that can be trained on."""
    kept = resources.services().data_sets.kept()
    if not kept:
        return
    st.subheader("Kept", anchor=False)
    chosen = st.selectbox(
        "Kept data sets",
        kept,
        format_func=resources.data_set_name,
        label_visibility="collapsed",
        key=f"datasets-kept-{kept[0]}",
    )
    found = resources.manifest(chosen)
    if found is None:
        st.error("This data set has been changed or removed since it was kept. Audit it again.")
        return
    html.show(audit.manifest(found))
    if st.button("Train on it"):
        st.session_state["training-data-set"], st.session_state["training-view"] = chosen, "New training"
        state.go(Screen.TRAINING)


def _choose_audit(runs: tuple[AuditRun, ...], shown: AuditRun) -> None:
    if len(runs) == 1:
        st.caption(f"Audit of {as_markdown(shown.name, 80)}, begun {moment(shown.job.created)}")
        return
    names = {run.id: f"{printable(run.name, 60)}, {moment(run.job.created)}" for run in runs}
    key = f"audit-{shown.id}-{len(runs)}"
    st.selectbox(
        "Audit",
        list(names),
        index=list(names).index(shown.id),
        format_func=names.__getitem__,
        key=key,
        on_change=_follow_audit,
        args=(key,),
    )


def _follow_audit(key: str) -> None:
    state.keep(Screen.DATASETS, audit=st.session_state[key])


def _show_progress(audit_id: int, was_running: bool) -> None:
    """Show how far an audit is. Its job goes on when the screen is left and when this server ends."""
    if was_running:
        resources.services().ensure_jobs()
    run = _audits().run(audit_id)
    if was_running and not run.job.state.is_open:
        st.rerun()
    match run.job.state:
        case JobState.WAITING:
            st.text(f"Waiting, {run.place} in line.")
        case JobState.RUNNING | JobState.CANCELLING:
            st.progress(run.job.fraction, text=as_markdown(jobs.phase(run.job)))
        case JobState.CANCELLED:
            st.text("Cancelled. Nothing of it is kept; choose Audit to begin again.")
        case JobState.FAILED:
            st.error(as_markdown(run.job.reason, 800))
    if jobs.can_cancel(run.job):
        st.button("Cancel audit", on_click=_cancel, args=(audit_id,))


def _show_found(run: AuditRun) -> None:
    try:
        findings = _audits().audit_file(run.id)
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 600))
        return
    found = findings.audit
    html.show(audit.sums(found), audit.leaks(found))
    tabs = st.tabs(["Division", "Copies", "Contradictions", "Shortcuts", "Unreadable"])
    with tabs[0]:
        html.show(audit.counts(found))
        _show_division(run.id, findings.suggestion)
    with tabs[1]:
        _show_groups(run.id, found.copy_groups, "No picture is there more than once.")
    with tabs[2]:
        _show_groups(run.id, found.contradictions, "No picture stands under both classes.")
        if found.contradictions:
            st.caption("These pictures are left out of the data set.")
    with tabs[3]:
        html.show(audit.shortcuts(found))
        st.caption("0.50 is chance. A network learns such a trait instead of the fracture, so mistrust its figures.")
    with tabs[4]:
        if found.unreadable:
            html.show(audit.unreadable(found))
        else:
            st.caption("Every file can be read.")


def _show_division(audit_id: int, suggestion: Division) -> None:
    """Ask how to split, and offer to keep the data set."""
    key = f"{_DIVISION}-{audit_id}"
    chosen = st.radio(
        "Split",
        list(Division),
        index=list(Division).index(suggestion),
        format_func=lambda each: DIVISIONS[each] + (", suggested" if each is suggestion else ""),
        key=key,
        horizontal=True,
    )
    shares = Shares()
    for column, (label, key, share) in zip(
        st.columns(4),
        (
            ("Train, %", _TRAIN, shares.train),
            ("Tuning, %", _TUNING, shares.tuning),
            ("Test, %", _TEST, shares.test),
            ("Seed", _SEED, 0.0),
        ),
        strict=True,
    ):
        high = 2**31 if key is _SEED else 98
        column.number_input(label, 0, high, round(100 * share), 1, key=key, persist_state="session")
    st.caption(
        "The shares deal out what has no split. Split anew, copies stay together, but the test can hold pictures that "
        "a version was trained on before: its figures there leak."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Keep as a data set", type="primary", on_click=_keep, args=(audit_id, chosen))
        kept = st.session_state.pop(_KEPT, None)
        if kept:
            st.caption(f"Kept: {as_markdown(resources.data_set_name(kept), 100)}", width="content")


def _show_groups(audit_id: int, groups: tuple[tuple[str, ...], ...], nothing: str) -> None:
    if not groups:
        st.caption(nothing)
        return
    pages = -(-len(groups) // GROUPS_PAGE)
    key = f"groups-{audit_id}-{nothing}"
    page = st.pagination(pages, key=key) if pages > 1 else 1
    first = (page - 1) * GROUPS_PAGE
    html.show(audit.copies(groups[first : first + GROUPS_PAGE], partial(_audits().picture, audit_id)))


def _start() -> None:
    """Start an audit. The upload is on disk before the uploader is emptied."""
    session = st.session_state

    def start() -> None:
        reader, upload = signin.administrator(), session.get(_drop_key())
        archives = [(upload.name, upload)] if upload else []
        reviews = _choice() if session.get(_REVIEWED) else None
        run = _audits().start(session.get(_NAME) or "", reader, session.get(_FOLDERS) or (), archives, reviews)
        session[_DROPS] = session.get(_DROPS, 0) + 1
        session[_NAME] = ""
        state.keep(Screen.DATASETS, audit=run.id)

    actions.attempt(start)


def _choice() -> LabelPolicy:
    """Read whose reviewed cases become labels."""
    session = st.session_state
    readers = tuple(name.strip() for name in (session.get(_READERS) or "").split(",") if name.strip())
    day = session.get(_SINCE)
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    return LabelPolicy(readers, since, bool(session.get(_AIDED, True)))


def _keep(audit_id: int, division: Division) -> None:
    session = st.session_state

    def keep() -> None:
        signin.administrator()
        shares = Shares(*(session[key] / 100 for key in (_TRAIN, _TUNING, _TEST)))
        made = _audits().keep(audit_id, division, shares, session[_SEED])
        session[_KEPT] = session["training-data-set"] = made.sha256

    actions.attempt(keep)


def _cancel(audit_id: int) -> None:
    actions.attempt(lambda: signin.administrator() and _audits().cancel(audit_id))


def _drop_key() -> str:
    return f"archive-{st.session_state.get(_DROPS, 0)}"


def _audits():  # noqa: ANN202 - the service's class is core's affair
    return resources.services().audits


if __name__ == "__main__":
    show()
