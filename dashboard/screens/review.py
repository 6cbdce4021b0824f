"""Review: one radiograph, what the model says of it, and the reader's verdict."""

from __future__ import annotations

import streamlit as st

from core.domain import Verdict, WorkState
from core.errors import NotFoundError
from core.reading.review.cases import Case, ReviewStep
from core.reading.worklist import Neighbours, WorklistFilter, WorklistOrder, WorklistRow
from dashboard import resources, signin, state
from dashboard.components import evidence, guide, html, scale, viewer
from dashboard.components.format import printable
from dashboard.components.html import Html, el
from dashboard.components.review import case_details, claim, steps, verdict
from dashboard.components.table import PAGE_ROWS, band_or_state
from dashboard.state import Screen

POLL_SECONDS = 1.5
PANEL_PIXELS = 310
PREFETCHED = 3  # radiographs that are fetched before the reader goes to them
UNREAD = (WorkState.WAITING, WorkState.CLAIMED)
_ADVANCE = "review-advance"
_TO_WORKLIST = "review-to-worklist"


def show() -> None:
    """Draw the screen."""
    case, order = _current()
    if case is None or order is None:
        _show_start(missing=bool(state.here().entry))
        return
    if st.session_state.pop(_TO_WORKLIST, False):
        state.go(Screen.WORKLIST)
    row, reader = case.row, signin.reader()
    if _advance_after_verdict(case, order):
        st.rerun()
    around = order.neighbours(row.entry_id)
    ahead = resources.services().cases.upcoming(order, row.entry_id, reader, PREFETCHED)
    page = around.position // PAGE_ROWS + 1 if around.position is not None else 1
    state.keep(Screen.REVIEW, order=order.id, entry=row.entry_id, page=page)
    verdict.accept_for(row)
    sides = st.container(horizontal=True, wrap=False, gap="small")
    with sides.container(width="stretch"):
        _show_viewer(case, around, ahead, order)
    with sides.container(width=PANEL_PIXELS, gap="small"):
        _show_navigation(row.entry_id, around, ahead, order)
        for warning in row.warnings:
            html.show(el("p", printable(warning, 300), cls="warning"))
        _show_reading(case)
        html.show(steps.differing_verdicts(case))
        verdict.show(case, reader)
        if ahead:
            st.toggle("Go on after a verdict", key=_ADVANCE, persist_state="session")
        else:
            _show_end(row, order)
        case_details.show(case)
        st.fragment(_poll, run_every=_poll_seconds(case))(case, order.adjudicating)
        viewer.send_radiographs(resources.services().viewing.radiograph)


def _current() -> tuple[Case | None, WorklistOrder | None]:
    """Find the case and the order that the place names; without an entry, the first that waits for the reader."""
    services, reader, place = resources.services(), signin.reader(), state.here()
    order = resources.order(place.order) if place.order else None
    entry_id = place.entry
    if not entry_id:
        order = order if order and order.entry_ids else services.worklist.freeze(WorklistFilter())
        if not order.entry_ids:
            return None, order
        entry_id = services.cases.first_waiting(order, reader) or order.entry_ids[0]
    try:
        case = claim.open_case(entry_id, reader, bool(order and order.adjudicating))
    except NotFoundError:
        return None, order
    return case, order or services.worklist.freeze(WorklistFilter(batch_id=case.row.batch_id))


def _show_viewer(case: Case, around: Neighbours, ahead: tuple[int, ...], order: WorklistOrder) -> None:
    """Draw the viewer: the radiograph, and over it the heatmap of the prediction in the panel, never of another."""
    row = case.row
    heatmap, note = evidence.overlay(row)
    mates = tuple(
        viewer.ComparedRadiograph(mate.entry_id, _name(mate)) for mate in resources.services().worklist.study(row)
    )
    shown = viewer.ViewerCase(
        entry_id=row.entry_id,
        prediction_id=row.prediction_id,
        alt=f"Radiograph {row.short_id}",
        draft_key=f"{row.entry_id} {row.sha256} {signin.reader()}",
        heatmap=heatmap,
        overlay_note=note,
        next=next(iter(ahead), None),
        previous=around.previous,
        prefetch=(*ahead, *((around.previous,) if around.previous else ())),
        advances_on_verdict=bool(st.session_state.get(_ADVANCE) and ahead and case.completes),
        marks=case.own.marks if case.own else (),
        other_marks=steps.marks(case),
        has_verdict=case.own is not None,
        may_draw=case.is_open,
        comparable=(*mates, *_beside(around, ahead)),
        has_study=bool(mates),
    )
    viewer.show(shown, lambda action: _perform(action, case, order, around))


def _name(mate: WorklistRow) -> str:
    """Name a radiograph of the same study; its id tells apart those of one body part and view."""
    facts = " ".join(filter(None, (mate.dicom.laterality, mate.dicom.body_part, mate.dicom.view)))
    return f"Same study: {printable(facts or mate.file_name, 40)}, {mate.short_id}"


def _beside(around: Neighbours, ahead: tuple[int, ...]) -> tuple[viewer.ComparedRadiograph, ...]:
    named = ((around.previous, "The one before"), (next(iter(ahead), None), "The one after"))
    return tuple(viewer.ComparedRadiograph(entry_id, label) for entry_id, label in named if entry_id)


