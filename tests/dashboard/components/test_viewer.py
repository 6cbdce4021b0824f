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

        from dashboard.components import pending_actions, viewer

        done = []
        pending_actions.pending_actions().on_deed = done.append
        common = {"heard": 0, "seen": 1500, "marks": []}
        deeds = [
            {"n": 1, "case": "7.3", "does": "fractured", **common},
            {"n": 2, "case": "7.3", "does": "next", **common},
            {"n": 3, "case": "8.None", "does": "undo", **common},
        ]
        for sent in (deeds[:2], deeds[:2], deeds, deeds[2:], []):
            st.session_state["viewer"] = {"deeds": sent}
            viewer.catch_up()
        for deed in done:
            st.text(f"{deed.entry_id} {deed.prediction_id} {deed.does}")

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [text.value for text in app.text] == ["7 3 fractured", "7 3 next", "8 None undo"]


def test_a_run_that_is_ended_in_the_middle_leaves_the_deed_to_the_next_one() -> None:
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import StopException

        from dashboard.components import pending_actions, viewer

        done = []

        def ended(deed: viewer.ViewerAction) -> None:
            raise StopException

        st.session_state["viewer"] = {
            "deeds": [{"n": 5, "case": "7.3", "does": "fractured", "heard": 0, "seen": 0, "marks": []}]
        }
        for on_deed in (ended, done.append, done.append):
            pending_actions.pending_actions().on_deed = on_deed
            try:
                viewer.catch_up()
            except StopException:
                st.text("ended")
        st.text(str(len(done)))

    app = AppTest.from_function(script).run()
    assert [text.value for text in app.text] == ["ended", "1"]


def test_nobody_goes_on_before_they_know_what_was_missed() -> None:
    """Marks that cannot be read make a verdict fail; the steps after it wait until the reader was told."""

    def script() -> None:
        import streamlit as st

        from dashboard.components import pending_actions, viewer

        done = []
        pending_actions.pending_actions().on_deed = lambda deed: done.append(deed.does)
        plain = {"case": "7.3", "seen": 0, "marks": []}
        st.session_state["viewer"] = {
            "deeds": [
                {**plain, "n": 1, "heard": 0, "does": "fractured", "marks": [{"kind": "star", "x": 1, "y": 1}]},
                {**plain, "n": 2, "heard": 0, "does": "next"},
                {**plain, "n": 3, "heard": 0, "does": "worklist"},
                {**plain, "n": 4, "heard": 0, "does": "unsure"},
            ]
        }
        viewer.catch_up()
        st.text(pending_actions.pending_actions().missed.why)
        st.session_state["viewer"]["deeds"].append({**plain, "n": 5, "heard": 1, "does": "previous"})
        viewer.catch_up()
        st.text(" ".join(done))

    app = AppTest.from_function(script).run()
    assert not app.exception
    why, done = (text.value for text in app.text)
    assert "A mark is a box" in why
    assert done == "unsure previous"


def test_the_scripts_are_one_module_with_the_colours_of_core() -> None:
    script = viewer._script()
    assert script.count("export default") == 1
    assert "import " not in script.replace("important", "")
    assert script.startswith('const MAPS = {"inferno": [0, 0,')
