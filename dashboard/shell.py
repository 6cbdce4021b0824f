"""What stands around every screen: the sign-in, the navigation, and in the sidebar the worker and the reader."""

from __future__ import annotations

import streamlit as st

from core.errors import FractureReviewError
from dashboard import resources, signin, state
from dashboard.components import worker
from dashboard.components.text import NOT_A_MEDICAL_DEVICE, as_markdown
from dashboard.state import Screen

ICONS = {
    Screen.WORKLIST: ":material/list:",
    Screen.UPLOAD: ":material/upload:",
    Screen.REVIEW: ":material/visibility:",
    Screen.EXPORT: ":material/download:",
    Screen.MODEL: ":material/description:",
    Screen.EVALUATION: ":material/query_stats:",
}


def run() -> None:
    """Show the screen that the address names."""
    signin.require_sign_in()
    screens = {
        screen: st.Page(
            f"screens/{screen}.py",
            title=screen.capitalize(),
            icon=ICONS[screen],
            url_path=screen,
            default=screen is Screen.WORKLIST,
        )
        for screen in Screen
    }
    state.register(screens)
    chosen = st.navigation(list(screens.values()), expanded=True)
    try:
        resources.services()
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 1000))
        st.stop()
    with st.sidebar:
        worker.show_status()
        signin.show_reader()
        st.caption(NOT_A_MEDICAL_DEVICE)
    chosen.run()
