"""The viewer: a radiograph at full depth, its overlay as a layer in the browser, and the reader's keys.

The viewer itself gets a few kilobytes: which case to show, and its heatmap's grid. Pixels come by a second, invisible
component, the loader: the browser asks for the radiographs that it needs next, and so has the following ones before
the reader goes on. Everything travels over the session's own connection, never as files that the server would hand to
anybody. Both components run the same module, so they share one image cache.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.domain import Mark, Radiograph
from core.errors import FractureReviewError, MarkError
from core.imaging.overlay import COLOUR_MAPS, DEFAULT_THRESHOLD, colour_table
from core.processes import now
from core.reading.review.marks import from_json, to_json
from core.reading.viewing import PlacedHeatmap
from dashboard.components import pending_actions
from dashboard.components.theme import VERDICT_KEYS
from dashboard.components.viewer.bundle import bundle

_HERE = Path(__file__).parent
_VIEWER_KEY, _LOADER_KEY = "viewer", "viewer-loader"
STEPS = ("next", "previous", "worklist")  # the actions that leave the radiograph
MESSAGE_RADIOGRAPHS = 8  # radiographs in one message to the browser, at most
MESSAGE_BYTES = 2 * 1024 * 1024  # of pixels, beyond which no further radiograph is added


def _script() -> str:
    """The viewer's modules as one, with the colour maps that core draws with in place of the file's empty ones."""
    maps = {name: colour_table(name).ravel().tolist() for name in COLOUR_MAPS}
    return bundle(_HERE / "viewer.js", {"colour_maps.js": f"export const COLOUR_MAPS = {json.dumps(maps)};\n"})


_SCRIPT = _script()
_mount_viewer = st.components.v2.component(
    "fracture_review.viewer",
    html=(_HERE / "viewer.html").read_text(encoding="utf-8"),
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=_SCRIPT,
)
_mount_loader = st.components.v2.component("fracture_review.loader", js=_SCRIPT)


@dataclass(frozen=True, slots=True)
class ViewerAction:
    """What the reader asked for by key or by button.

    Attributes:
        entry_id: the worklist entry that was on the screen.
        prediction_id: the prediction that was shown with it.
        kind: a verdict's value, `undo`, `marks`, `next`, `previous` or `worklist`.
        marks: all that is drawn on the radiograph.
        shown_at: when the radiograph came on the screen.
    """

    entry_id: int
    prediction_id: int | None
    kind: str
    marks: tuple[Mark, ...]
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class ComparedRadiograph:
    """A radiograph that can be laid beside the one that is read.

    Attributes:
        entry_id: its worklist entry.
        label: how the choice of radiographs names it.
    """

    entry_id: int
    label: str


@dataclass(frozen=True, slots=True)
class ViewerCase:
    """The case that the viewer shows, and what the reader may do with it.

    Attributes:
        entry_id: with `prediction_id` the case's identity; an overlay is only ever drawn on its own case.
        prediction_id: None where there is no prediction yet.
        alt: what the picture is, for those who cannot see it.
        draft_key: names whose drafts are drawn on what; those of another reader are neither shown nor saved.
        heatmap: None where there is none to be shown.
        overlay_note: shown while the overlay is asked for: why it is empty, or what it is worth.
        next: the entry after this one, None at the end.
        previous: the entry before this one, None at the start.
        prefetch: entries whose radiographs are fetched before they are asked for, nearest first.
        advances_on_verdict: whether a verdict goes on to the next case.
        marks: what this reader has drawn.
        other_marks: what others have drawn, with their names; it is only looked at.
        has_verdict: whether the reader has a standing verdict; then what they draw is saved at once.
        may_draw: whether the reader may draw.
        comparable: radiographs that can be laid beside it, those of its own study first.
        has_study: whether some of them are of its own study.
    """

    entry_id: int
    prediction_id: int | None
    alt: str
    draft_key: str
    heatmap: PlacedHeatmap | None
    overlay_note: str
    next: int | None
    previous: int | None
    prefetch: tuple[int, ...]
    advances_on_verdict: bool
    marks: tuple[Mark, ...] = ()
    other_marks: tuple[Mark, ...] = ()
    has_verdict: bool = False
    may_draw: bool = True
    comparable: tuple[ComparedRadiograph, ...] = ()
    has_study: bool = False


def show(case: ViewerCase, perform: Callable[[ViewerAction], None]) -> None:
    """Mount the viewer.

    Args:
        case: what it shows.
        perform: called before the next run, for each action of the reader, once and in their order.
    """
    heatmap, pending = case.heatmap, pending_actions.pending_actions()
    pending.perform = perform
    header: dict[str, object] = {
        "role": "viewer",
        "case": identity(case.entry_id, case.prediction_id),
        "entry": case.entry_id,
        "alt": case.alt,
        "draftKey": case.draft_key,
        "heatmap": _describe_heatmap(heatmap) if heatmap else None,
        "overlayNote": case.overlay_note,
        "threshold": DEFAULT_THRESHOLD,
        "next": case.next,
        "previous": case.previous,
        "prefetch": case.prefetch,
        "advancesOnVerdict": case.advances_on_verdict,
        "verdicts": {key.lower(): verdict for verdict, key in VERDICT_KEYS.items()},
        "marks": to_json(case.marks),
        "otherMarks": to_json(case.other_marks),
        "hasVerdict": case.has_verdict,
        "mayDraw": case.may_draw,
        "comparable": [{"entry": each.entry_id, "label": each.label} for each in case.comparable],
        "hasStudy": case.has_study,
        "lastDone": pending.last_done,
        "unsaved": asdict(pending.unsaved) if pending.unsaved else None,
    }
    values = heatmap.heatmap.values.astype("<f4").tobytes() if heatmap else b""
    _mount_viewer(data=pack(header, values), key=_VIEWER_KEY, on_actions_change=perform_pending)


def perform_pending() -> None:
    """Perform what the browser sent and was not performed yet, each action once and in their order.

    A run may be ended before it has performed all; whatever run comes next performs the rest, on whichever screen.
    While the reader has not acknowledged an unsaved verdict, no step to another radiograph or screen is taken.
    """
    pending = pending_actions.pending_actions()
    sent = (st.session_state.get(_VIEWER_KEY) or {}).get("actions") or ()
    with pending.lock:
        for message in sent:
            number = message["number"]
            if number <= pending.last_done or pending.perform is None:
                continue
            try:
                pending.in_progress = number
                pending.acknowledge(message["acknowledged"])
                if pending.unsaved is None or message["kind"] not in STEPS:
                    pending.perform(_parse(message))
            except MarkError as error:
                pending.report_unsaved(str(error))
            except Exception:  # a fault of ours is not tried again; what Streamlit ends a run with is a BaseException
                pending.last_done = number
                raise
            pending.last_done = number


@st.fragment
def send_radiographs(load: Callable[[int], Radiograph]) -> None:
    """Send the browser the radiographs that it asks for: the first, and of the others what fits into one message.

    Args:
        load: returns an entry's radiograph, or raises a FractureReviewError that is then shown in its place.
    """
    request = (st.session_state.get(_LOADER_KEY) or {}).get("request")
    entries = [each for each in request if isinstance(each, int)] if isinstance(request, list) else []
    items: list[dict[str, object]] = []
    bodies: list[bytes] = []
    for entry in entries[:MESSAGE_RADIOGRAPHS]:
        if sum(map(len, bodies)) > MESSAGE_BYTES:
            break
        item, body = _encode_radiograph(entry, load)
        items.append(item | {"length": len(body)})
        bodies.append(body)
    header: dict[str, object] = {"role": "loader", "items": items}
    _mount_loader(data=pack(header, b"".join(bodies)), key=_LOADER_KEY, height="content", on_request_change=_rerun_only)


def identity(entry_id: int, prediction_id: int | None) -> str:
    """Entry and prediction together, as the viewer names a case."""
    return f"{entry_id}.{prediction_id}"


def pack(header: dict[str, object], body: bytes) -> bytes:
    """Join header and body: uint32 length of the JSON, little-endian; the JSON; the body."""
    encoded = json.dumps(header).encode()
    return b"".join((struct.pack("<I", len(encoded)), encoded, body))


def _describe_heatmap(placed: PlacedHeatmap) -> dict[str, object]:
    height, width = placed.heatmap.values.shape
    return {"width": width, "height": height, "place": asdict(placed.placement)}


def _encode_radiograph(entry_id: int, load: Callable[[int], Radiograph]) -> tuple[dict[str, object], bytes]:
    """The description of a radiograph for the browser, and its pixels row by row, little-endian."""
    try:
        radiograph = load(entry_id)
    except FractureReviewError as error:
        return {"entry": entry_id, "message": f"This radiograph cannot be shown. {error}"}, b""
    pixels = radiograph.pixels.astype(radiograph.pixels.dtype.newbyteorder("<"), copy=False)
    return {"entry": entry_id, **_describe_radiograph(radiograph)}, pixels.tobytes()


def _describe_radiograph(radiograph: Radiograph) -> dict[str, object]:
    pixels = radiograph.pixels
    return {
        "width": radiograph.width,
        "height": radiograph.height,
        "bytesPerPixel": pixels.itemsize,
        "window": asdict(radiograph.window),
        "maxValue": 2 ** max(radiograph.bit_depth, int(np.max(pixels)).bit_length()) - 1,
    }


def _parse(message: Mapping[str, Any]) -> ViewerAction:
    """An action as the browser sends it. Raises MarkError, KeyError, TypeError or ValueError for anything else."""
    entry_id, prediction_id = message["case"].split(".")
    return ViewerAction(
        entry_id=int(entry_id),
        prediction_id=None if prediction_id == "None" else int(prediction_id),
        kind=str(message["kind"]),
        marks=from_json(message["marks"]),
        shown_at=now() - timedelta(milliseconds=max(0, int(message["shownForMs"]))),
    )


def _rerun_only() -> None:
    """Do nothing: Streamlit's rerun of the fragment reads the request."""
