"""Where this session is: URL parameters and session keys, typed, in one place.

The URL says the place (`?order=...&page=...&entry=...`), so that a refresh or a sent link comes back to it. The
session remembers it too, because Streamlit's own navigation drops the parameters when a screen is chosen by hand.
Nothing here outlives the tab; what must not be lost is in the store.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import streamlit as st
from streamlit.navigation.page import Page


class Screen(StrEnum):
    """The screens, by the name in their address."""

    WORKLIST = "worklist"
    UPLOAD = "upload"
    REVIEW = "review"
    EXPORT = "export"
    BATCHES = "batches"
    PERFORMANCE = "performance"
    MODEL = "model"
    EVALUATION = "evaluation"
    DATASETS = "datasets"
    TRAINING = "training"
    MODELS = "models"


@dataclass(frozen=True, slots=True)
class Place:
    """The frozen order being walked, the page of it on the worklist, the entry under review, the batch being filled.

    For administrators: the audit, the training and the comparison that are looked at. Where nobody signs in, the name
    that the reader gave; it stands in the address of every screen, so that two tabs can be two readers. So does
    whether the demonstration is on.
    """

    order: str | None = None
    page: int = 1
    entry: int | None = None
    batch: int | None = None
    audit: int | None = None
    training: int | None = None
    comparison: int | None = None
    reader: str | None = None
    guide: str | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """The parameters written last, and those they and their forerunners took the place of, with the time of it."""

    parameters: dict[str, str]
    overwritten: tuple[tuple[dict[str, str], float], ...]


SETTLING_SECONDS = 2.0  # more than a browser takes to put a new address into its bar
_PLACE = "place"
_WRITTEN = "address written"
_SCREENS = "screens"
_EVERYWHERE = ("reader", "guide")  # in the address of every screen
_IN_URL = {
    Screen.WORKLIST: ("order", "page"),
    Screen.REVIEW: ("order", "entry"),
    Screen.UPLOAD: ("batch",),
    Screen.EXPORT: (),
    Screen.BATCHES: ("batch",),
    Screen.PERFORMANCE: (),
    Screen.MODEL: (),
    Screen.EVALUATION: (),
    Screen.DATASETS: ("audit",),
    Screen.TRAINING: ("training",),
    Screen.MODELS: ("comparison",),
}


def here() -> Place:
    """The place in the URL; what the URL does not say is where this session was last."""
    last: Place = st.session_state.get(_PLACE, Place())
    given = _address()
    return Place(
        order=given.get("order") or last.order,
        page=_whole(given.get("page")) or last.page,
        entry=_whole(given.get("entry")) or last.entry,
        batch=_whole(given.get("batch")) or last.batch,
        audit=_whole(given.get("audit")) or last.audit,
        training=_whole(given.get("training")) or last.training,
        comparison=_whole(given.get("comparison")) or last.comparison,
        reader=given.get("reader") or last.reader,
        guide=given.get("guide") or last.guide,
    )


def keep(screen: Screen, **changes: object) -> Place:
    """Remember a place and write into the URL what the screen shows of it."""
    place = replace(here(), **changes)
    st.session_state[_PLACE] = place
    wanted = _parameters(screen, place)
    _overwrite(wanted)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    return place


def keep_everywhere(name: str, value: str | None) -> None:
    """Remember, on this screen and on every other, what is in `_EVERYWHERE`; None forgets it."""
    st.session_state[_PLACE] = replace(here(), **{name: value})
    others = {key: kept for key, kept in _address().items() if key != name}
    wanted = others | ({name: value} if value else {})
    _overwrite(wanted)
    st.query_params.from_dict(wanted)


def go(screen: Screen, **changes: object) -> None:
    """Leave for another screen, taking the place along. Ends this run."""
    place = replace(here(), **changes)
    st.session_state[_PLACE] = place
    wanted = _parameters(screen, place)
    _overwrite(wanted)
    st.switch_page(st.session_state[_SCREENS][screen], query_params=wanted)


def _address() -> dict[str, str]:
    """The URL's parameters, or those just written where the browser has not heard of them yet.

    A run asked for in the moment before the browser took over a new address still brings the old one along.
    """
    given = st.query_params.to_dict()
    written: _Written | None = st.session_state.get(_WRITTEN)
    if written is None or given not in [old for old, at in written.overwritten if _is_fresh(at)]:
        return given
    return written.parameters


def _overwrite(wanted: dict[str, str]) -> None:
    """Note that the browser's address is about to change."""
    given = st.query_params.to_dict()
    written: _Written | None = st.session_state.get(_WRITTEN)
    if given == wanted:
        return
    before = [(old, at) for old, at in (written.overwritten if written else ()) if _is_fresh(at) and old != wanted]
    st.session_state[_WRITTEN] = _Written(wanted, (*before, (given, time.monotonic())))


def _is_fresh(at: float) -> bool:
    return time.monotonic() - at < SETTLING_SECONDS


def register(screens: Mapping[Screen, Page]) -> None:
    """Let `go` find the screens."""
    st.session_state[_SCREENS] = dict(screens)


def _parameters(screen: Screen, place: Place) -> dict[str, str]:
    values = {name: getattr(place, name) for name in (*_IN_URL[screen], *_EVERYWHERE)}
    return {name: str(value) for name, value in values.items() if value is not None}


def _whole(text: str | None) -> int | None:
    """A number that somebody may have typed into the address bar."""
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) < 16 and int(text) > 0 else None
