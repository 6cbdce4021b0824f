"""Drops polls that arrive late: asked for on one screen, and run after the reader went to another one.

The browser asks for a poll (`st.fragment(run_every=...)`) when its time has come, also while the click that leaves the
screen is on its way. Streamlit 1.67 keeps such a request until the new screen is drawn and then runs it in the name of
the old one. The browser, told that the old screen runs, empties the new one, and what is drawn on the new one next may
end the whole page. What is replaced here is private to Streamlit, so a browser test holds that it still works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

if TYPE_CHECKING:
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_run_script = ScriptRunner._run_script


def drop() -> None:
    """Drop late polls from now on, in every session of this server."""
    ScriptRunner._run_script = _run_unless_late  # type: ignore[method-assign, assignment]


def _run_unless_late(runner: ScriptRunner, asked: RerunData) -> None:
    shown = runner._get_script_run_ctx().page_script_hash
    is_late = asked.fragment_id_queue and shown and asked.page_script_hash not in ("", shown)
    if not is_late:
        _run_script(runner, asked)
