"""The viewer's payload, and the order and fate of what is asked for by key."""

from __future__ import annotations

import json
import re
import struct

from streamlit.testing.v1 import AppTest

from dashboard.components import viewer


def test_header_and_body_are_found_again() -> None:
    packed = viewer.pack({"case": "7.3", "name": "Müller"}, b"grey" * 9)
    (length,) = struct.unpack_from("<I", packed)
    assert json.loads(packed[4 : 4 + length]) == {"case": "7.3", "name": "Müller"}
    assert packed[4 + length :] == b"grey" * 9


def test_actions_are_performed_once_and_in_their_order_however_often_the_browser_sends_them() -> None:
    def script() -> None:
        import streamlit as st

        from dashboard.components import pending_actions, viewer

        done = []
        pending_actions.pending_actions().perform = done.append
        common = {"acknowledged": 0, "shownForMs": 1500, "marks": []}
        actions = [
            {"number": 1, "case": "7.3", "kind": "fractured", **common},
            {"number": 2, "case": "7.3", "kind": "next", **common},
            {"number": 3, "case": "8.None", "kind": "undo", **common},
        ]
        for sent in (actions[:2], actions[:2], actions, actions[2:], []):
            st.session_state["viewer"] = {"actions": sent}
            viewer.perform_pending()
        for action in done:
            st.text(f"{action.entry_id} {action.prediction_id} {action.kind}")

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [text.value for text in app.text] == ["7 3 fractured", "7 3 next", "8 None undo"]


def test_a_run_that_is_ended_in_the_middle_leaves_the_action_to_the_next_one() -> None:
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import StopException

        from dashboard.components import pending_actions, viewer

        done = []

        def ended(action: viewer.ViewerAction) -> None:
            raise StopException

        st.session_state["viewer"] = {
            "actions": [
                {"number": 5, "case": "7.3", "kind": "fractured", "acknowledged": 0, "shownForMs": 0, "marks": []}
            ]
        }
        for perform in (ended, done.append, done.append):
            pending_actions.pending_actions().perform = perform
            try:
                viewer.perform_pending()
            except StopException:
                st.text("ended")
        st.text(str(len(done)))

    app = AppTest.from_function(script).run()
    assert [text.value for text in app.text] == ["ended", "1"]


def test_nobody_goes_on_before_they_know_what_was_not_saved() -> None:
    """Marks that cannot be read make a verdict fail; the steps after it wait until the reader was told."""

    def script() -> None:
        import streamlit as st

        from dashboard.components import pending_actions, viewer

        done = []
        pending_actions.pending_actions().perform = lambda action: done.append(action.kind)
        plain = {"case": "7.3", "shownForMs": 0, "marks": []}
        st.session_state["viewer"] = {
            "actions": [
                {
                    **plain,
                    "number": 1,
                    "acknowledged": 0,
                    "kind": "fractured",
                    "marks": [{"kind": "star", "x": 1, "y": 1}],
                },
                {**plain, "number": 2, "acknowledged": 0, "kind": "next"},
                {**plain, "number": 3, "acknowledged": 0, "kind": "worklist"},
                {**plain, "number": 4, "acknowledged": 0, "kind": "unsure"},
            ]
        }
        viewer.perform_pending()
        st.text(pending_actions.pending_actions().unsaved.reason)
        st.session_state["viewer"]["actions"].append({**plain, "number": 5, "acknowledged": 1, "kind": "previous"})
        viewer.perform_pending()
        st.text(" ".join(done))

    app = AppTest.from_function(script).run()
    assert not app.exception
    why, done = (text.value for text in app.text)
    assert "A mark is a box" in why
    assert done == "unsure previous"


def test_the_script_is_one_module_with_the_colours_of_core() -> None:
    script = viewer._script()
    assert script.count("export default function") == 1
    assert not re.search("^import |^export (?!default)", script, re.MULTILINE)
    assert 'const COLOUR_MAPS = {"inferno": [0, 0,' in script
