"""The viewer's payload, and whose overlay may be drawn."""

from __future__ import annotations

import json
import struct

import pytest
from streamlit.testing.v1 import AppTest

from core.imaging.overlay import COLOUR_MAPS
from dashboard.components import viewer


def test_header_and_pictures_are_found_again() -> None:
    pictures = {
        "radiograph": viewer.Picture(b"grey" * 9, "image/png"),
        "overlay": None,
        "other": viewer.Picture(b"x", "a/b"),
    }
    packed = viewer.pack({"case": "7.3", "size": "4 × 3"}, pictures)
    (length,) = struct.unpack_from("<I", packed)
    header, rest = json.loads(packed[4 : 4 + length]), packed[4 + length :]
    assert header["case"] == "7.3"
    assert header["overlay"] is None
    for name in ("radiograph", "other"):
        place = header[name]
        assert rest[place["start"] : place["end"]] == pictures[name].data
        assert place["type"] == pictures[name].type


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ({"case": "7.3", "colours": "viridis"}, "viridis"),
        ({"case": "7.2", "colours": "viridis"}, None),  # of the prediction before
        ({"case": "8.3", "colours": "viridis"}, None),  # of another radiograph
        ({"case": "7.3", "colours": "jet"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_an_overlay_is_drawn_on_the_case_it_was_asked_for_only(asked: dict | None, drawn: str | None) -> None:
    def script(asked: dict | None) -> None:
        import streamlit as st

        from dashboard.components import viewer

        st.session_state["the-viewer"] = {"overlay": asked}
        st.text(str(viewer.overlay_asked("the-viewer", "7.3")))

    app = AppTest.from_function(script, args=(asked,)).run()
    assert not app.exception
    assert app.text[0].value == str(drawn)


def test_the_scale_beside_it_has_the_maps_of_the_overlay() -> None:
    assert set(viewer.COLOUR_RAMPS) == set(COLOUR_MAPS)
