"""Worklist: the radiographs in a frozen order, likely fractures first."""

from __future__ import annotations

import streamlit as st

from core.domain import Band
from core.reading.worklist import WorklistFilter, WorklistOrder
from dashboard import resources, signin, state
from dashboard.components import filters, guide, html, table
from dashboard.components.format import count
from dashboard.components.html import el
from dashboard.components.table import PAGE_ROWS
from dashboard.components.theme import BANDS
from dashboard.serving import window_height
from dashboard.state import Screen

POLL_SECONDS = 3.0
_PREFIX = "worklist"
_REPLACEMENT = "order shown instead of an unknown one"


def show() -> None:
    """Draw the screen."""
    batches = resources.services().worklist.batches()
    order = _current_order()
    state.keep(Screen.WORKLIST, order=order.id, page=min(state.here().page, _pages(order)))
    if not batches:
        _show_start()
        return
    _show_counts(order.id)
    if st.session_state.get(_REPLACEMENT) == order.id:
        st.text("The list of this link is not known here. This is the whole worklist, from its beginning.")
    filters.show(_PREFIX, order.filter, batches, _apply_filter)
    _show_rows(order.id)


def _current_order() -> WorklistOrder:
    """Find the order that the place names. An unknown or an empty one is replaced by an order that is frozen now."""
    worklist = resources.services().worklist
    name = state.here().order
    order = resources.order(name) if name else None
    if order is None:
        order = worklist.freeze(WorklistFilter())
        if name:
            st.session_state[_REPLACEMENT] = order.id
            state.keep(Screen.WORKLIST, order=order.id, page=1)  # the page belonged to the other list
        return order
    return order if order.entry_ids else worklist.freeze(order.filter)


def _pages(order: WorklistOrder) -> int:
    return max(1, -(-len(order.entry_ids) // PAGE_ROWS))


@st.fragment(run_every=POLL_SECONDS)
def _show_counts(order_id: str) -> None:
    """Draw the counts, which change while the worker reads. The order changes only when the reader asks for it."""
    order = resources.order(order_id)
    if order is None or st.session_state.pop("reorder", False):
        st.rerun()
    counts = resources.counts(order.filter)
    fresh = resources.services().worklist.changed_since(order)
    bands = (
        el(
            "span",
            f"{BANDS[band].shape} ",
            el("b", f"{getattr(counts, band):,}"),
            f" {BANDS[band].word}",
            style=f"color:{BANDS[band].colour}",
        )
        for band in Band
    )
    waiting = counts.waiting + counts.claimed
    rest = (
        el("span", f"{number:,} {word}")
        for number, word in (
            (waiting, "waiting"),
            (counts.failed, "failed"),
            (counts.disputed, "to adjudicate"),
            (counts.reviewed, "reviewed"),
        )
        if number or word == "reviewed"
    )
    with st.container(horizontal=True, vertical_alignment="center", key="worklist-head"):
        st.header("Worklist", anchor=False, width="content")
        total = el("span", count(counts.total, "radiograph"))
        html.show(el("div", total, *bands, *rest, cls="counts"))
        if fresh:
            st.button(f"{fresh:,} new, reorder", on_click=_reorder, args=(order.filter,), key="reorder-button")


@st.fragment(run_every=POLL_SECONDS)
def _show_rows(order_id: str) -> None:
    """Draw a page of the order. Rows are filled in while the worker reads; none moves."""
    order = resources.order(order_id)
    if order is None:
        return
    page, pages = state.here().page, _pages(order)
    rows = resources.services().worklist.page(order, page, PAGE_ROWS, signin.reader())
    if not rows:
        st.text("No radiograph matches. Take a filter away to see more.")
        return
    clicked = table.show(rows, table.row_pixels(window_height()), one_batch=order.filter.batch_id is not None)
    if clicked:
        state.go(Screen.REVIEW, entry=clicked)
    unread = next((row.entry_id for row in rows if not row.verdict), rows[0].entry_id)
    from_here = "Adjudicate from here" if order.adjudicating else "Review from here"
    with st.container(horizontal=True, vertical_alignment="center", key="worklist-foot"):
        if st.button(from_here, type="primary", shortcut="Enter"):
            state.go(Screen.REVIEW, entry=rows[0].entry_id if order.adjudicating else unread)
        first = (page - 1) * PAGE_ROWS + 1
        st.caption(f"{first:,} to {first + len(rows) - 1:,} of {len(order.entry_ids):,}", width="content")
        if pages > 1:
            pager = f"worklist-page-{order.id}"
            st.pagination(pages, default=page, key=pager, on_change=_turn_page, args=(pager,), width="stretch")


def _show_start() -> None:
    st.header("Worklist", anchor=False)
    st.text("Nothing has been taken in yet. Upload a batch of radiographs; likely fractures then stand at the top.")
    if st.button("Upload radiographs", type="primary"):
        state.go(Screen.UPLOAD)
    guide.offer(signin.reader())


def _turn_page(pager: str) -> None:
    state.keep(Screen.WORKLIST, page=st.session_state[pager])


def _apply_filter() -> None:
    _freeze(filters.read(_PREFIX))


def _reorder(criteria: WorklistFilter) -> None:
    _freeze(criteria)
    st.session_state["reorder"] = True


def _freeze(criteria: WorklistFilter) -> None:
    resources.forget_counts()
    state.keep(Screen.WORKLIST, order=resources.services().worklist.freeze(criteria).id, page=1)


if __name__ == "__main__":
    show()
