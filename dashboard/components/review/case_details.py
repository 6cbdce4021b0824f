"""What is known of a radiograph beside its picture: the file's facts, the model that read it, the reviews so far."""

from __future__ import annotations

import html

import streamlit as st

from core.reading.review.cases import Case
from dashboard.components.format import moment, printable
from dashboard.components.theme import VERDICTS


def show(case: Case) -> None:
    """A short list of what is known, and of the reviews those that this reader may know."""
    row, known = case.row, case.row.facts
    pairs = (
        ("Body part", " ".join(part for part in (known.laterality, known.body_part) if part)),
        ("View", known.view),
        ("Modality", known.modality),
        ("Study", known.study),
        ("Series", known.series),
        ("Picture", f"{row.width} × {row.height}, {row.bit_depth} bit, {row.format}"),
        ("Read by", row.model_version if row.prediction_id is not None else ""),
        ("Read", moment(row.predicted_at)),
    )
    lines = "".join(f"<dt>{name}</dt><dd>{html.escape(printable(value, 60))}</dd>" for name, value in pairs if value)
    st.html(f'<dl class="facts">{lines}</dl>')
    if len(case.history) > 1:
        with st.popover(f"All {len(case.history)} reviews", type="tertiary"):
            for review in reversed(case.history):
                said = VERDICTS[review.verdict] if review.verdict else "taken back"
                remark = f": {printable(review.comment, 200)}" if review.comment else ""
                st.text(f"{moment(review.created)}  {printable(review.reader, 40)}  {said}{remark}")
