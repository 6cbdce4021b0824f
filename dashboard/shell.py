"""The frame of every screen: the sign-in, the navigation, and the sidebar with the worker's state and the reader."""

from __future__ import annotations

import streamlit as st

from core import NOT_A_MEDICAL_DEVICE
from core.errors import FractureReviewError
from dashboard import signin, state
from dashboard.components import guide, viewer, worker_status
from dashboard.components.format import as_markdown
from dashboard.components.review import claim
from dashboard.state import Screen

ICONS = {
    Screen.WORKLIST: ":material/list:",
    Screen.UPLOAD: ":material/upload:",
    Screen.REVIEW: ":material/visibility:",
    Screen.EXPORT: ":material/download:",
    Screen.BATCHES: ":material/inventory_2:",
    Screen.PERFORMANCE: ":material/monitoring:",
    Screen.MODEL: ":material/description:",
    Screen.EVALUATION: ":material/query_stats:",
    Screen.DATASETS: ":material/folder_open:",
    Screen.TRAINING: ":material/model_training:",
    Screen.MODELS: ":material/compare_arrows:",
}
TITLES = {Screen.DATASETS: "Data sets"}
ADMINISTRATION = (Screen.DATASETS, Screen.TRAINING, Screen.MODELS)
HOME = Screen.WORKLIST  # Streamlit serves it without its name in the URL


def run() -> None:
    """Show the screen that the URL names."""
    signin.require_sign_in()
    try:
        administers = signin.is_administrator()
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 1000))
        st.stop()
    screens = {
        screen: st.Page(
            f"screens/{screen}.py",
            title=TITLES.get(screen, screen.capitalize()),
            icon=ICONS[screen],
            url_path=screen if screen is not HOME else "home",
            default=screen is HOME,
        )
        for screen in Screen
        if administers or screen not in ADMINISTRATION
    }
    state.register(screens)
    named = st.Page(
        f"screens/{HOME}.py", url_path=HOME, visibility="hidden"
    )  # for an address that was typed or bookmarked
    # One list without headings: with headings, assistive technology does not find a list.
    chosen = st.navigation([named, *screens.values()], expanded=True)
    if chosen.url_path == HOME:
        st.switch_page(screens[HOME], query_params=st.query_params.to_dict())
    with st.sidebar:
        guide.show(chosen.url_path or Screen.WORKLIST)
        worker_status.show_status()
        signin.show_reader()
        st.caption(NOT_A_MEDICAL_DEVICE)
    viewer.perform_pending()
    if chosen.url_path != Screen.REVIEW:
        claim.release()
    chosen.run()
