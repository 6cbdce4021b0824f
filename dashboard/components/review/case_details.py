"""Case details: the radiograph's DICOM attributes, the model version that read it, and the reviews so far."""

from __future__ import annotations

import streamlit as st

from core.reading.review.cases import Case
from dashboard.components import html
from dashboard.components.format import moment, printable
from dashboard.components.review import steps


def show(case: Case) -> None:
    """Draw the details, and the reviews that this reader may see."""
    row, attributes = case.row, case.row.dicom
    pairs = (
        ("Body part", " ".join(part for part in (attributes.laterality, attributes.body_part) if part)),
        ("View", attributes.view),
        ("Modality", attributes.modality),
        ("Study", attributes.study),
        ("Series", attributes.series),
        ("Picture", f"{row.width} × {row.height}, {row.bit_depth} bit, {row.format}"),
        ("Read by", row.model_version if row.prediction_id is not None else ""),
        ("Read", moment(row.predicted_at)),
    )
    html.show(html.definitions((name, printable(value, 60)) for name, value in pairs if value))
    if len(case.history) > 1:
        with st.popover(f"All {len(case.history)} reviews", type="tertiary"):
            for review in reversed(case.history):
                words = steps.verdict_in_words(review.verdict)
                remark = f": {printable(review.comment, 200)}" if review.comment else ""
                st.text(f"{moment(review.created)}  {printable(review.reader, 40)}  {words}{remark}")
