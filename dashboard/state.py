"""The place of a session, typed: what the URL's parameters and the session's keys say.

The URL carries the place (`?order=...&page=...&entry=...`), so that a refresh or a link that was sent leads back to it.
The session keeps it too, because Streamlit's navigation drops the parameters when a screen is chosen by hand. Nothing
here outlives the tab; what must not be lost is in the store.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypedDict, Unpack

import streamlit as st
from streamlit.navigation.page import Page


class Screen(StrEnum):
    """The screens, by their names in the URL."""

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
    """What a session looks at.

    Attributes:
        order: the id of the frozen order.
        page: of that order, on the worklist; from 1.
        entry: the worklist entry under review.
        batch: the batch that is shown, or being filled.
        audit, training, comparison: for administrators, the one that is shown.
        reader: the name that the reader gave, where nobody signs in. It is in the URL of every screen, so that two tabs
            can be two readers.
        guide: whether the demonstration is on; in the URL of every screen too.
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


class PlaceChanges(TypedDict, total=False):
    """New values for attributes of a `Place`."""

    order: str | None
    page: int
    entry: int | None
    batch: int | None
    audit: int | None
    training: int | None
    comparison: int | None
    reader: str | None
    guide: str | None


@dataclass(frozen=True, slots=True)
class _Written:
    """The URL parameters that were written last.

    Attributes:
        overwritten: earlier parameters, each with the time at which it was replaced.
    """

    parameters: dict[str, str]
    overwritten: tuple[tuple[dict[str, str], float], ...]


SETTLING_SECONDS = 2.0  # longer than a browser takes to show a new URL
_PLACE = "place"
_WRITTEN = "address written"
_SCREENS = "screens"
_EVERYWHERE = ("reader", "guide")  # in the URL of every screen
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
    """The place that the URL says; what the URL leaves out is taken from the session's last place."""
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


def keep(screen: Screen, **changes: Unpack[PlaceChanges]) -> Place:
    """Change the place, keep it in the session, and write into the URL the part that the screen shows."""
    place = replace(here(), **changes)
    st.session_state[_PLACE] = place
    parameters = _parameters(screen, place)
    _overwrite(parameters)
    if st.query_params.to_dict() != parameters:
        st.query_params.from_dict(parameters)
    return place


def keep_everywhere(name: Literal["reader", "guide"], value: str | None) -> None:
    """Change what is in the URL of every screen; None takes it out."""
    changes: PlaceChanges = {"reader": value} if name == "reader" else {"guide": value}
    st.session_state[_PLACE] = replace(here(), **changes)
    others = {key: kept for key, kept in _address().items() if key != name}
    parameters = others | ({name: value} if value else {})
    _overwrite(parameters)
    st.query_params.from_dict(parameters)


def go(screen: Screen, **changes: Unpack[PlaceChanges]) -> None:
    """Change the place, and show another screen. Ends this run of the script."""
    place = replace(here(), **changes)
    st.session_state[_PLACE] = place
    parameters = _parameters(screen, place)
    _overwrite(parameters)
    st.switch_page(st.session_state[_SCREENS][screen], query_params=parameters)


def _address() -> dict[str, str]:
    """The URL's parameters, or those written last where the browser does not have them yet.

    A run that the browser asked for just before it received new parameters still sends the old ones.
    """
    given = st.query_params.to_dict()
    written: _Written | None = st.session_state.get(_WRITTEN)
    if written is None or given not in [old for old, at in written.overwritten if _is_fresh(at)]:
        return given
    return written.parameters


def _overwrite(parameters: dict[str, str]) -> None:
    """Note that the URL's parameters are about to change to `parameters`."""
    given = st.query_params.to_dict()
    written: _Written | None = st.session_state.get(_WRITTEN)
    if given == parameters:
        return
    before = [(old, at) for old, at in (written.overwritten if written else ()) if _is_fresh(at) and old != parameters]
    st.session_state[_WRITTEN] = _Written(parameters, (*before, (given, time.monotonic())))


def _is_fresh(at: float) -> bool:
    return time.monotonic() - at < SETTLING_SECONDS


def register(screens: Mapping[Screen, Page]) -> None:
    """Tell `go` which page shows which screen."""
    st.session_state[_SCREENS] = dict(screens)


def _parameters(screen: Screen, place: Place) -> dict[str, str]:
    values = {name: getattr(place, name) for name in (*_IN_URL[screen], *_EVERYWHERE)}
    return {name: str(value) for name, value in values.items() if value is not None}


def _whole(text: str | None) -> int | None:
    """Read a positive whole number, which anybody may have typed into the URL; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) < 16 and int(text) > 0 else None
