"""Export: the filtered worklist as a CSV, one row a batch entry."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import islice

import pandas as pd
import streamlit as st

from core.reading.worklist import WorklistFilter
from dashboard import resources, state
from dashboard.components import filters
from dashboard.components.text import count, printable
from dashboard.state import Screen

PREVIEW_ROWS = 8
_SHORT = st.column_config.TextColumn(width=110)
_PREFIX = "export"
_CHOSEN = "export filter"


def show() -> None:
    """The whole screen."""
    services = resources.services()
    batches = services.worklist.batches()
    st.header("Export", anchor=False)
    if not batches:
        st.text("There is nothing to export yet. Upload a batch first.")
        if st.button("Upload radiographs", type="primary"):
            state.go(Screen.UPLOAD)
        return
    chosen = _chosen()
    filters.show(_PREFIX, chosen, batches, _rechoose)
    names = not st.checkbox("Leave file names out", key="export-nameless", persist_state="session")
    preview = list(islice(services.export.rows(chosen, names=names), PREVIEW_ROWS))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download CSV",
            data=lambda: write(chosen, names),
            file_name=f"fracture-review-{datetime.now(UTC):%Y%m%d-%H%M}.csv",
            mime="text/csv",
            type="primary",
            on_click="ignore",
            disabled=not preview,
        )
        st.caption("One row a batch entry, UTF-8, times in UTC. File names can identify a patient.")
    if not preview:
        st.text("No radiograph matches. Take a filter away to export more.")
    else:
        frame = pd.DataFrame([{name: printable(value, 80) for name, value in row.items()} for row in preview])
        st.dataframe(frame, hide_index=True, row_height=29, key="export-preview", column_config={"sha256": _SHORT})
        st.caption(f"The first {count(len(preview), 'row')} of the file.")


def write(chosen: WorklistFilter, names: bool) -> io.BytesIO:
    """Write the stream out for the browser; called when the download is asked for, not before."""
    written = io.BytesIO()
    for chunk in resources.services().export.csv(chosen, names=names):
        written.write(chunk)
    written.seek(0)
    return written


def _chosen() -> WorklistFilter:
    """What the reader chose here, else what the worklist shows."""
    if _CHOSEN in st.session_state:
        return st.session_state[_CHOSEN]
    place = state.here()
    order = resources.order(place.order) if place.order else None
    return order.filter if order else WorklistFilter()


def _rechoose() -> None:
    st.session_state[_CHOSEN] = filters.read(_PREFIX)


if __name__ == "__main__":
    show()
