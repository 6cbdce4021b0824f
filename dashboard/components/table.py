"""The worklist's dense table: one row for each radiograph, with a small thumbnail."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain import WorkState
from core.reading.worklist import WorklistRow
from dashboard.components import evidence
from dashboard.components.format import printable, probability
from dashboard.components.theme import BANDS, GREY, RED, VERDICTS, Style

PAGE_ROWS = 20
LOWEST_ROW, HIGHEST_ROW = 29, 48  # pixels: 20 rows fit at 1280x800; a higher window has larger thumbnails
OUTSIDE_PIXELS = 220  # of the screen's height, above and below the rows
HEADER_PIXELS = 32
LONG_FILE, SHORT_FILE = 56, 22  # letters; the second where there is a column of reasons
# Narrower columns make room for the reasons; all columns fit at 1280x800.
COLUMNS_WITH_REASONS = {
    "file": st.column_config.TextColumn("File", width=148),
    "batch": st.column_config.TextColumn("Batch", width=100),
}
_STATES = {
    WorkState.WAITING: Style("waiting", "○", GREY),
    WorkState.CLAIMED: Style("being read", "◔", GREY),
    WorkState.FAILED: Style("failed", "✕", RED),
}
HELD_BACK = Style("held back", "◌", GREY)  # the batch is read without the model's answer
COLUMNS = {
    "thumbnail": st.column_config.ImageColumn("", width=46),
    "band": st.column_config.TextColumn("Band", width=106),
    "probability": st.column_config.TextColumn("Probability", width=76, alignment="right"),
    "why": st.column_config.TextColumn("Why", width=300),  # a cell that is cut cannot be read
    "verdict": st.column_config.TextColumn("Verdict", width=96),
    "file": st.column_config.TextColumn("File", width=398),
    "part": st.column_config.TextColumn("Part and view", width=100),
    "batch": st.column_config.TextColumn("Batch", width=150),
    "id": st.column_config.TextColumn("Id", width=70),
}


def row_pixels(window: int | None) -> int:
    """Choose the height of a row, so that a page of rows fits into a window of this height."""
    return min(HIGHEST_ROW, max(LOWEST_ROW, ((window or 0) - OUTSIDE_PIXELS) // PAGE_ROWS))


def show(rows: Sequence[WorklistRow], row_height: int, one_batch: bool = False) -> int | None:
    """Draw the rows, and return the entry id of the one that was clicked, anywhere on it; None without a click.

    Streamlit keeps a table's selection by position. So the table's key names exactly these entries in this order, and
    a position becomes an entry id in the very run that reports the click.

    Args:
        row_height: in pixels.
        one_batch: leaves the column of batch names out.
    """
    entry_ids = tuple(row.entry_id for row in rows)
    key = f"rows-{hashlib.sha256(repr(entry_ids).encode()).hexdigest()[:16]}"
    clicked = st.dataframe(
        _styled(rows, one_batch),
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        column_config=COLUMNS | (COLUMNS_WITH_REASONS if any(map(why, rows)) else {}),
        row_height=row_height,
        height=HEADER_PIXELS + row_height * len(rows) + 3,
    )
    selection = clicked["selection"]
    positions = (*selection["rows"], *(position for position, _ in selection["cells"]))
    return entry_ids[positions[0]] if positions else None


def band_or_state(row: WorklistRow) -> Style:
    """The style of a row's band, or of its state where there is no band to show."""
    if row.redacted and row.status is WorkState.PREDICTED:
        return HELD_BACK
    return BANDS[row.band] if row.band else _STATES.get(row.status, _STATES[WorkState.WAITING])


def why(row: WorklistRow) -> str:
    """Say why there is no probability, or why it may not hold; empty where neither is so."""
    return evidence.warning_in_short(row) or printable((row.error or row.reason).removeprefix("The picture is "), 200)


def verdict(row: WorklistRow) -> str:
    """The verdict that counts, in words; `readers differ` where it is still to be adjudicated."""
    if row.disputed:
        return "readers differ"
    return VERDICTS[row.verdict] if row.verdict else ""


def part_and_view(row: WorklistRow) -> str:
    """Body part, view and laterality, as far as the file carries them."""
    values = (row.dicom.body_part, row.dicom.view, row.dicom.laterality)
    return printable(" ".join(value for value in values if value), 40)


def _styled(rows: Sequence[WorklistRow], one_batch: bool) -> pd.io.formats.style.Styler:
    columns = [name for name in COLUMNS if name != "batch" or not one_batch]
    file_letters = LONG_FILE
    if any(map(why, rows)):
        file_letters = SHORT_FILE
    else:
        columns.remove("why")
    frame = pd.DataFrame(
        [
            {
                "thumbnail": _data_url(row.thumbnail),
                "band": band_or_state(row).label,
                "probability": probability(row.probability),
                "why": why(row),
                "verdict": verdict(row),
                "file": printable(row.file_name, file_letters),
                "part": part_and_view(row),
                "batch": printable(row.batch_name, 60),
                "id": row.short_id,
            }
            for row in rows
        ],
        columns=columns,
    )
    colours = [f"color: {band_or_state(row).colour}" for row in rows]
    quiet = [f"color: {GREY}"] * len(rows)
    soft = {"why": quiet, "part": quiet, "batch": quiet, "id": quiet}
    styles = pd.DataFrame({"band": colours, **soft}, index=frame.index)
    return frame.style.apply(lambda _: styles.reindex(columns=frame.columns, fill_value=""), axis=None)


def _data_url(thumbnail: bytes) -> str | None:
    """Put a thumbnail into a data URL: a file that the server hands out is not behind the sign-in."""
    if not thumbnail:
        return None
    kind = "webp" if thumbnail[8:12] == b"WEBP" else "png" if thumbnail[:4] == b"\x89PNG" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(thumbnail).decode()}"
