"""The viewer: a radiograph that fits the room at its true shape, with its overlay on demand.

The pictures travel over the session's own connection, never as files that the server would hand to anybody.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
COLOUR_RAMPS = {  # the same maps as core.imaging.overlay, sampled for the scale beside the controls
    "inferno": ("#000004", "#320a5e", "#781c6d", "#bb3754", "#ed6925", "#fbb61a", "#fcffa4"),
    "viridis": ("#440154", "#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725"),
    "cividis": ("#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"),
}
FIRST_COLOURS = "inferno"
FIRST_OPACITY = 55

_mount = st.components.v2.component(
    "fracture_review.viewer",
    html=(_HERE / "viewer.html").read_text(encoding="utf-8"),
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(_HERE / "viewer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture, as the browser reads it."""

    data: bytes
    type: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the viewer shows.

    Attributes:
        identity: names radiograph and prediction together; an overlay is only ever drawn on the case it was asked for.
        alt: what the picture is, for those who cannot see it.
        size: the radiograph's width and height, in words.
        radiograph: None where it cannot be shown; `message` then says why.
        explained: whether a heatmap exists to be asked for.
        threshold: evidence below this share leaves the radiograph untouched.
        note: a line beside the overlay's button.
    """

    identity: str
    alt: str
    size: str
    radiograph: Picture | None
    explained: bool
    threshold: float
    note: str = ""
    message: str = ""


def overlay_asked(key: str, identity: str) -> str | None:
    """The colour map of the overlay that the reader asked for on this very case, or None."""
    asked = (st.session_state.get(key) or {}).get("overlay") or {}
    colours = asked.get("colours")
    return colours if asked.get("case") == identity and colours in COLOUR_RAMPS else None


def show(case: Case, overlay: Picture | None, colours: str | None, overlay_note: str = "", *, key: str) -> None:
    """Mount the viewer.

    Args:
        overlay: the fully opaque overlay at the radiograph's size, drawn for `case`; the browser blends it.
        colours: the map it was drawn with, the first one where none was asked for.
        overlay_note: said in place of an overlay that was asked for and is empty.
    """
    header = {
        "case": case.identity,
        "alt": case.alt,
        "size": case.size,
        "message": case.message,
        "note": case.note,
        "explained": case.explained,
        "threshold": case.threshold,
        "overlayNote": overlay_note,
        "colours": colours or FIRST_COLOURS,
        "opacity": FIRST_OPACITY,
        "ramps": COLOUR_RAMPS,
    }
    _mount(data=pack(header, {"radiograph": case.radiograph, "overlay": overlay}), key=key, on_overlay_change=_noticed)


def _noticed() -> None:
    """The rerun that follows reads the state."""


def pack(header: dict[str, object], pictures: dict[str, Picture | None]) -> bytes:
    """Join header and pictures: uint32 length, JSON, then the pictures at the places (after the JSON) that it names."""
    places: dict[str, object] = {}
    position = 0
    for name, picture in pictures.items():
        end = position + (len(picture.data) if picture else 0)
        places[name] = {"start": position, "end": end, "type": picture.type} if picture else None
        position = end
    encoded = json.dumps({**header, **places}).encode()
    blobs = [picture.data for picture in pictures.values() if picture]
    return b"".join((struct.pack("<I", len(encoded)), encoded, *blobs))
