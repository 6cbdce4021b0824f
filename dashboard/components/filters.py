"""The filter row of the worklist. It always shows the filter of the frozen order on the screen."""

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
    """The choices of the status box."""

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
        prefix: begins the widget keys, so that two screens can have filter rows of their own.
        current: the filter to show; the widgets are set to it where a link or another order was opened.
        changed: called when the reader changes something; `read` then returns the new filter.
    """
    names = {batch.id: printable(batch.name, 60) for batch in batches}
    is_new = f"{prefix}-batch" not in st.session_state  # Streamlit forgets widgets when another screen is shown
    if is_new or st.session_state.get(f"{prefix}-shows") != current:
        _set_widgets(prefix, current)
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
    """Read the filter from the widgets."""
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


def _set_widgets(prefix: str, current: WorklistFilter) -> None:
    statuses = {statuses: progress for progress, statuses in _STATUSES.items()}
    reviewed: dict[bool | None, StatusFilter] = {flag: progress for progress, flag in _REVIEWED.items()}
    st.session_state[f"{prefix}-batch"] = current.batch_id or ALL
    st.session_state[f"{prefix}-bands"] = list(current.bands)
    progress = StatusFilter.DISPUTED if current.disputed else reviewed.get(current.reviewed, StatusFilter.ANY)
    st.session_state[f"{prefix}-progress"] = statuses.get(current.statuses) or progress
    st.session_state[f"{prefix}-text"] = current.text
    st.session_state[f"{prefix}-shows"] = current
