"""The intake of a batch: how far it is, what was taken in, what was refused and why."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.domain import IntakeState
from core.errors import FractureReviewError
from core.reading.intake.ingest import Batch, IntakeProgress
from core.reading.worklist import WorklistFilter
from core.table import Row, Table, TextCell, columns
from dashboard import resources, state
from dashboard.components import html
from dashboard.components.format import as_markdown, count, moment, printable
from dashboard.components.html import Html
from dashboard.state import Screen

POLL_SECONDS = 1.0
GROUPS_SHOWN, NAMES_SHOWN, KNOWN_SHOWN = 50, 20, 100
_FAILURE = "failure of reading again"
_OPEN = "intake-open"


def show(batch: Batch, batches: list[Batch]) -> None:
    """Draw the intake of one batch, and a choice of the others."""
    # The fragment that polls must not switch the screen: its next poll would end the run that draws the worklist.
    if st.session_state.pop(_OPEN, False):
        order = resources.services().worklist.freeze(WorklistFilter(batch_id=batch.id))
        state.go(Screen.WORKLIST, order=order.id, page=1)
    names = {each.id: printable(each.name, 60) for each in batches}
    key = f"intake-of-{batch.id}-{len(names)}"
    st.selectbox(
        "Batch",
        [*names],
        index=[*names].index(batch.id),
        format_func=names.__getitem__,
        key=key,
        on_change=_choose,
        args=(key,),
    )
    reader, version = as_markdown(batch.reader, 60), as_markdown(batch.model_version, 60)
    st.caption(f"Made {moment(batch.created)} by {reader}, read by {version}")
    _show_progress(batch.id, _is_running(resources.services().ingest.progress(batch.id)))
    if not batch.signed_at:
        _show_read_again(batch)


@st.fragment(run_every=POLL_SECONDS)
def _show_progress(batch_id: int, was_running: bool) -> None:
    """Draw how far the intake is while it runs, and at its end what became of every file."""
    ingest = resources.services().ingest
    progress = ingest.progress(batch_id)
    if progress is None:
        st.caption("Nothing was handed in yet.")
        return
    running = _is_running(progress)
    if was_running and not running:
        st.rerun()
    bar = st.empty()  # drawn even without the bar, so that what follows stays the same when the bar goes
    if running:
        bar.progress(progress.fraction, text=f"{progress.received:,} of {progress.total:,}{_source(progress)}")
    _show_counts(progress)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open the worklist", type="primary", disabled=not (progress.taken or progress.known)):
            st.session_state[_OPEN] = True
            st.rerun()
        if running:
            st.button("Cancel the rest", on_click=ingest.cancel, args=(batch_id,))
    if progress.refused:
        _show_refused(batch_id)
    if progress.known:
        _show_known(batch_id, progress.known)


def _show_counts(progress: IntakeProgress) -> None:
    """Draw the counts side by side, so that anybody can check received = taken + known + refused."""
    cells = (
        (progress.received, f"received{_source(progress)}"),
        (progress.taken, "taken in"),
        (progress.known, "already there"),
        (progress.refused, "refused"),
    )
    html.show(html.sums(((f"{number:,}", words) for number, words in cells), live=True))
    if progress.state is IntakeState.CANCELLED:
        st.text(f"Cancelled. {count(progress.total - progress.received, 'file')} of this drop were not looked at.")
    elif progress.state is IntakeState.INTERRUPTED:
        st.text("Interrupted, because the server stopped. Drop the files again: what is in is not taken in twice.")


def _source(progress: IntakeProgress) -> str:
    """Say how many files it all came from, where archives or pages make that another number."""
    files = progress.files
    return "" if files is None or files == progress.total else f" from {count(files, 'file')}"


def _show_refused(batch_id: int) -> None:
    """Draw one row for each reason, with the files that were refused for it."""
    ingest = resources.services().ingest
    groups: dict[tuple[str, str], list[str]] = {}
    for refusal in ingest.refusals(batch_id):
        groups.setdefault((refusal.reason, refusal.remedy), []).append(refusal.name)
    most_frequent = sorted(groups.items(), key=lambda group: -len(group[1]))[:GROUPS_SHOWN]
    rows: tuple[Row, ...] = tuple(
        (
            f"{len(names):,}",
            TextCell(f"{printable(_as_sentence(reason), 300)} {printable(remedy, 300)}", note=_names(names)),
        )
        for (reason, remedy), names in most_frequent
    )
    html.show(html.scrolling(html.table(Table(columns("", "refused, and what to do", words=2), rows)), "intake"))
    st.download_button(
        "Download the refused list",
        data=partial(ingest.refusals_csv, batch_id),
        file_name=f"refused-{batch_id}.csv",
        mime="text/csv",
        on_click="ignore",
    )


def _show_known(batch_id: int, number: int) -> None:
    """Draw which files' pictures the store had, and under which names; an older version did not store all of these."""
    known = resources.services().ingest.known(batch_id)
    rows: tuple[Row, ...] = tuple(
        (
            printable(each.name, 300),
            printable(each.first_name, 300),
            "this one" if each.first_batch is None else printable(each.first_batch, 300),
        )
        for each in known[:KNOWN_SHOWN]
    )
    more = number - min(len(known), KNOWN_SHOWN)
    rest = html.note(f"And {count(more, 'more', 'more')} already there.") if more > 0 else Html()
    table = html.table(Table(columns("already there", "came first as", "in batch", words=3), rows), "files")
    html.show(html.scrolling(table + rest, "intake"))


def _names(names: list[str]) -> str:
    """List the first names, and count the rest."""
    more = len(names) - NAMES_SHOWN
    rest = f" and {count(more, 'more', 'more')}" if more > 0 else ""
    return ", ".join(printable(name, 300) for name in names[:NAMES_SHOWN]) + rest


def _show_read_again(batch: Batch) -> None:
    """Offer to read the batch again where that would change something: a newer champion, or failed predictions."""
    services = resources.services()
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(as_markdown(failure, 600))
    champion = services.queue.status().champion
    failed = services.worklist.counts(WorklistFilter(batch_id=batch.id)).failed
    if batch.model_version != champion:
        st.button(f"Read again by {as_markdown(champion, 60)}", on_click=_read_again, args=(batch.id,))
    elif failed:
        st.button(f"Try {count(failed, 'failed reading')} again", on_click=_read_again, args=(batch.id,))


def _choose(key: str) -> None:
    state.keep(Screen.UPLOAD, batch=st.session_state[key])


def _read_again(batch_id: int) -> None:
    try:
        resources.services().ingest.read_again(batch_id)
    except FractureReviewError as error:
        st.session_state[_FAILURE] = str(error)


def _as_sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _is_running(progress: IntakeProgress | None) -> bool:
    return progress is not None and progress.state is IntakeState.RUNNING
