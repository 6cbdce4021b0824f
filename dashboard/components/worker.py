"""The worker's state, quietly in the sidebar. It polls by itself and never moves anything on the screen."""

from __future__ import annotations

import streamlit as st

from core.reading.queue import WorkerStatus
from dashboard import resources
from dashboard.components.text import count

POLL_SECONDS = 2.0
_BEFORE = "read before this wave"


@st.fragment(run_every=POLL_SECONDS)
def show_status() -> None:
    """Say how far the reading is, and start a worker where there is work and nobody does it."""
    services = resources.services()
    status = services.queue.status()
    if status.waiting and not status.alive:
        services.ensure_worker()
        status = services.queue.status()
    finished, total = _wave(status)
    st.html(
        f'<div class="worker" role="status"><span>{_words(status, finished, total)}</span>'
        f'<b><i style="width:{100 * finished / total if status.waiting else 0:.1f}%"></i></b></div>'
    )


def _words(status: WorkerStatus, finished: int, total: int) -> str:
    if not status.waiting:
        words = "All read" if status.done and not status.failed else "Nothing waits"
    elif not status.alive:
        words = f"{count(status.waiting, 'radiograph')} waiting, no worker"
    elif status.state == "starting":
        words = f"{count(status.waiting, 'radiograph')} waiting, worker starting"
    else:
        words = f"Reading {finished:,} of {total:,}"
    return f"{words}, {status.failed:,} failed" if status.failed else words


def _wave(status: WorkerStatus) -> tuple[int, int]:
    """How many are read and how many there are to read since the queue was last empty, as this session saw it."""
    done = status.done + status.failed
    if not status.waiting:
        st.session_state.pop(_BEFORE, None)
        return 0, 0
    finished = max(0, done - st.session_state.setdefault(_BEFORE, done))
    return finished, finished + status.waiting
