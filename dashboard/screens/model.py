"""Model: the champion's card. What it was made from, how well it does and on what, and where it must not be trusted."""

from __future__ import annotations

import html

import streamlit as st

from core.errors import FractureReviewError
from dashboard import resources, state
from dashboard.components.format import NOT_A_MEDICAL_DEVICE, as_markdown, moment
from dashboard.components.model import card, studies
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
    said = champion.card
    st.header("Model", anchor=False)
    st.html(
        f'<p class="lead"><b>{html.escape(champion.version)}</b> reads new batches. '
        f"{html.escape(str(said.get('description') or champion.network))}, "
        f"{'shipped with the product' if champion.shipped else 'trained here'}, made {moment(champion.created)}.</p>"
        f'<p class="device">{NOT_A_MEDICAL_DEVICE}</p>'
    )
    _section("Figures", card.figures(said))
    groups = card.subgroups(said)
    if groups:
        with st.expander("By subgroup of test", type="compact"):
            st.html(groups)
    for title, tables in studies.sections(said):
        with st.expander(title, type="compact"):
            st.html(tables)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _section("Operating points", card.operating_points(said))
        _section("Bands", card.bands(said))
    with right:
        _section("Limits", card.sentences(said.get("limits")))
        _section("Data", card.listing(said.get("data")))
        purpose = card.purpose(said)
        if purpose:
            with st.expander("Intended use, oversight, overlay", type="compact"):
                st.html(purpose)
        with st.expander("How it was made", type="compact"):
            parts = {name: said.get(name) for name in ("parameters", "training", "calibration", "gate", "input")}
            st.html(card.listing({**parts, "weights_sha256": champion.sha256}))


def _section(title: str, body: str) -> None:
    if body:
        st.subheader(title, anchor=False)
        st.html(body)


if __name__ == "__main__":
    show()
