"""Export: the filtered worklist as CSV, with a row for each batch entry or for each review."""

from __future__ import annotations

from itertools import islice

import pandas as pd
import streamlit as st

from core.reading.worklist import WorklistFilter
from dashboard import downloads, resources, signin, state
from dashboard.components import filters, html
from dashboard.components.format import count, printable
from dashboard.components.html import el
from dashboard.downloads import Form
from dashboard.state import Screen

PREVIEW_ROWS = 8
_SHORT = st.column_config.TextColumn(width=110)
_PREFIX = "export"
_CHOSEN = "export filter"


def show() -> None:
    """Draw the screen."""
    state.keep(Screen.EXPORT)
    services = resources.services()
    batches = services.worklist.batches()
    st.header("Export", anchor=False)
    if not batches:
        st.text("There is nothing to export yet. Upload a batch first.")
        if st.button("Upload radiographs", type="primary"):
            state.go(Screen.UPLOAD)
        return
    criteria = _criteria()
    filters.show(_PREFIX, criteria, batches, _apply_filter)
    with st.container(horizontal=True, vertical_alignment="center", key="export-choices"):
        form = st.segmented_control(
            "Rows", list(Form), default=Form.ENTRIES, key="export-form", required=True, label_visibility="collapsed"
        )
        names = not st.checkbox("Leave file names out", key="export-nameless", persist_state="session")
    number = services.worklist_csv.count(criteria)
    if not number:
        st.text("No radiograph matches. Take a filter away to export more.")
        return
    _show_download(downloads.offer(criteria, names, form), number, names, form)
    rows = list(islice(downloads.source(form).rows(criteria, names, signin.reader()), PREVIEW_ROWS + 1))
    if not rows:
        st.text("Nobody has read any of these yet.")
        return
    preview = rows[:PREVIEW_ROWS]
    frame = pd.DataFrame([{name: printable(value, 80) for name, value in row.items()} for row in preview])
    st.dataframe(frame, hide_index=True, row_height=29, key="export-preview", column_config={"sha256": _SHORT})
    st.caption("The whole file." if rows == preview else f"The first {count(len(preview), 'row')} of the file.")


def _show_download(address: str, number: int, names: bool, form: Form) -> None:
    """Say what the file holds, and draw a link to it; Streamlit's download button would hold the whole file."""
    about = "File names can identify a patient." if names else "File names are left out."
    with st.container(horizontal=True, vertical_alignment="center"):
        html.show(el("a", "Download CSV", cls="action", href=address, download=True), width="content")
        entries, radiographs = count(number, "row"), count(number, "radiograph")
        rows = f"{entries}, one a batch entry" if form is Form.ENTRIES else f"One row a review of {radiographs}"
        st.caption(f"{rows}, UTF-8, times in UTC. {about}")


def _criteria() -> WorklistFilter:
    """The filter that the reader chose here, else the one that the worklist shows."""
    if _CHOSEN in st.session_state:
        chosen: WorklistFilter = st.session_state[_CHOSEN]
        return chosen
    place = state.here()
    order = resources.order(place.order) if place.order else None
    return order.filter if order else WorklistFilter()


def _apply_filter() -> None:
    st.session_state[_CHOSEN] = filters.read(_PREFIX)


if __name__ == "__main__":
    show()
