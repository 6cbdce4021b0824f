"""Model: the champion's card. What it was made from, how well it does and on what, and where it must not be trusted."""

from __future__ import annotations

import streamlit as st

from core import NOT_A_MEDICAL_DEVICE
from core.errors import FractureReviewError
from dashboard import resources, state
from dashboard.components import html
from dashboard.components.format import as_markdown, moment
from dashboard.components.html import Html, el
from dashboard.components.model import card
from dashboard.state import Screen


def show() -> None:
    """The whole screen."""
    state.keep(Screen.MODEL)
    try:
        champion = resources.services().model_versions.champion()
    except FractureReviewError as error:
        st.header("Model", anchor=False)
        st.error(as_markdown(str(error), 600))
        return
    described = champion.card
    st.header("Model", anchor=False)
    html.show(
        card.lead(described, shipped=champion.shipped, made=moment(champion.created)),
        el("p", NOT_A_MEDICAL_DEVICE, cls="device"),
    )
    _section("Figures", card.figures(described))
    _fold("By subgroup of test", card.subgroups(described))
    for title, tables in card.studies_of(described):
        _fold(title, tables)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _section("Operating points", card.operating_points(described))
        _section("Bands", card.bands(described))
    with right:
        _section("Limits", card.limits(described))
        _section("Data", card.data(described))
        _fold("Intended use, oversight, overlay", card.purpose(described))
        _fold("How it was made", card.making(described))


def _section(title: str, body: Html) -> None:
    if body:
        st.subheader(title, anchor=False)
        html.show(body)


def _fold(title: str, body: Html) -> None:
    if body:
        with st.expander(title, type="compact"):
            html.show(body)


if __name__ == "__main__":
    show()
