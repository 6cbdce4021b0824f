"""The worker's state in the sidebar. It polls by itself, and never moves anything on the screen."""

from __future__ import annotations

import streamlit as st

from core.reading.worker.queue import WorkerStatus
from dashboard import resources
from dashboard.components import html
from dashboard.components.format import count, printable
from dashboard.components.html import Html, el

POLL_SECONDS = 2.0


@st.fragment(run_every=POLL_SECONDS)
def show_status() -> None:
    """Draw how far the worker is, and start one where radiographs wait and none is alive."""
    services = resources.services()
    status = services.queue.status()
    if status.waiting and not status.alive:
        services.ensure_worker()
        status = services.queue.status()
    batch = status.batch
    share = batch.done / batch.total if batch else 0
    name = el("em", printable(batch.name, 60)) if batch else Html()
    bar = el("b", el("i", style=f"width:{100 * share:.1f}%"))
    html.show(el("div", el("span", _words(status)), name, bar, cls="worker", role="status"))


def _words(status: WorkerStatus) -> str:
    if status.batch is None:
        words = "All read" if status.done and not status.failed else "Nothing waits"
    elif not status.alive:
        words = f"{count(status.waiting, 'radiograph')} waiting, no worker"
    elif status.state == "starting":
        words = f"{count(status.waiting, 'radiograph')} waiting, worker starting"
    else:
        words = f"Reading {status.batch.done:,} of {status.batch.total:,}"
        elsewhere = status.waiting - (status.batch.total - status.batch.done)
        words += f", {elsewhere:,} more in other batches" if elsewhere > 0 else ""
    return f"{words}, {status.failed:,} failed" if status.failed else words
