"""The list of batches, and one batch in words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain import BatchState, ReadingMode
from core.reading.review.batch_signing import Batch, BatchEvent
from core.reading.worklist import Counts
from core.table import Row, Table, columns
from dashboard.components import html
from dashboard.components.format import count, moment, percent, printable
from dashboard.components.html import Html

STATES = {
    BatchState.OPEN: "○ open",
    BatchState.READING: "◔ being read",
    BatchState.SIGNED: "● signed",
    BatchState.ARCHIVED: "▪ archived",
}
MODES = {
    ReadingMode.AI_FIRST: "AI first",
    ReadingMode.UNAIDED_FIRST: "unaided first",
    ReadingMode.BLIND: "blind",
}
ROW_PIXELS, HEADER_PIXELS, MOST_ROWS = 29, 32, 10


def show_list(batches: Sequence[Batch]) -> int | None:
    """Draw the list, and return the id of the batch that was clicked, in the very run that reports the click."""
    ids = tuple(batch.id for batch in batches)
    frame = pd.DataFrame(
        {
            "Batch": [printable(batch.name, 80) for batch in batches],
            "State": [STATES[batch.state] for batch in batches],
            "Reading": [MODES[batch.plan.mode] for batch in batches],
            "Radiographs": [f"{batch.entries:,}" for batch in batches],
            "Read by": [printable(batch.model_version, 40) for batch in batches],
            "Made": [moment(batch.created) for batch in batches],
            "Signed": [moment(batch.signed_at) for batch in batches],
        }
    )
    key = f"batches-{hashlib.sha256(repr(ids).encode()).hexdigest()[:16]}"
    clicked = st.dataframe(
        frame,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        row_height=ROW_PIXELS,
        height=HEADER_PIXELS + ROW_PIXELS * min(len(ids), MOST_ROWS) + 3,
        column_config={"Radiographs": st.column_config.TextColumn(alignment="right", width="small")},
    )
    selection = clicked["selection"]
    positions = (*selection["rows"], *(position for position, _ in selection["cells"]))
    return ids[positions[0]] if positions else None


def details(batch: Batch, counts: Counts) -> Html:
    """Build a list of a batch's state, its mode and how far it is read."""
    second = f", {percent(batch.plan.second_share)} with a second reader" if batch.plan.second_share else ""
    signed = f" by {batch.signed_by}, {moment(batch.signed_at)}" if batch.signed_at else ""
    pairs = (
        ("State", f"{STATES[batch.state]}{signed}"),
        ("Reading", f"{MODES[batch.plan.mode]}{second}"),
        ("Verdicts", f"{counts.reviewed:,} of {count(counts.total, 'radiograph')}"),
        ("Readers differ", f"on {counts.disputed:,}" if counts.disputed else ""),
        ("Waiting", f"{counts.waiting + counts.claimed:,}" if counts.waiting + counts.claimed else ""),
        ("Read by", batch.model_version),
        ("Made", f"{moment(batch.created)} by {batch.reader}"),
    )
    return html.definitions((name, printable(value, 120)) for name, value in pairs if value)


def can_be_archived(batch: Batch) -> bool:
    """Whether the batch is signed and not archived yet."""
    return batch.state is BatchState.SIGNED


def history(events: Sequence[BatchEvent]) -> Html:
    """Build a table of the changes of a batch's state, newest first."""
    rows: tuple[Row, ...] = tuple(
        (moment(event.created), STATES[event.state], printable(event.reader, 400), printable(event.reason, 400))
        for event in reversed(events)
    )
    return html.scrolling(html.table(Table(columns("when", "state", "who", "why", words=4), rows)))
