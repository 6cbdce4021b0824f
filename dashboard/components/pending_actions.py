"""The pending actions of one session's reader, changed whole or not at all.

Once the browser has asked for another run, Streamlit ends the one at hand, without a word, the next time that it
touches `st.session_state` or draws anything, and starts the other one beside it at once. So what must happen once and
whole happens on this plain object, under its lock, and leaves the session alone until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import streamlit as st

_KEY = "pending-actions"


@dataclass(frozen=True, slots=True)
class UnsavedVerdict:
    """A verdict that was not saved.

    Attributes:
        number: counts the unsaved verdicts of this session, from 1.
        reason: why it was not saved, as the reader is told.
    """

    number: int
    reason: str


@dataclass(slots=True)
class PendingActions:
    """The state of one session's reader.

    Attributes:
        lock: held while an action is performed, since two runs of one session may overlap.
        on_screen: the entry and the prediction that a verdict may be given for.
        saved_entry: the entry that a verdict was saved for, until the screen has gone on or stayed.
        unsaved: the verdict that was not saved, until the reader has acknowledged it: no step is taken before.
        unsaved_count: how many verdicts of this session were not saved.
        last_done: the number of the last action that was performed.
        in_progress: the number of the action that is being performed.
        perform: performs one action.
    """

    lock: RLock = field(default_factory=RLock)
    on_screen: tuple[int, int | None] | None = None
    saved_entry: int | None = None
    unsaved: UnsavedVerdict | None = None
    unsaved_count: int = 0
    last_done: int = 0
    in_progress: int = 0
    perform: Callable[[Any], None] | None = None

    def report_unsaved(self, reason: str) -> None:
        """Note that a verdict was not saved, and why."""
        self.unsaved_count += 1
        self.unsaved = UnsavedVerdict(self.unsaved_count, reason)

    def mark_done(self) -> None:
        """Note that the action in progress is committed: it is never performed again, whatever becomes of this run."""
        self.last_done = max(self.last_done, self.in_progress)

    def acknowledge(self, number: int) -> None:
        """Forget the unsaved verdict of this number: the reader has been told of it."""
        if self.unsaved and self.unsaved.number == number:
            self.unsaved = None


def pending_actions() -> PendingActions:
    """The pending actions of this session."""
    pending: PendingActions = st.session_state.setdefault(_KEY, PendingActions())
    return pending
