"""The worklist's filter row, kept in step with the frozen order it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import streamlit as st

from core.domain import Band, WorkState
from core.reading.intake.ingest import Batch
from core.reading.worklist import WorklistFilter
from dashboard.components.format import printable
from dashboard.components.theme import BANDS

ALL = 0  # no batch has this id


class StatusFilter(StrEnum):
    """What the one choice of status offers."""

    ANY = "Any status"
    TO_REVIEW = "Not reviewed"
    REVIEWED = "Reviewed"
    DISPUTED = "Readers differ"
    WAITING = "Waiting"
    FAILED = "Failed"


_STATUSES = {
    StatusFilter.WAITING: (WorkState.WAITING, WorkState.CLAIMED),
    StatusFilter.FAILED: (WorkState.FAILED,),
}
_REVIEWED = {StatusFilter.TO_REVIEW: False, StatusFilter.REVIEWED: True}


def show(prefix: str, current: WorklistFilter, batches: list[Batch], changed: Callable[[], None]) -> None:
    """Draw batch, band, status and text in one row.

    Args:
        prefix: tells this screen's filter row from another's.
        current: what the row shows; widgets that say something else follow it (a link or another order was opened).
        changed: called when the reader changes something; `read` then gives the new filter.
    """
    names = {batch.id: printable(batch.name, 60) for batch in batches}
    gone = f"{prefix}-batch" not in st.session_state  # Streamlit forgets widgets when another screen is shown
    if gone or st.session_state.get(f"{prefix}-shows") != current:
        _follow(prefix, current)
    if st.session_state[f"{prefix}-batch"] not in (ALL, *names):
        st.session_state[f"{prefix}-batch"] = ALL
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{prefix}-filters"):
        st.selectbox(
            "Batch",
            [ALL, *names],
            format_func=lambda choice: names.get(choice, "All batches"),
            key=f"{prefix}-batch",
            on_change=changed,
            label_visibility="collapsed",
            width=230,
        )
        st.pills(
            "Band",
            list(Band),
            format_func=lambda band: BANDS[band].label,
            selection_mode="multi",
            key=f"{prefix}-bands",
            on_change=changed,
            label_visibility="collapsed",
        )
        st.selectbox(
            "Status",
            list(StatusFilter),
            key=f"{prefix}-progress",
            on_change=changed,
            label_visibility="collapsed",
            width=140,
        )
        st.text_input(
            "Search",
            key=f"{prefix}-text",
            on_change=changed,
            type="search",
            placeholder="File name or id",
            label_visibility="collapsed",
            max_chars=200,
        )


def read(prefix: str) -> WorklistFilter:
    """The filter that the widgets say."""
    progress = st.session_state[f"{prefix}-progress"]
    chosen = WorklistFilter(
        batch_id=st.session_state[f"{prefix}-batch"] or None,
        bands=tuple(band for band in Band if band in st.session_state[f"{prefix}-bands"]),
        statuses=_STATUSES.get(progress, ()),
        text=(st.session_state[f"{prefix}-text"] or "").strip(),
        reviewed=_REVIEWED.get(progress),
        disputed=progress is StatusFilter.DISPUTED,
    )
    st.session_state[f"{prefix}-shows"] = chosen
    return chosen


def _follow(prefix: str, current: WorklistFilter) -> None:
    statuses = {statuses: progress for progress, statuses in _STATUSES.items()}
    reviewed = {flag: progress for progress, flag in _REVIEWED.items()}
    st.session_state[f"{prefix}-batch"] = current.batch_id or ALL
    st.session_state[f"{prefix}-bands"] = list(current.bands)
    progress = StatusFilter.DISPUTED if current.disputed else reviewed.get(current.reviewed, StatusFilter.ANY)
    st.session_state[f"{prefix}-progress"] = statuses.get(current.statuses) or progress
    st.session_state[f"{prefix}-text"] = current.text
    st.session_state[f"{prefix}-shows"] = current
