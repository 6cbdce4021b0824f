"""Batches: the state of each, signing it, its report, and its reviews and marks as files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import streamlit as st

from core.errors import FractureReviewError
from core.reading.review.batch_signing import Batch
from core.reading.worklist import Counts, WorklistFilter
from dashboard import resources, signin, state
from dashboard.components import html
from dashboard.components.format import as_markdown, count
from dashboard.components.review import batches as words
from dashboard.state import Screen

_FAILURE = "failure of a batch's change"
_NAMELESS = "batches-nameless"


def show() -> None:
    """Draw the screen."""
    st.header("Batches", anchor=False)
    batches = resources.services().worklist.batches()
    if not batches:
        st.text("There is no batch yet. Upload radiographs; a batch can be signed once it is read.")
        if st.button("Upload radiographs", type="primary"):
            state.go(Screen.UPLOAD)
        return
    clicked = words.show_list(batches)
    batch_id = clicked or state.here().batch
    chosen = next((batch for batch in batches if batch.id == batch_id), batches[0])
    state.keep(Screen.BATCHES, batch=chosen.id)
    counts = resources.counts(WorklistFilter(batch_id=chosen.id))
    st.subheader(as_markdown(chosen.name, 80), anchor=False)
    html.show(words.details(chosen, counts))
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(as_markdown(failure, 600))
    with st.container(horizontal=True, vertical_alignment="center", key="batch-actions", gap="small"):
        _show_links(chosen, counts)
        _show_changes(chosen, counts)
    _show_files(chosen)
    events = resources.services().batch_signing.events(chosen.id)
    if events:
        html.show(words.history(events))


def _show_links(batch: Batch, counts: Counts) -> None:
    """Draw the buttons to the worklist, and to the entries on which readers differ."""
    worklist = resources.services().worklist
    if st.button("Open the worklist", key=f"open-{batch.id}"):
        state.go(Screen.WORKLIST, order=worklist.freeze(WorklistFilter(batch_id=batch.id)).id, page=1)
    if counts.disputed and st.button(f"Adjudicate {counts.disputed:,}", key=f"adjudicate-{batch.id}", type="primary"):
        order = worklist.freeze(WorklistFilter(batch_id=batch.id, disputed=True))
        state.go(Screen.REVIEW, order=order.id, entry=order.entry_ids[0])


def _show_changes(batch: Batch, counts: Counts) -> None:
    """Draw what changes the state of the batch: sign, archive, reopen; each under the reader's name."""
    signing, reader = resources.services().batch_signing, signin.reader()
    if not batch.state.is_frozen:
        with st.popover("Sign"):
            missing = counts.total - counts.reviewed
            st.text("Signing freezes every verdict and prediction of this batch.")
            if missing:
                st.text(f"{count(missing, 'radiograph')} without a verdict.")
            _change(f"Sign as {as_markdown(reader, 40)}", f"sign-{batch.id}", lambda: signing.sign(batch.id, reader))
        return
    if words.can_be_archived(batch):
        _change("Archive", f"archive-{batch.id}", lambda: signing.archive(batch.id, reader), quiet=True)
    with st.popover("Reopen"):
        key = f"reason-{batch.id}"
        st.text_input("Reason", key=key, max_chars=400, placeholder="Why; it is written down")
        _change(
            f"Reopen as {as_markdown(reader, 40)}",
            f"reopen-{batch.id}",
            lambda: signing.reopen(batch.id, reader, st.session_state.get(key) or ""),
        )


def _change(label: str, key: str, change: Callable[[], object], quiet: bool = False) -> None:
    st.button(label, key=key, on_click=_try, args=(change,), type="secondary" if quiet else "primary")


def _try(change: Callable[[], object]) -> None:
    """Make the change, and keep its error for the run that follows."""
    try:
        change()
    except FractureReviewError as error:
        st.session_state[_FAILURE] = str(error)
    resources.forget_counts()


def _show_files(batch: Batch) -> None:
    """Draw the downloads; each file is written when it is asked for."""
    services, reader = resources.services(), signin.reader()
    criteria = WorklistFilter(batch_id=batch.id)
    names = not st.checkbox("Leave file names out", key=_NAMELESS, persist_state="session")
    files: dict[str, tuple[str, str, Callable[[], io.BytesIO]]] = {
        "Report": ("pdf", "application/pdf", lambda: report(batch.id, names, reader)),
        "Every verdict": ("csv", "text/csv", lambda: joined(services.reviews_csv.csv(criteria, names, reader))),
        "Marks": ("csv", "text/csv", lambda: joined(services.reviews_csv.marks_csv(criteria, names, reader))),
        "Marks, JSON": (
            "json",
            "application/json",
            lambda: joined([services.reviews_csv.marks_json(criteria, names, reader)]),
        ),
        "Boxes": ("csv", "text/csv", lambda: joined(services.reviews_csv.boxes_csv(criteria, reader))),
    }
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="batch-files"):
        for label, (ending, mime, write) in files.items():
            st.download_button(
                label,
                data=write,
                file_name=f"batch-{batch.id}-{label.lower().replace(', ', '-').replace(' ', '-')}.{ending}",
                mime=mime,
                key=f"file-{label}-{batch.id}",
                on_click="ignore",
                icon=":material/download:",
                disabled=label == "Boxes" and not names,  # `evaluate` finds boxes by the file's name
            )
    st.caption("Boxes are those of radiographs found fractured, as the command evaluate reads them.")


def report(batch_id: int, names: bool, reader: str) -> io.BytesIO:
    """Write the report of a batch into memory, for the browser."""
    written = io.BytesIO()
    resources.services().report.write(batch_id, written, names, reader)
    written.seek(0)
    return written


def joined(pieces: Iterable[bytes]) -> io.BytesIO:
    """Write a stream into memory, for the browser."""
    return io.BytesIO(b"".join(pieces))


if __name__ == "__main__":
    show()
