"""The review form: the file's name, four verdicts, undo and the comment.

Every control carries the entry and the prediction that were on the screen when it was drawn. So a verdict cannot land
on another radiograph, even if the worklist was reordered or the batch read again meanwhile. For a moment after a step
the browser still shows the radiograph that was left; a verdict that comes from there is not saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.domain import Mark, Verdict
from core.errors import FractureReviewError
from core.reading.review.cases import Case
from core.reading.worklist import WorklistRow
from dashboard import resources
from dashboard.components import pending_actions
from dashboard.components.format import as_markdown, printable
from dashboard.components.review import claim, steps
from dashboard.components.theme import VERDICT_KEYS, VERDICTS

COMMENT_LETTERS = 2000
TOO_EARLY = "Not saved: the radiograph was changing when the key came."


def show(case: Case, reader: str) -> None:
    """Draw the form for a case and the prediction on the screen."""
    row, standing = case.row, case.own
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
                    kwargs={"adjudicates": case.adjudicates},
                    type="primary" if standing and standing.verdict is verdict else "secondary",
                    disabled=not case.is_open,
                    width="stretch",
                )
    _show_outcome(case, reader)
    comment_key = _comment_key(row.entry_id, reader, case.adjudicates)
    if comment_key not in st.session_state:
        st.session_state[comment_key] = standing.comment if standing else ""
    with st.container(key="comment"):
        st.text_area(
            "Comment",
            key=comment_key,
            on_change=_comment,
            args=(row.entry_id, reader, case.adjudicates),
            height=68,
            max_chars=COMMENT_LETTERS,
            placeholder="Comment (C), saved with the verdict",
            label_visibility="collapsed",
            disabled=not case.is_open,
        )


def give(
    entry_id: int,
    prediction_id: int | None,
    reader: str,
    verdict: Verdict,
    marks: Sequence[Mark] | None = None,
    shown_at: datetime | None = None,
    adjudicates: bool = False,
) -> None:
    """Save a verdict on the case that was on the screen when it was given. It is saved whole or not at all.

    Args:
        marks: all marks of the reader; None keeps those of their verdict before.
        shown_at: when the radiograph came on the screen.
        adjudicates: whether the verdict is an adjudication.
    """
    pending, reviews = pending_actions.pending_actions(), resources.services().reviews
    comment = st.session_state.get(_comment_key(entry_id, reader, adjudicates)) or ""
    save = reviews.adjudicate if adjudicates else reviews.give
    with pending.lock:
        if pending.on_screen != (entry_id, prediction_id):
            pending.report_unsaved(TOO_EARLY)
            return
        try:
            before = reviews.latest(entry_id, reader, adjudicates) if marks is None else None
            drawn = (before.marks if before else ()) if marks is None else marks
            save(entry_id, prediction_id, reader, verdict, comment, marks=drawn, shown_at=shown_at)
        except FractureReviewError as error:
            pending.report_unsaved(str(error))
            return
        pending.saved_entry, pending.unsaved = entry_id, None
        _note_saved(pending)


def undo(entry_id: int, reader: str, adjudicates: bool = False) -> None:
    """Take back the standing verdict, or adjudication, on the entry on the screen, if there is one."""
    pending, reviews = pending_actions.pending_actions(), resources.services().reviews
    with pending.lock:
        if (pending.on_screen or (None,))[0] != entry_id:
            pending.report_unsaved(TOO_EARLY)
            return
        try:
            if reviews.latest(entry_id, reader, adjudicates):
                reviews.undo(entry_id, reader)
        except FractureReviewError as error:
            pending.report_unsaved(str(error))
        _note_saved(pending)


def amend(
    entry_id: int,
    reader: str,
    comment: str | None = None,
    marks: Sequence[Mark] | None = None,
    adjudicates: bool = False,
) -> None:
    """Save a changed comment or changed marks with the standing verdict; without one they wait for the verdict.

    Args:
        comment, marks: None keeps those of the verdict.
    """
    pending, reviews = pending_actions.pending_actions(), resources.services().reviews
    with pending.lock:
        standing = reviews.latest(entry_id, reader, adjudicates)
        if not standing or not standing.verdict:
            return
        comment = standing.comment if comment is None else comment
        marks = standing.marks if marks is None else tuple(marks)
        if (comment, marks) == (standing.comment, standing.marks):
            return
        given = (entry_id, standing.prediction_id, reader, standing.verdict, comment)
        save = reviews.adjudicate if adjudicates else reviews.give
        try:
            save(*given, marks=marks, shown_at=standing.shown_at)
        except FractureReviewError as error:
            pending.report_unsaved(str(error))
        _note_saved(pending)


def accept_for(row: WorklistRow) -> None:
    """Accept verdicts for this entry and prediction from now on. To be called before its radiograph is drawn."""
    pending = pending_actions.pending_actions()
    pending.on_screen, pending.saved_entry = (row.entry_id, row.prediction_id), None


def refuse_until_drawn() -> None:
    """Accept no verdict until the next radiograph is drawn: the reader has asked for it."""
    pending = pending_actions.pending_actions()
    pending.on_screen = pending.unsaved = None


def saved_entry() -> int | None:
    """The entry that a verdict was saved for, until the screen has gone on or has stayed."""
    return pending_actions.pending_actions().saved_entry


def _show_outcome(case: Case, reader: str) -> None:
    """Draw what is saved, and why a verdict was not; beside it the button that takes the verdict back."""
    unsaved = pending_actions.pending_actions().unsaved
    if unsaved:
        st.error(as_markdown(unsaved.reason, 400))
    with st.container(horizontal=True, vertical_alignment="center", key="saved", gap="small", wrap=False):
        st.caption(steps.outcome(case), width="stretch")
        if case.own is not None and case.is_open:
            st.button(
                "Undo :gray[Z]",
                key=f"undo-{case.row.entry_id}",
                on_click=undo,
                args=(case.row.entry_id, reader, case.adjudicates),
                type="tertiary",
            )


def _note_saved(pending: pending_actions.PendingActions) -> None:
    """Note that a review is in the store: it changes the counts, and has ended the claim on the case."""
    pending.mark_done()
    resources.forget_counts()
    claim.forget()


def _comment(entry_id: int, reader: str, adjudicates: bool) -> None:
    comment = st.session_state.get(_comment_key(entry_id, reader, adjudicates)) or ""
    amend(entry_id, reader, comment=comment, adjudicates=adjudicates)


def _comment_key(entry_id: int, reader: str, adjudicates: bool) -> str:
    """The key of a reader's own comment; in one tab several may read in turn."""
    return f"comment-{entry_id}-{adjudicates}-{reader}"
