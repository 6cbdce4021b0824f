"""Upload: files, folders, archives and the inbox. They are taken in while the reader may already review."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.config import MEBIBYTE
from core.domain import ReadingMode
from core.errors import FractureReviewError
from core.reading.intake.ingest import Ingest
from dashboard import resources, signin, state
from dashboard.components import guide
from dashboard.components.format import as_markdown, printable
from dashboard.components.review import intake
from dashboard.state import Screen

NEW = 0  # no batch has this id
MODES = {
    ReadingMode.AI_FIRST: "AI first: the answer at once",
    ReadingMode.UNAIDED_FIRST: "Unaided first: a verdict, then the answer",
    ReadingMode.BLIND: "Blind: no answer until signed",
}
_MODE, _SECOND = "upload-mode", "upload-second"
KINDS: dict[str, Literal[True, "directory"]] = {"Files and ZIPs": True, "A folder": "directory"}
_DROPS = "drops taken"
_NAME, _INTO, _KIND = "upload-name", "upload-into", "upload-kind"
_NAMED = "batches named"
# The three characters that browsers write as %XX into the name of an uploaded file, and only those: in the WHATWG's
# HTML standard, "multipart/form-data encoding algorithm".
_ESCAPED = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))
_FAILURE = "failure of the last drop"


def show() -> None:
    """Draw the screen."""
    place = state.here()
    batches = resources.services().worklist.batches()
    batch = next((each for each in batches if each.id == place.batch), next(iter(batches), None))
    state.keep(Screen.UPLOAD, batch=batch.id if batch else None)
    st.header("Upload", anchor=False)
    give, taken = st.columns([1, 1.1], gap="large")
    with give:
        _show_drop()
        _show_inbox()
    with taken:
        if batch:
            intake.show(batch, batches)
        else:
            st.caption("What has been taken in, and what was refused and why, appears here.")
            guide.offer(signin.reader())


def _show_drop() -> None:
    """Draw the choice of the batch and the uploader. Dropped files are handed over at once, and it is emptied."""
    services = resources.services()
    limits = services.settings.limits
    open_batches = {batch.id: batch for batch in services.worklist.batches() if not batch.signed_at}
    if st.session_state.get(_INTO, NEW) not in (NEW, *open_batches):
        st.session_state[_INTO] = NEW
    into, name = st.columns(2, gap="small")
    chosen = into.selectbox(
        "Into",
        [NEW, *open_batches],
        format_func=lambda choice: printable(open_batches[choice].name, 60) if choice else "A new batch",
        key=_INTO,
    )
    if not chosen:
        name.text_input(
            "Batch name",
            key=_name_key(),
            max_chars=120,
            placeholder="Date and time, if left empty",
            live="0ms",
            on_change="ignore",
        )
        _show_plan()
    kind = st.segmented_control("What", list(KINDS), key=_KIND, default=next(iter(KINDS)), required=True)
    number = st.session_state.setdefault(_DROPS, 0)
    key = f"drop-{number}-{kind}"
    st.file_uploader(
        f"Drop up to {limits.drop_files} files",
        accept_multiple_files=KINDS[kind],
        key=key,
        on_change=_take_drop,
        args=(key, number, limits.drop_files),
    )
    most = int(st.get_option("server.maxUploadSize")) * MEBIBYTE
    st.caption(
        "JPEG, PNG, TIFF, BMP, WebP, DICOM (CR, DX, RG), and ZIPs of these with folders inside. "
        f"A file may have {_size(min(most, limits.file_bytes))}, a ZIP {_size(min(most, limits.zip_bytes))}. "
        f"More than {limits.drop_files} files: one ZIP, or the inbox. "
        "Patient names, ids and dates of birth in DICOM files are not kept."
    )
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(as_markdown(failure, 600))


def _show_plan() -> None:
    """Draw how a new batch is to be read."""
    mode, second = st.columns(2, gap="small")
    mode.selectbox("Reading", [*MODES], format_func=MODES.__getitem__, key=_MODE)
    second.number_input("Second reader, % of radiographs", 0, 100, 0, 5, key=_SECOND)


def _take_drop(key: str, number: int, most: int) -> None:
    """Hand the dropped bytes to the intake, and renew the uploader so that the session does not keep them in memory.

    A drop is taken once, although Streamlit calls this again where another run overtook the one that followed.
    """
    files: list[UploadedFile] = st.session_state.get(key) or []
    if not files or number != st.session_state[_DROPS]:
        return
    st.session_state[_DROPS] = number + 1
    if len(files) > most:
        st.session_state[_FAILURE] = (
            f"{len(files):,} files were dropped, which is more than {most}. Nothing was taken in. "
            "Drop fewer at a time, or one ZIP, or use the inbox."
        )
        return
    _hand_over(lambda batch_id: _ingest().start(batch_id, [(_name_of(file), file.getvalue()) for file in files]))


def _show_inbox() -> None:
    """Draw the inbox, where one is set up."""
    settings = resources.services().settings
    if settings.inbox is None:
        st.caption("No inbox is set up. FRACTURE_INBOX names a folder on the server to take thousands of files from.")
        return
    files = _ingest().inbox()
    st.subheader("Inbox", anchor=False)
    if not files:
        st.caption("The inbox is empty. Files put there on the server are listed here.")
        st.button("Look again", type="tertiary")
        return
    frame = pd.DataFrame({"file": [printable(file.name) for file in files], "size": [_size(f.size) for f in files]})
    key = f"inbox-{hashlib.sha256(repr(files).encode()).hexdigest()[:16]}"
    picked = st.dataframe(
        frame,
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        row_height=29,
        height=min(260, 35 + 29 * len(files)),
        column_config={"file": "File", "size": st.column_config.TextColumn("Size", width="small", alignment="right")},
    )
    names = tuple(files[position].name for position in picked["selection"]["rows"]) or tuple(f.name for f in files)
    everything = len(names) == len(files)
    with st.container(horizontal=True):
        st.button(
            f"Take in all {len(files):,}" if everything else f"Take in {len(names):,} of {len(files):,}",
            on_click=_take_inbox,
            args=(names,),
        )
        st.button("Look again", type="tertiary")


def _take_inbox(names: tuple[str, ...]) -> None:
    _hand_over(lambda batch_id: _ingest().start_inbox(batch_id, names))


def _hand_over(start: Callable[[int], None]) -> None:
    """Start an intake into the chosen batch, or into a new one.

    Args:
        start: starts the intake into the batch of this id.
    """
    try:
        batch_id = st.session_state.get(_INTO) or NEW
        if not batch_id:
            mode = st.session_state.get(_MODE, ReadingMode.AI_FIRST)
            share = st.session_state.get(_SECOND, 0) / 100
            name = st.session_state.get(_name_key()) or ""
            batch_id = _ingest().create_batch(name, signin.reader(), mode, share).id
        start(batch_id)
    except FractureReviewError as error:
        st.session_state[_FAILURE] = str(error)
        return
    st.session_state[_NAMED] = st.session_state.get(_NAMED, 0) + 1
    state.keep(Screen.UPLOAD, batch=batch_id)


def _name_key() -> str:
    """Give each new batch a name field of its own: Streamlit cannot empty a field that is being typed into."""
    return f"{_NAME}-{st.session_state.get(_NAMED, 0)}"


def _name_of(file: UploadedFile) -> str:
    """The file's own name, as it was before the browser escaped it."""
    name = file.name
    for escaped, character in _ESCAPED:
        name = name.replace(escaped, character)
    return name


def _ingest() -> Ingest:
    return resources.services().ingest


def _size(size: float) -> str:
    """Write a size in bytes for people."""
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.3g} GB"


if __name__ == "__main__":
    show()
