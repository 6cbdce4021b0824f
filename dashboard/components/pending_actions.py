"""The desk: what one session's reader is at, changed whole or not at all.

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

_DESK = "desk"


@dataclass(frozen=True, slots=True)
class UnsavedVerdict:
    """A verdict that was not saved: its number among those of this session, and why, for the reader."""

    number: int
    why: str


@dataclass(slots=True)
class PendingActions:
    """One session's reader at work.

    Attributes:
        on_screen: the entry and the prediction that a verdict may be given for.
        given: the entry that a verdict was saved for, until the screen has gone on or stayed.
        missed: the verdict that was not saved, until the reader knows it: nobody goes on before.
        done: the number of the last deed that was done; doing: of the one at hand.
        on_deed: does a deed.
    """

    lock: RLock = field(default_factory=RLock)
    on_screen: tuple[int, int | None] | None = None
    given: int | None = None
    missed: UnsavedVerdict | None = None
    misses: int = 0
    done: int = 0
    doing: int = 0
    on_deed: Callable[[Any], None] | None = None

    def miss(self, why: str) -> None:
        """Note that a verdict was not saved."""
        self.misses += 1
        self.missed = UnsavedVerdict(self.misses, why)

    def wrote(self) -> None:
        """What the deed at hand is for has been written: it is never done again, whatever becomes of this run."""
        self.done = max(self.done, self.doing)

    def hear(self, number: int) -> None:
        """The reader has been told of this one."""
        if self.missed and self.missed.number == number:
            self.missed = None


def pending_actions() -> PendingActions:
    """This session's desk."""
    return st.session_state.setdefault(_DESK, PendingActions())
