"""The only `st.cache_*` calls: objects that are built once and shared, and data that never changes.

An argument that a cached function does not read is part of its cache key; one that begins with `_` is not.
"""

from __future__ import annotations

import time
from weakref import WeakValueDictionary

import streamlit as st

from core.bootstrap import Services, build
from core.card import ModelVersion
from core.config import Settings
from core.errors import FractureReviewError, NotFoundError
from core.learning.datasets.manifest import Manifest
from core.reading.worklist import Counts, WorklistFilter, WorklistOrder

ORDERS_KEPT = 64
CARDS_KEPT = 16
MANIFESTS_KEPT = 32
COUNTS_SECONDS = 1.0  # counting a large store in every run of every tab would slow all of them down


class HeldClaim:
    """The claim that one session holds for its reader.

    Attributes:
        entry_id: None where the session holds no claim.
        claimed_at: when it was made or renewed, in seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self.entry_id: int | None = None
        self.reader = ""
        self.claimed_at = 0.0

    def is_on(self, entry_id: int, reader: str) -> bool:
        """Whether this session holds the claim of this reader on this entry."""
        return (self.entry_id, self.reader) == (entry_id, reader)

    def note(self, entry_id: int, reader: str) -> None:
        """Note a claim that the store has made or renewed just now."""
        self.entry_id, self.reader, self.claimed_at = entry_id, reader, time.monotonic()

    def forget(self) -> None:
        """Note that the store has ended the claim."""
        self.entry_id = None

    def release(self) -> None:
        """End the claim in the store, if there is one."""
        if self.entry_id is not None:
            services().cases.release(self.entry_id, self.reader)
            self.entry_id = None


@st.cache_resource(show_spinner=False, scope="session", on_release=HeldClaim.release)
def held_claim() -> HeldClaim:
    """Return this session's claim."""
    return HeldClaim()


def services() -> Services:
    """The product's services, built once for this process and these settings.

    Raises:
        NewerDatabaseError, ConfigurationError: the store or a setting cannot be used.
    """
    settings = Settings.from_environment()
    return _build(repr(settings), settings)


def order(order_id: str) -> WorklistOrder | None:
    """Find a frozen order; None where the store does not have it."""
    try:
        return _order(services().settings.database_url, order_id)
    except NotFoundError:
        return None


def counts(criteria: WorklistFilter) -> Counts:
    """Count entries by band and state; the counts are at most `COUNTS_SECONDS` old."""
    return _counts(services().settings.database_url, repr(criteria), criteria)


def forget_counts() -> None:
    """Count anew next time, after this process has written to the store."""
    _counts.clear()


def model(version: str) -> ModelVersion | None:
    """Find a model version with its card; None where the registry cannot read it."""
    try:
        return _model(repr(services().settings), version)
    except FractureReviewError:
        return None


@st.cache_resource(show_spinner=False)
def tickets() -> WeakValueDictionary:
    """The downloads on offer, by their secrets; an entry disappears with the session that holds it."""
    return WeakValueDictionary()


def manifest(sha256: str) -> Manifest | None:
    """Find a data set; None where it cannot be read."""
    try:
        return _manifest(str(services().settings.home), sha256)
    except FractureReviewError:
        return None


def data_set_name(sha256: str) -> str:
    """Name a data set for people: its name and the beginning of its hash."""
    found = manifest(sha256)
    return f"{found.name} ({sha256[:8]})" if found else f"{sha256[:8]}, which cannot be read"


def tuning_leaks(sha256: str) -> bool:
    """Whether a data set tunes on radiographs that it trains on, so that figures on its tuning split do not count."""
    found = manifest(sha256)
    return found is not None and found.is_tuned_on_training


def start_leaks(start: str, data_set: str) -> tuple[str, ...]:
    """Say why a version that is trained from `start` cannot be measured on a data set's test split."""
    champion = services().model_versions.champion_name() if start == "champion" else ""
    return _start_leaks(str(services().settings.home), champion, start, data_set)


@st.cache_resource(show_spinner=False)
def _build(identity: str, _settings: Settings) -> Services:  # noqa: ARG001
    return build(_settings)


@st.cache_resource(show_spinner=False, max_entries=ORDERS_KEPT)
def _order(store: str, order_id: str) -> WorklistOrder:  # noqa: ARG001
    return services().worklist.order(order_id)


@st.cache_resource(show_spinner=False, max_entries=ORDERS_KEPT, ttl=COUNTS_SECONDS)
def _counts(store: str, name: str, _criteria: WorklistFilter) -> Counts:  # noqa: ARG001
    return services().worklist.counts(_criteria)


@st.cache_resource(show_spinner=False, max_entries=CARDS_KEPT)
def _model(identity: str, version: str) -> ModelVersion:  # noqa: ARG001
    return services().registry.get(version)


@st.cache_resource(show_spinner=False, max_entries=MANIFESTS_KEPT)
def _start_leaks(home: str, champion: str, start: str, data_set: str) -> tuple[str, ...]:  # noqa: ARG001
    return services().trainings.leaks(start, data_set)


@st.cache_resource(show_spinner=False, max_entries=MANIFESTS_KEPT)
def _manifest(home: str, sha256: str) -> Manifest:  # noqa: ARG001
    return services().data_sets.get(sha256)
