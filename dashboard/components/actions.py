"""An administrator's actions: each is tried, and its error is shown in the run that follows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import FractureReviewError
from dashboard.components.format import as_markdown

FAILURE_LETTERS = 800
_FAILURE = "failure of the last action"


def attempt(action: Callable[[], object]) -> bool:
    """Call it and keep its error, if any, for `show_failure`. Returns whether it succeeded."""
    try:
        action()
    except FractureReviewError as error:
        st.session_state[_FAILURE] = str(error)
        return False
    return True


def show_failure() -> None:
    """Show the last action's error once."""
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(as_markdown(failure, FAILURE_LETTERS))
