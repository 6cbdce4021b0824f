"""The review form: what it is given for, four verdicts, undo, comment.

Every control carries the entry and the prediction that were on the screen when it was drawn, so a verdict cannot
land on another radiograph, whatever was re-sorted or read again meanwhile. For a moment after a step the browser still
shows the radiograph that is being left: only what was drawn last, and is not yet left, is obeyed.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.domain import Review, Verdict
from core.errors import StoreError
from core.reading.worklist import Row
from dashboard import resources
from dashboard.components.looks import VERDICT_KEYS, VERDICTS
from dashboard.components.text import as_markdown, moment, printable

COMMENT_LETTERS = 2000
_GIVEN = "entry of the last verdict"
_FAILURE = "failure of the last verdict"
_ON_SCREEN = "entry and prediction that a verdict may be given for"
_TOO_EARLY = "a key came while the radiograph was changing"


def show(row: Row, reader: str) -> None:
    """Draw the form for one entry and the prediction on the screen."""
    standing = resources.services().reviews.latest(row.entry_id, reader)
    shown = (row.entry_id, row.prediction_id, reader)
    with st.container(key="verdict-for", gap=None):
        st.text(printable(row.file_name, 64))
        st.caption(f"{row.short_id} in {as_markdown(row.batch_name, 40)}")
    with st.container(key="verdicts", gap="xsmall"):
        for pair in ((Verdict.FRACTURED, Verdict.NOT_FRACTURED), (Verdict.UNSURE, Verdict.NOT_ASSESSABLE)):
            for column, verdict in zip(st.columns(2, gap="xsmall"), pair, strict=True):
                column.button(
                    f"{VERDICTS[verdict].capitalize()} :gray[{VERDICT_KEYS[verdict]}]",
                    key=f"verdict-{verdict}-{row.entry_id}-{row.prediction_id}",
                    on_click=give,
                    args=(*shown, verdict),
                    type="primary" if standing and standing.verdict is verdict else "secondary",
                    disabled=row.signed,
                    width="stretch",
                )
    _show_outcome(row, standing, reader)
    comment_key = _comment_key(row.entry_id)
    if comment_key not in st.session_state:
        st.session_state[comment_key] = standing.comment if standing else ""
    with st.container(key="comment"):
        st.text_area(
            "Comment",
            key=comment_key,
            on_change=_comment,
            args=shown,
            height=68,
            max_chars=COMMENT_LETTERS,
            placeholder="Comment (C), saved with the verdict",
            label_visibility="collapsed",
            disabled=row.signed,
        )


def give(entry_id: int, prediction_id: int | None, reader: str, verdict: Verdict) -> None:
    """Save a verdict for the case that was on the screen when it was given."""
    if st.session_state.get(_ON_SCREEN) != (entry_id, prediction_id):
        st.session_state[_TOO_EARLY] = True
        return
    reviews = resources.services().reviews
    comment = st.session_state.get(_comment_key(entry_id)) or ""
    if _try(entry_id, lambda: reviews.give(entry_id, prediction_id, reader, verdict, comment)):
        st.session_state[_GIVEN] = entry_id


def undo(entry_id: int, reader: str) -> None:
    """Take the standing verdict on this entry back, where it is on the screen and there is one."""
    if (st.session_state.get(_ON_SCREEN) or (None,))[0] != entry_id:
        st.session_state[_TOO_EARLY] = True
    elif resources.services().reviews.latest(entry_id, reader):
        _try(entry_id, lambda: resources.services().reviews.undo(entry_id, reader))


def arrive(row: Row) -> None:
    """From here on verdicts are taken for this entry and prediction: called before its radiograph is drawn."""
    st.session_state[_ON_SCREEN] = (row.entry_id, row.prediction_id)


def was_missed() -> bool:
    """Whether a verdict was not saved, and the reader has not been told yet: until then nobody goes on."""
    return _FAILURE in st.session_state or _TOO_EARLY in st.session_state


def leave() -> None:
    """From here on, until the next form is drawn, no verdict is taken: the reader has asked for another radiograph."""
    st.session_state.pop(_ON_SCREEN, None)


def take_given() -> int | None:
    """The entry that a verdict was saved for in this run, once."""
    return st.session_state.pop(_GIVEN, None)


def _show_outcome(row: Row, standing: Review | None, reader: str) -> None:
    """One line: saved (said only once it is), or what went wrong; beside it the way back."""
    failure, too_early = st.session_state.pop(_FAILURE, None), st.session_state.pop(_TOO_EARLY, False)
    if failure and failure[0] == row.entry_id:
        st.error(as_markdown(failure[1], 400))
    with st.container(horizontal=True, vertical_alignment="center", key="saved", gap="small", wrap=False):
        if row.signed:
            st.caption("This batch is signed; its verdicts are frozen.", width="stretch")
            return
        if standing is None or standing.verdict is None:
            missed = "Not saved: the radiograph was changing when the key came."
            st.caption(missed if too_early else "No verdict of yours yet.", width="stretch")
            return
        agrees = resources.services().reviews.agreement(standing.verdict, row.band)
        against = {"agree": ", as the model", "disagree": ", unlike the model"}.get(agrees or "", "")
        when = moment(standing.created).removesuffix(" UTC")[-5:]
        st.caption(f"Saved {when} UTC: {VERDICTS[standing.verdict]}{against}", width="stretch")
        st.button(
            "Undo :gray[Z]",
            key=f"undo-{row.entry_id}",
            on_click=undo,
            args=(row.entry_id, reader),
            type="tertiary",
        )


def _comment(entry_id: int, prediction_id: int | None, reader: str) -> None:
    """A comment belongs to a verdict: with one it is saved at once, without one it waits for it."""
    reviews = resources.services().reviews
    standing = reviews.latest(entry_id, reader)
    comment = st.session_state.get(_comment_key(entry_id)) or ""
    if standing and standing.verdict and comment != standing.comment:
        _try(entry_id, lambda: reviews.give(entry_id, standing.prediction_id, reader, standing.verdict, comment))


def _try(entry_id: int, write: Callable[[], object]) -> bool:
    """Write; keep what went wrong for the run that follows."""
    try:
        write()
    except StoreError as error:
        st.session_state[_FAILURE] = (entry_id, str(error))
        return False
    resources.forget_counts()
    return True


def _comment_key(entry_id: int) -> str:
    return f"comment-{entry_id}"
