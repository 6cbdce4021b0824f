"""The guided demonstration: offered while the store is empty, and then a few words in the sidebar for each screen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import FractureReviewError
from core.reading.worklist import WorklistFilter
from dashboard import resources, state
from dashboard.components import html
from dashboard.components.format import as_markdown
from dashboard.components.html import el
from dashboard.state import Screen

ON = "on"  # the value of the URL parameter `guide`
DISCLAIMER = (
    "Twelve phantoms, which are drawings and no patient's. The model was trained on radiographs: it declines most of "
    "them, and what it says of the others means nothing. Everything else is as it will be with yours."
)


@dataclass(frozen=True, slots=True)
class GuideStep:
    """The words for a screen, and the screen that comes next."""

    words: str
    next: Screen | None


STEPS = {
    Screen.WORKLIST: GuideStep(
        "Likely fractures stand first; what the model declines, or what looks inverted or turned, stands above the "
        "other negatives, with the reason. Click a row to open it.",
        Screen.REVIEW,
    ),
    Screen.REVIEW: GuideStep(
        "F, N, U or X gives your verdict, Z takes it back, the arrows walk. O shows what the model rests on, where it "
        "says anything; ? lists all keys. Where the model calls a whole bone fractured, overrule it.",
        Screen.BATCHES,
    ),
    Screen.BATCHES: GuideStep(
        "How far a batch is. Signed, it is frozen; the report has every picture and every verdict.",
        Screen.PERFORMANCE,
    ),
    Screen.PERFORMANCE: GuideStep(
        "How readers agree and how the model does against them. Few cases make wide intervals.",
        Screen.UPLOAD,
    ),
    Screen.UPLOAD: GuideStep(
        "Now yours: drop files, a folder or a ZIP, and choose how they are to be read.",
        None,
    ),
}


def offer(reader: str) -> None:
    """Draw the button that starts the demonstration, and what to expect of it."""
    if st.button("Try it with phantoms"):
        try:
            batch = resources.services().demonstration.start(reader)
        except FractureReviewError as error:
            st.error(as_markdown(str(error), 600))
            return
        order = resources.services().worklist.freeze(WorklistFilter(batch_id=batch.id))
        state.go(Screen.WORKLIST, order=order.id, page=1, batch=batch.id, entry=None, guide=ON)
    st.caption(DISCLAIMER)


def show(screen: str) -> None:
    """Draw the words for a screen while the demonstration is on."""
    steps = list(STEPS)
    if state.here().guide != ON or screen not in steps:
        return
    step = STEPS[Screen(screen)]
    with st.container(key="guide", gap="xsmall"):
        title = f"Demonstration, {steps.index(Screen(screen)) + 1} of {len(steps)}"
        html.show(el("section", el("h2", title), el("p", step.words), cls="guide", aria_label="Demonstration"))
        with st.container(horizontal=True, gap="xsmall"):
            if step.next and st.button(f"{step.next.capitalize()} next", key="guide-next"):
                state.go(step.next)
            st.button("End", key="guide-end", type="tertiary", on_click=state.keep_everywhere, args=("guide", None))
