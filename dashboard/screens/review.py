"""Review: one radiograph, what the model says of it, and the reader's verdict."""

from __future__ import annotations

import html

import streamlit as st

from core.domain import Band, Verdict
from core.errors import FractureReviewError, NotFoundError
from core.reading.viewing import PlacedHeatmap
from core.reading.worklist import Neighbours, Order, Row, WorklistFilter
from dashboard import resources, signin, state
from dashboard.components import facts, scale, verdict, viewer
from dashboard.components.table import PAGE_ROWS, reading
from dashboard.components.text import printable
from dashboard.state import Screen

POLL_SECONDS = 1.5
BEWARE = {Band.NEGATIVE: "In the negative band the overlay means nothing"}
EMPTY = "No evidence for a fracture: the heatmap is empty"
PANEL_PIXELS = 310
AHEAD = 3  # radiographs fetched before they are asked for
_ADVANCE = "review-advance"
_TO_WORKLIST = "review-to-worklist"


def show() -> None:
    """The whole screen."""
    row, order = _current()
    if row is None or order is None:
        _show_start(missing=bool(state.here().entry))
        return
    if st.session_state.pop(_TO_WORKLIST, False):
        state.go(Screen.WORKLIST)
    around = order.neighbours(row.entry_id)
    if verdict.was_given() == row.entry_id and around.next and st.session_state.get(_ADVANCE):
        state.keep(Screen.REVIEW, entry=around.next)
        st.rerun()
    page = around.position // PAGE_ROWS + 1 if around.position is not None else 1
    state.keep(Screen.REVIEW, order=order.id, entry=row.entry_id, page=page)
    verdict.arrive(row)
    sides = st.container(horizontal=True, wrap=False, gap="small")
    with sides.container(width="stretch"):
        _show_viewer(row, around, order)
    with sides.container(width=PANEL_PIXELS, gap="small"):
        _show_way(around, order)
        for warning in row.warnings:
            st.html(f'<p class="warning">{html.escape(printable(warning, 300))}</p>')
        _show_reading(row)
        verdict.show(row, signin.reader())
        if around.next:
            st.toggle("Go on after a verdict", key=_ADVANCE, persist_state="session")
        facts.show(row, signin.reader())
        viewer.supply(resources.services().viewing.radiograph)


def _current() -> tuple[Row | None, Order | None]:
    """The entry of the place and the order it is walked in; where one is missing, the best that can be said."""
    worklist = resources.services().worklist
    place = state.here()
    order = resources.order(place.order) if place.order else None
    if place.entry:
        try:
            row = worklist.row(place.entry, signin.reader())
        except NotFoundError:
            return None, order
        return row, order or worklist.freeze(WorklistFilter(batch_id=row.batch_id))
    order = order if order and order.entry_ids else worklist.freeze(WorklistFilter())
    return (worklist.row(order.entry_ids[0], signin.reader()) if order.entry_ids else None), order


def _show_viewer(row: Row, around: Neighbours, order: Order) -> None:
    """The radiograph, and as a layer of its own the heatmap of the prediction beside it, never of another."""
    heatmap, note = _evidence(row)
    standing = resources.services().reviews.latest(row.entry_id, signin.reader())
    following = () if around.position is None else order.entry_ids[around.position + 1 : around.position + 1 + AHEAD]
    case = viewer.Case(
        entry_id=row.entry_id,
        prediction_id=row.prediction_id,
        alt=f"Radiograph {row.short_id}",
        heatmap=heatmap,
        overlay_note=note,
        next=around.next,
        previous=around.previous,
        ahead=(*following, *((around.previous,) if around.previous else ())),
        advances=bool(st.session_state.get(_ADVANCE) and around.next),
        marks=standing.marks if standing else (),
        stands=standing is not None,
    )
    viewer.show(case, lambda deed: _do(deed, around))


def _evidence(row: Row) -> tuple[PlacedHeatmap | None, str]:
    """What the overlay shows, and what is to be said of it."""
    if row.prediction_id is None or row.band is Band.NOT_ASSESSABLE:
        return None, ""
    try:
        heatmap = resources.services().viewing.heatmap(row.entry_id, row.prediction_id)
    except FractureReviewError as error:
        return None, f"The overlay cannot be shown. {error}"
    if heatmap is None or not heatmap.heatmap.has_evidence:
        return None, EMPTY
    return heatmap, BEWARE.get(row.band, "")


def _do(deed: viewer.Deed, around: Neighbours) -> None:
    """What a key asked for, for the case that was on the screen."""
    reader = signin.reader()
    match deed.does:
        case "next" | "previous":
            target = around.next if deed.does == "next" else around.previous
            if target and state.here().entry == deed.entry_id:
                _walk(target)
        case "undo":
            verdict.undo(deed.entry_id, reader)
        case "marks":
            verdict.amend(deed.entry_id, reader, marks=deed.marks)
        case "worklist":
            st.session_state[_TO_WORKLIST] = True
        case verdict_word if verdict_word in set(Verdict):
            said = (deed.entry_id, deed.prediction_id, reader, Verdict(verdict_word))
            verdict.give(*said, marks=deed.marks, shown_at=deed.shown_at)


def _show_way(around: Neighbours, order: Order) -> None:
    """Where this is in the frozen order, and the way on."""
    with st.container(horizontal=True, vertical_alignment="center", key="way", gap="xsmall"):
        position = "–" if around.position is None else f"{around.position + 1:,}"
        st.caption(f"{position} of {len(order.entry_ids):,}", width="stretch")
        for label, target in (("Previous", around.previous), ("Next", around.next)):
            key = f"way-{label.lower()}"
            st.button(label, key=key, on_click=_walk, args=(target,), disabled=target is None)
        if st.button("Worklist :gray[W]", key="way-worklist", type="tertiary"):
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
        arrived = resources.services().worklist.row(entry_id, signin.reader()).prediction_id is not None
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
