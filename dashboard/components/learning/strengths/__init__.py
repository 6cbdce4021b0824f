"""The strengths of augmentation: a slider each that sends its value while it moves, not only once it is released.

Streamlit's own slider sends its value when the pointer is lifted; a preview that follows the pointer needs more.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Literal

import streamlit as st

from core.errors import TrainingError
from core.learning.training.settings import HIGHEST, PRESETS, Augmentation

_HERE = Path(__file__).parent
LABELS = {
    "shear": "Shear",
    "zoom": "Zoom",
    "rotation": "Rotation, degrees",
    "shift": "Shift",
    "horizontal_flip": "Horizontal flip, chance",
    "vertical_flip": "Vertical flip, chance",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "noise": "Noise",
    "blur": "Blur, pixels",
    "cut_out": "Cut-out, chance",
}
_KEY, _CHOSEN, _ROUND, _PRESET = "strengths", "strengths chosen", "strengths set anew", "strengths-preset"

_mount = st.components.v2.component(
    "fracture_review.strengths",
    css=(_HERE / "strengths.css").read_text(encoding="utf-8"),
    js=(_HERE / "strengths.js").read_text(encoding="utf-8"),
)


def show() -> Augmentation:
    """Draw the presets, and a slider for every strength. Returns the strengths that are chosen now."""
    chosen = current()
    preset = next((name for name, strengths in PRESETS.items() if strengths == chosen), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Augmentation", anchor=False, width="content")
        # Buttons, which have no state. The browser would send the state of another control with the preset that a
        # slider has just left; that would pass for a click on the preset, and put the slider back under the pointer.
        for name, strengths in PRESETS.items():
            kind: Literal["primary", "secondary"] = "primary" if name == preset else "secondary"
            st.button(name.capitalize(), key=f"{_PRESET}-{name}", type=kind, on_click=put, args=(strengths,))
    sliders = [
        {
            "name": field.name,
            "label": LABELS[field.name],
            "value": getattr(chosen, field.name),
            "high": HIGHEST[field.name],
            "step": _step(HIGHEST[field.name]),
        }
        for field in fields(Augmentation)
    ]
    data = {"sliders": sliders, "round": st.session_state.get(_ROUND, 0)}
    _mount(data=data, key=_KEY, on_values_change=_take_values)
    return chosen


def current() -> Augmentation:
    """The strengths that are chosen now."""
    chosen: Augmentation = st.session_state.get(_CHOSEN, PRESETS["gentle"])
    return chosen


def put(strengths: Augmentation) -> None:
    """Choose these strengths, and let the sliders follow."""
    st.session_state[_CHOSEN] = strengths
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _take_values() -> None:
    """Take what the sliders sent; what is no strength, is out of range or comes from older sliders changes nothing."""
    sent = (st.session_state.get(_KEY) or {}).get("values")
    known = asdict(current())
    if not isinstance(sent, dict) or sent.get("round") != st.session_state.get(_ROUND, 0):
        return
    values = {
        name: float(value)
        for name, value in (sent.get("strengths") or {}).items()
        if name in known and isinstance(value, (int, float))
    }
    try:
        st.session_state[_CHOSEN] = Augmentation(**known | values)
    except TrainingError:
        return


def _step(high: float) -> float:
    """The step of a slider from 0 to `high`, such that every preset lies on a step."""
    return 0.005 if high <= 1 else 0.05 if high <= 10 else 1.0
