"""The strengths of augmentation: a slider each that tells its value while it moves, not only once it is let go.

Streamlit's own slider speaks up when the pointer is lifted; a preview that follows the hand needs more.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

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
    """Presets, and a slider for every strength. Returns what is chosen now."""
    chosen = current()
    preset = next((name for name, strengths in PRESETS.items() if strengths == chosen), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Augmentation", anchor=False, width="content")
        # Buttons, which have no state: of a control that has one, what the browser still says of the preset that a
        # slider has just left would pass for a click on it, and put the slider back under the hand.
        for name, strengths in PRESETS.items():
            look = "primary" if name == preset else "secondary"
            st.button(name.capitalize(), key=f"{_PRESET}-{name}", type=look, on_click=put, args=(strengths,))
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
    """What is chosen now."""
    return st.session_state.get(_CHOSEN, PRESETS["gentle"])


def put(strengths: Augmentation) -> None:
    """Choose these, and let the sliders follow."""
    st.session_state[_CHOSEN] = strengths
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _take_values() -> None:
    """What the browser says is checked like anything from outside; what is impossible changes nothing."""
    told = (st.session_state.get(_KEY) or {}).get("values")
    known = asdict(current())
    if not isinstance(told, dict) or told.get("round") != st.session_state.get(_ROUND, 0):
        return
    values = {
        name: float(value)
        for name, value in (told.get("strengths") or {}).items()
        if name in known and isinstance(value, (int, float))
    }
    try:
        st.session_state[_CHOSEN] = Augmentation(**known | values)
    except TrainingError:
        return


def _step(high: float) -> float:
    """Fine enough for the hand, and such that every preset lies on a step."""
    return 0.005 if high <= 1 else 0.05 if high <= 10 else 1.0
