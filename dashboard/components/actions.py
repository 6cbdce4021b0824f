"""What an administrator does: tried, and where it fails, said on the screen in the run that follows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import FractureReviewError
from dashboard.components.format import as_markdown

FAILURE_LETTERS = 800
_FAILURE = "failure of the last deed"


def attempt(deed: Callable[[], object]) -> bool:
    """Do it; keep what went wrong for `show_failure`. Returns whether it is done."""
    try:
        deed()
    except FractureReviewError as error:
        st.session_state[_FAILURE] = str(error)
        return False
    return True


def show_failure() -> None:
    """Say once what went wrong."""
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(as_markdown(failure, FAILURE_LETTERS))