def _perform(action: viewer.ViewerAction, case: Case, order: WorklistOrder, around: Neighbours) -> None:
    """Perform an action of the reader on the case that was on the screen."""
    reader = signin.reader()
    match action.kind:
        case "next" | "previous":
            if state.here().entry != action.entry_id:
                return
            if action.kind == "next":
                _go_on(order, action.entry_id)
            elif around.previous:
                _go_to(around.previous)
        case "undo":
            verdict.undo(action.entry_id, reader, case.adjudicates)
        case "marks":
            verdict.amend(action.entry_id, reader, marks=action.marks, adjudicates=case.adjudicates)
        case "worklist":
            st.session_state[_TO_WORKLIST] = True
        case verdict_word if verdict_word in set(Verdict):
            given = (action.entry_id, action.prediction_id, reader, Verdict(verdict_word))
            verdict.give(*given, action.marks, action.shown_at, case.adjudicates)
            _advance_after_verdict(resources.services().cases.case(action.entry_id, reader, order.adjudicating), order)


def _advance_after_verdict(case: Case, order: WorklistOrder) -> bool:
    """Go to the next waiting entry after a verdict that completes a case, where the reader chose so.

    Returns:
        Whether it went on.
    """
    entry_id = case.row.entry_id
    if verdict.saved_entry() != entry_id or case.step is not ReviewStep.DONE or not st.session_state.get(_ADVANCE):
        return False
    target = claim.move_to_next(order, entry_id, signin.reader(), waiting_only=True)
    if target is not None:
        _go_to(target)
    return target is not None


def _show_navigation(entry_id: int, around: Neighbours, ahead: tuple[int, ...], order: WorklistOrder) -> None:
    """Draw the place in the frozen order, and the steps to other radiographs."""
    with st.container(horizontal=True, vertical_alignment="center", key="way", gap="xsmall"):
        position = "–" if around.position is None else f"{around.position + 1:,}"
        queue = " to adjudicate" if order.adjudicating else ""
        st.caption(f"{position} of {len(order.entry_ids):,}{queue}", width="stretch")
        st.button(
            "Previous", key="way-previous", on_click=_go_to, args=(around.previous,), disabled=around.previous is None
        )
        st.button("Next", key="way-next", on_click=_go_on, args=(order, entry_id), disabled=not ahead)
        if st.button("Worklist :gray[W]", key="way-worklist", type="tertiary"):
            state.go(Screen.WORKLIST)


def _show_end(row: WorklistRow, order: WorklistOrder) -> None:
    """Say that no further entry is this reader's, and draw what is left to be done."""
    left = resources.services().cases.first_waiting(order, signin.reader())
    disputed = resources.counts(WorklistFilter(batch_id=row.batch_id)).disputed
    st.caption("Nothing further down is yours to read.")
    with st.container(horizontal=True, gap="small", key="end"):
        if left not in (None, row.entry_id):
            st.button("First one left", on_click=_go_to, args=(left,))
        if disputed and not order.adjudicating and st.button(f"Adjudicate {disputed:,}"):
            queue = resources.services().worklist.freeze(WorklistFilter(batch_id=row.batch_id, disputed=True))
            state.go(Screen.REVIEW, order=queue.id, entry=queue.entry_ids[0])
        done = left is None and not disputed and not row.signed
        if st.button("Sign the batch" if done else "To the batch", type="primary" if done else "tertiary"):
            state.go(Screen.BATCHES, batch=row.batch_id)


def _show_reading(case: Case) -> None:
    """Draw band and probability with both operating points; without a prediction, its state."""
    row = case.row
    model = resources.model(row.model_version)
    points = scale.operating_points(model.card if model else None)
    if row.band:
        warned = evidence.warnings(row)
        warnings = (el("p", printable(each, 200), cls="warning") for each in warned)
        html.show(el("div", scale.draw(row, points), *warnings, evidence.worth(row), cls="reading"))
        return
    style = band_or_state(row)
    why = steps.held_back(case) if row.redacted else row.error
    reason = el("p", printable(why, 400), cls="reason") if why else Html()
    band = el("div", style.label, cls="band", style=f"--band:{style.colour}")
    html.show(el("div", band, reason, cls="reading"))


def _poll_seconds(case: Case) -> float:
    """Choose the seconds between two polls: short while a prediction or a release is awaited."""
    if case.step is ReviewStep.HELD or (case.row.status in UNREAD and not case.row.redacted):
        return POLL_SECONDS
    return claim.RENEW_SECONDS


def _poll(shown: Case, adjudicating: bool) -> None:
    """Renew the claim, and draw the screen anew once a prediction has come or another reader has released the case.

    A verdict given until then is stored without the prediction.
    """
    try:
        case = claim.open_case(shown.row.entry_id, signin.reader(), adjudicating)
    except NotFoundError:
        return
    if (case.step, case.row.prediction_id, case.row.status) != (shown.step, shown.row.prediction_id, shown.row.status):
        st.rerun()


def _show_start(missing: bool) -> None:
    st.header("Review", anchor=False)
    if missing:
        st.text("The radiograph of this address is not in the store. Choose one from the worklist.")
        if st.button("Open the worklist", type="primary"):
            state.go(Screen.WORKLIST, entry=None)
        return
    st.text("There is no radiograph to review yet. Upload a batch; it can be read as soon as the first file is in.")
    if st.button("Upload radiographs", type="primary"):
        state.go(Screen.UPLOAD)
    guide.offer(signin.reader())


def _go_to(entry_id: int) -> None:
    verdict.refuse_until_drawn()
    state.keep(Screen.REVIEW, entry=entry_id)


def _go_on(order: WorklistOrder, entry_id: int) -> None:
    target = claim.move_to_next(order, entry_id, signin.reader())
    if target is not None:
        _go_to(target)


if __name__ == "__main__":
    show()
