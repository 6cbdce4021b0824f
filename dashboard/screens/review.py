"""Review: one radiograph, what the model says of it, and the reader's verdict."""

from __future__ import annotations

import html

import streamlit as st

from core.domain import Band
from core.errors import FractureReviewError, NotFoundError
from core.reading.viewing import THRESHOLD
from core.reading.worklist import Neighbours, Order, Row, WorklistFilter
from dashboard import resources, signin, state
from dashboard.components import facts, scale, verdict, viewer
from dashboard.components.table import PAGE_ROWS, reading
from dashboard.components.text import printable
from dashboard.state import Screen

POLL_SECONDS = 1.5
BEWARE = {
    Band.NEGATIVE: "In the negative band the overlay means nothing",
    Band.NOT_ASSESSABLE: "Without a probability the overlay means nothing",
}
PANEL_PIXELS = 310
_VIEWER = "viewer"
_ADVANCE = "review-advance"


def show() -> None:
    """The whole screen."""
    row, order = _current()
    if row is None or order is None:
        _show_start(missing=bool(state.here().entry))
        return
    around = order.neighbours(row.entry_id)
    given_on = verdict.take_given()
    if given_on == row.entry_id and around.next and st.session_state.get(_ADVANCE):
        state.keep(Screen.REVIEW, entry=around.next)
        st.rerun()
    page = around.position // PAGE_ROWS + 1 if around.position is not None else 1
    state.keep(Screen.REVIEW, order=order.id, entry=row.entry_id, page=page)
    sides = st.container(horizontal=True, wrap=False, gap="small")
    with sides.container(width="stretch"):
        _show_viewer(row)
    with sides.container(width=PANEL_PIXELS, gap="small"):
        _show_way(around, order)
        for warning in row.warnings:
            st.html(f'<p class="warning">{html.escape(printable(warning, 300))}</p>')
        _show_reading(row)
        verdict.show(row, signin.reader())
        if around.next:
            st.toggle("Go on after a verdict", key=_ADVANCE, persist_state="session")
        facts.show(row)


def _current() -> tuple[Row | None, Order | None]:
    """The entry of the place and the order it is walked in; where one is missing, the best that can be said."""
    worklist = resources.services().worklist
    place = state.here()
    order = resources.order(place.order) if place.order else None
    if place.entry:
        try:
            row = worklist.row(place.entry)
        except NotFoundError:
            return None, order
        return row, order or worklist.freeze(WorklistFilter(batch_id=row.batch_id))
    order = order if order and order.entry_ids else worklist.freeze(WorklistFilter())
    return (worklist.row(order.entry_ids[0]) if order.entry_ids else None), order


@st.fragment
def _show_viewer(row: Row) -> None:
    """The radiograph; its overlay once asked for, and only ever the one of the prediction beside it."""
    identity = f"{row.entry_id}.{row.prediction_id}"
    explained = row.prediction_id is not None
    colours = viewer.overlay_asked(_VIEWER, identity) if explained else None
    radiograph = overlay = None
    message = note = ""
    try:
        radiograph = viewer.Picture(resources.display(row.entry_id, row.radiograph_id), "image/png")
        if colours:
            heatmap = resources.services().viewing.heatmap(row.prediction_id)
            if heatmap is None or not heatmap.has_evidence:
                note = "No evidence for a fracture: the heatmap is empty"
            else:
                drawn = resources.overlay(row.entry_id, row.prediction_id, colours)
                overlay = viewer.Picture(drawn, "image/png")
    except FractureReviewError as error:
        message = f"This radiograph cannot be shown. {error}"
    case = viewer.Case(
        identity=identity,
        alt=f"Radiograph {row.short_id}",
        size=f"{row.width} × {row.height}",
        radiograph=radiograph,
        explained=explained,
        threshold=THRESHOLD,
        note=BEWARE.get(row.band, "") if colours else "",
        message=message,
    )
    viewer.show(case, overlay, colours, note, key=_VIEWER)


def _show_way(around: Neighbours, order: Order) -> None:
    """Where this is in the frozen order, and the way on."""
    with st.container(horizontal=True, vertical_alignment="center", key="way", gap="xsmall"):
        position = "–" if around.position is None else f"{around.position + 1:,}"
        st.caption(f"{position} of {len(order.entry_ids):,}", width="stretch")
        for label, target, key in (("Previous", around.previous, "Left"), ("Next", around.next, "Right")):
            st.button(label, on_click=_walk, args=(target,), disabled=target is None, shortcut=key)
        if st.button("Worklist", type="tertiary", shortcut="W"):
            state.go(Screen.WORKLIST)


def _show_reading(row: Row) -> None:
    """Band and probability with both operating points; while there is none, what is known instead."""
    model = resources.model(row.model_version)
    points = scale.operating_points(model.card if model else {})
    if row.band:
        st.html(f'<div class="reading">{scale.draw(row, points)}</div>')
        return
    look = reading(row)
    words = f"{look.shape} {look.word}"
    why = f'<p class="reason">{html.escape(printable(row.error, 400))}</p>' if row.error else ""
    st.html(f'<div class="reading"><div class="band" style="--band:{look.colour}">{words}</div>{why}</div>')
    _wait_for_reading(row.entry_id)


@st.fragment(run_every=POLL_SECONDS)
def _wait_for_reading(entry_id: int) -> None:
    """Show the prediction as soon as it is there. Verdicts given until then are written without one."""
    try:
        arrived = resources.services().worklist.row(entry_id).prediction_id is not None
    except NotFoundError:
        return
    if arrived:
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


def _walk(entry_id: int) -> None:
    verdict.leave()
    state.keep(Screen.REVIEW, entry=entry_id)


if __name__ == "__main__":
    show()
