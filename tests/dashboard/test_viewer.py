"""The viewer's payload, and the order and fate of what is asked for by key."""

from __future__ import annotations

import json
import struct

from streamlit.testing.v1 import AppTest

from dashboard.components import viewer


def test_header_and_body_are_found_again() -> None:
    packed = viewer.pack({"case": "7.3", "name": "Müller"}, b"grey" * 9)
    (length,) = struct.unpack_from("<I", packed)
    assert json.loads(packed[4 : 4 + length]) == {"case": "7.3", "name": "Müller"}
    assert packed[4 + length :] == b"grey" * 9


def test_deeds_are_done_once_and_in_their_order_however_often_the_browser_sends_them() -> None:
    def script() -> None:
        import streamlit as st

        from dashboard.components import viewer

        done = []
        deeds = [
            {"n": 1, "case": "7.3", "does": "fractured"},
            {"n": 2, "case": "7.3", "does": "next"},
            {"n": 3, "case": "8.None", "does": "undo"},
        ]
        for sent in (deeds[:2], deeds[:2], deeds, deeds[2:], []):
            st.session_state["viewer"] = {"deeds": sent}
            viewer._tell(done.append)
        for deed in done:
            st.text(f"{deed.entry_id} {deed.prediction_id} {deed.does}")

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [text.value for text in app.text] == ["7 3 fractured", "7 3 next", "8 None undo"]


def test_the_scripts_are_one_module_with_the_colours_of_core() -> None:
    script = viewer._script()
    assert script.count("export default") == 1
    assert "import " not in script.replace("important", "")
    assert script.startswith('const MAPS = {"inferno": [0, 0,')
