"""The worklist's dense table: one line a radiograph, with a small thumbnail."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain import WorkState
from core.reading.worklist import Row
from dashboard.components.looks import BANDS, GREY, RED, VERDICTS, Look
from dashboard.components.text import printable, probability

PAGE_ROWS = 20
LINE_PIXELS = {"Dense": 29, "Tall": 44}  # 20 lines fit at 1280x800, and at 1920x1080
FILE_LETTERS = 56
HEADER_PIXELS = 32
_STATES = {
    WorkState.WAITING: Look("waiting", "○", GREY),
    WorkState.CLAIMED: Look("being read", "◔", GREY),
    WorkState.FAILED: Look("failed", "✕", RED),
}
_COLUMNS = {
    "thumbnail": st.column_config.ImageColumn("", width=44),
    "band": st.column_config.TextColumn("Band", width=124),
    "probability": st.column_config.TextColumn("Probability", width=86, alignment="right"),
    "verdict": st.column_config.TextColumn("Verdict", width=108),
    "file": st.column_config.TextColumn("File", width=346),
    "part": st.column_config.TextColumn("Part and view", width=106),
    "batch": st.column_config.TextColumn("Batch", width=150),
    "id": st.column_config.TextColumn("Id", width=82),
}


def show(rows: Sequence[Row], line_pixels: int) -> int | None:
    """Draw the rows; return the entry id of the one that was clicked, anywhere on it.

    A table keeps its selection by position, so its key names exactly these entries in this order, and the position
    is turned into an entry id in the very run that reports the click.
    """
    entry_ids = tuple(row.entry_id for row in rows)
    key = f"rows-{hashlib.sha256(repr(entry_ids).encode()).hexdigest()[:16]}"
    clicked = st.dataframe(
        _styled(rows),
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        column_config=_COLUMNS,
        row_height=line_pixels,
        height=HEADER_PIXELS + line_pixels * len(rows) + 3,
    )
    selection = clicked["selection"]
    positions = (*selection["rows"], *(position for position, _ in selection["cells"]))
    return entry_ids[positions[0]] if positions else None


def reading(row: Row) -> Look:
    """The band, or why there is none yet."""
    return BANDS[row.band] if row.band else _STATES.get(row.status, _STATES[WorkState.WAITING])


def part_and_view(row: Row) -> str:
    """Body part, view and laterality, as far as the file said."""
    facts = (row.facts.body_part, row.facts.view, row.facts.laterality)
    return printable(" ".join(fact for fact in facts if fact), 40)


def _styled(rows: Sequence[Row]) -> pd.io.formats.style.Styler:
    frame = pd.DataFrame(
        [
            {
                "thumbnail": _data_url(row.thumbnail),
                "band": reading(row).label,
                "probability": probability(row.probability),
                "verdict": VERDICTS[row.verdict] if row.verdict else "",
                "file": printable(row.file_name, FILE_LETTERS),
                "part": part_and_view(row),
                "batch": printable(row.batch_name, 60),
                "id": row.short_id,
            }
            for row in rows
        ],
        columns=list(_COLUMNS),
    )
    colours = [f"color: {reading(row).colour}" for row in rows]
    quiet = [f"color: {GREY}"] * len(rows)
    styles = pd.DataFrame({"band": colours, "part": quiet, "batch": quiet, "id": quiet}, index=frame.index)
    return frame.style.apply(lambda _: styles.reindex(columns=frame.columns, fill_value=""), axis=None)


def _data_url(thumbnail: bytes) -> str | None:
    """A thumbnail travels inside the table: files that the server hands out are not behind the sign-in."""
    if not thumbnail:
        return None
    kind = "webp" if thumbnail[8:12] == b"WEBP" else "png" if thumbnail[:4] == b"\x89PNG" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(thumbnail).decode()}"
