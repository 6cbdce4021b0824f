"""The viewer: a radiograph at full depth, its overlay as a layer in the browser, and the reader's keys.

The viewer itself gets a few kilobytes: which case to show, and its heatmap's grid. Pixels come by a second, unseen
component, the supply: the browser asks for those that it needs next, and so has the following ones before the reader
does. Everything travels over the session's own connection, never as files that the server would hand to
anybody.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

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

_HERE = Path(__file__).parent
_SCRIPTS = ("pixels", "view", "stock", "deeds", "shapes", "marks", "beside", "gestures", "keys", "controls", "viewer")
_KEY, _SUPPLY_KEY = "viewer", "viewer-supply"
SUPPLY_ENTRIES = 8  # radiographs handed over at a time, at most
SUPPLY_BYTES = 2 * 1024 * 1024  # of pixels, beyond which no further one goes along


def _script() -> str:
    """The viewer's scripts as one module, since a component takes one; with the colours that core draws with."""
    maps = {name: colour_table(name).ravel().tolist() for name in COLOUR_MAPS}
    parts = [(_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join((f"const MAPS = {json.dumps(maps)};", *parts))


_mount = st.components.v2.component(
    "fracture_review.viewer",
    html=(_HERE / "viewer.html").read_text(encoding="utf-8"),
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=_script(),
)
_mount_supply = st.components.v2.component("fracture_review.supply", js=_script())  # the same module, so the same stock


@dataclass(frozen=True, slots=True)
class ViewerAction:
    """What the reader asked for by key or by button.

    Attributes:
        entry_id, prediction_id: of the case that was on the screen.
        does: a verdict's value, `undo`, `marks`, `next`, `previous` or `worklist`.
        marks: all that is drawn on the radiograph.
        shown_at: when the radiograph came on the screen.
    """

    entry_id: int
    prediction_id: int | None
    does: str
    marks: tuple[Mark, ...]
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class ComparedRadiograph:
    """A radiograph that can be laid beside the one that is read."""

    entry_id: int
    label: str


@dataclass(frozen=True, slots=True)
class ViewerCase:
    """What the viewer shows.

    Attributes:
        entry_id, prediction_id: name the case; an overlay is only ever drawn on its own.
        alt: what the picture is, for those who cannot see it.
        draft: names whose drafts are drawn on what; those of another reader are not shown, nor saved.
        heatmap: None where there is none to be shown.
        overlay_note: said while the overlay is asked for: why it is empty, or what it is worth.
        next, previous: the entries beside it, None at an end.
        ahead: entries to fetch before they are asked for, nearest first.
        advances: whether a verdict goes on to the next case.
        marks: what this reader has drawn.
        others: what others have drawn, with their names; it is only looked at.
        stands: whether they have a standing verdict; then what they draw is saved at once.
        draws: whether they may draw.
        beside: what can be laid beside it, those of its own study first.
        studied: whether there are such.
    """

    entry_id: int
    prediction_id: int | None
    alt: str
    draft: str
    heatmap: PlacedHeatmap | None
    overlay_note: str
    next: int | None
    previous: int | None
    ahead: tuple[int, ...]
    advances: bool
    marks: tuple[Mark, ...] = ()
    others: tuple[Mark, ...] = ()
    stands: bool = False
    draws: bool = True
    beside: tuple[ComparedRadiograph, ...] = ()
    studied: bool = False


def show(case: ViewerCase, on_deed: Callable[[ViewerAction], None]) -> None:
    """Mount the viewer; `on_deed` is called before the next run, for each thing asked for, once and in order."""
    heatmap, at = case.heatmap, pending_actions.pending_actions()
    at.on_deed = on_deed
    header = {
        "role": "viewer",
        "case": identity(case.entry_id, case.prediction_id),
        "entry": case.entry_id,
        "alt": case.alt,
        "draft": case.draft,
        "heat": _grid(heatmap) if heatmap else None,
        "overlayNote": case.overlay_note,
        "threshold": DEFAULT_THRESHOLD,
        "next": case.next,
        "previous": case.previous,
        "ahead": case.ahead,
        "advances": case.advances,
        "verdicts": {key.lower(): verdict for verdict, key in VERDICT_KEYS.items()},
        "marks": to_json(case.marks),
        "others": to_json(case.others),
        "stands": case.stands,
        "draws": case.draws,
        "beside": [{"entry": each.entry_id, "label": each.label} for each in case.beside],
        "studied": case.studied,
        "done": at.done,
        "missed": asdict(at.missed) if at.missed else None,
    }
    values = heatmap.heatmap.values.astype("<f4").tobytes() if heatmap else b""
    _mount(data=pack(header, values), key=_KEY, on_deeds_change=catch_up)


def catch_up() -> None:
    """Do what was asked for and is not yet done, once, in its order; nobody goes on from a verdict that was lost.

    A run may be ended before it has done all; whatever run comes next does the rest, on whichever screen.
    """
    at = pending_actions.pending_actions()
    sent = (st.session_state.get(_KEY) or {}).get("deeds") or ()
    with at.lock:
        for each in sent:
            if each["n"] <= at.done or at.on_deed is None:
                continue
            try:
                at.doing = each["n"]
                at.hear(each["heard"])
                if at.missed is None or each["does"] not in ("next", "previous", "worklist"):
                    at.on_deed(_read(each))
            except MarkError as error:
                at.miss(str(error))
            except Exception:  # a fault of ours is not tried again; what Streamlit ends a run with is a BaseException
                at.done = each["n"]
                raise
            at.done = each["n"]


@st.fragment
def supply(fetch: Callable[[int], Radiograph]) -> None:
    """Hand the browser the radiographs that it asks for: the first, and of the others what goes along with it.

    Args:
        fetch: gives an entry's radiograph, or raises a FractureReviewError that is then shown in its place.
    """
    asked = (st.session_state.get(_SUPPLY_KEY) or {}).get("ask")
    entries = [each for each in asked if isinstance(each, int)] if isinstance(asked, list) else []
    items: list[dict[str, object]] = []
    bodies: list[bytes] = []
    for entry in entries[:SUPPLY_ENTRIES]:
        if sum(map(len, bodies)) > SUPPLY_BYTES:
            break
        item, body = _supplied(entry, fetch)
        items.append(item | {"length": len(body)})
        bodies.append(body)
    header: dict[str, object] = {"role": "supply", "items": items}
    _mount_supply(data=pack(header, b"".join(bodies)), key=_SUPPLY_KEY, height="content", on_ask_change=_noticed)


def identity(entry_id: int, prediction_id: int | None) -> str:
    """Radiograph and prediction together, as the viewer names them."""
    return f"{entry_id}.{prediction_id}"


def pack(header: dict[str, object], body: bytes) -> bytes:
    """Join header and body: uint32 length of the JSON, little-endian; the JSON; the body."""
    encoded = json.dumps(header).encode()
    return b"".join((struct.pack("<I", len(encoded)), encoded, body))


def _grid(placed: PlacedHeatmap) -> dict[str, object]:
    height, width = placed.heatmap.values.shape
    return {"width": width, "height": height, "place": asdict(placed.placement)}


def _supplied(entry_id: int, fetch: Callable[[int], Radiograph]) -> tuple[dict[str, object], bytes]:
    """What the browser has to know of a radiograph, and its pixels row by row, little-endian."""
    try:
        radiograph = fetch(entry_id)
    except FractureReviewError as error:
        return {"entry": entry_id, "message": f"This radiograph cannot be shown. {error}"}, b""
    pixels = radiograph.pixels.astype(radiograph.pixels.dtype.newbyteorder("<"), copy=False)
    return {"entry": entry_id, **_describe(radiograph)}, pixels.tobytes()


def _describe(radiograph: Radiograph) -> dict[str, object]:
    pixels = radiograph.pixels
    return {
        "width": radiograph.width,
        "height": radiograph.height,
        "bytes": pixels.itemsize,
        "window": asdict(radiograph.window),
        "most": 2 ** max(radiograph.bit_depth, int(np.max(pixels)).bit_length()) - 1,
    }


def _read(sent: dict) -> ViewerAction:
    """A deed as the browser sends it. Raises MarkError, KeyError, TypeError, ValueError for anything else."""
    entry_id, prediction_id = sent["case"].split(".")
    return ViewerAction(
        entry_id=int(entry_id),
        prediction_id=None if prediction_id == "None" else int(prediction_id),
        does=str(sent["does"]),
        marks=from_json(sent["marks"]),
        shown_at=now() - timedelta(milliseconds=max(0, int(sent["seen"]))),
    )


def _noticed() -> None:
    """The rerun that follows reads the state."""
