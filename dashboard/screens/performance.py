"""Performance: how readers agree, how the model agrees with them, and whether probabilities drift."""

from __future__ import annotations

import streamlit as st

from core.reading.review.performance import Performance
from dashboard import resources, state
from dashboard.components import html
from dashboard.components.format import as_markdown, count, printable
from dashboard.components.review import performance
from dashboard.state import Screen

ALL = 0  # no batch has this id
METHODS = (
    "Small numbers are 95 % confidence intervals and counts. Shares: Wilson. Kappa: Cohen, with the interval of "
    "Fleiss, Cohen and Everitt. Medians: between order statistics. Means: Student. What counts as right is the "
    "adjudicated verdict, else the one that all readers of a radiograph agree on; verdicts given with the answer in "
    "sight lean towards it, so the unaided ones stand apart. A drift is flagged where the population stability index "
    "of the probabilities is above 0.1 and above what chance gives in one of a hundred."
)


def show() -> None:
    """Draw the screen."""
    services = resources.services()
    batches = {batch.id: printable(batch.name, 60) for batch in services.worklist.batches()}
    st.header("Performance", anchor=False)
    if not batches:
        st.text("There is nothing to measure yet. Upload a batch and read some of it.")
        if st.button("Upload radiographs", type="primary"):
            state.go(Screen.UPLOAD)
        return
    state.keep(Screen.PERFORMANCE)
    chosen = st.selectbox(
        "Batch",
        [ALL, *batches],
        format_func=lambda choice: batches.get(choice, "All batches"),
        key="performance-batch",
        label_visibility="collapsed",
        width=320,
        persist_state="session",
    )
    found = services.performance.performance(chosen or None)
    verdicts = f"{count(found.readings, 'verdict')} on {count(found.cases, 'radiograph')}"
    st.caption(f"{verdicts} by {count(len(found.readers), 'reader')}")
    _show_drift(found)
    html.show(performance.model(found))
    left, right = st.columns(2, gap="large")
    with left:
        html.show(performance.readers(found))
        html.show(performance.switches(found))
    with right:
        html.show(performance.overruled(found))
        html.show(performance.seconds(found))
    _show_over_time(found)
    st.caption(METHODS)


def _show_drift(found: Performance) -> None:
    drifted = performance.drifted(found.periods)
    if drifted:
        days = ", ".join(period.start.isoformat() for period in drifted)
        st.warning(
            f"The probabilities of {as_markdown(found.model_version, 60)} are distributed otherwise than at the "
            f"beginning, in the time from {days}. Look at what has changed: devices, body parts, patients."
        )


def _show_over_time(found: Performance) -> None:
    """Draw two charts, once there are two periods."""
    if len(found.periods) < 2:
        return
    st.subheader("Over time", anchor=False)
    left, right = st.columns(2, gap="large")
    left.vega_lite_chart(performance.probabilities(found.periods), key="performance-probabilities")
    right.vega_lite_chart(performance.overruling(found.periods), key="performance-overruling")
    st.caption("Bars are 95 % confidence intervals; a filled diamond marks a time in which probabilities have drifted.")


if __name__ == "__main__":
    show()
