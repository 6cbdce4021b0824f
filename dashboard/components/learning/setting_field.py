"""One setting of a training as a widget, made from its label, its range and its line of help."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.learning.training.settings import Setting, SettingKind


def show(setting: Setting, default: str | float | bool, key: str, choices: Sequence[str]) -> None:
    """Ask for a setting; the answer stands under `key` in the session.

    Args:
        default: what is chosen at first.
        choices: of a setting that is a CHOICE.
    """
    match setting.kind:
        case SettingKind.CHOICE:
            index = choices.index(str(default)) if default in choices else 0
            st.selectbox(setting.label, choices, index=index, key=key, help=setting.help, persist_state="session")
        case SettingKind.FLAG:
            st.space("small")
            st.checkbox(setting.label, value=bool(default), key=key, help=setting.help, persist_state="session")
        case SettingKind.WHOLE:
            _whole_number(setting, int(default), key)
        case SettingKind.NUMBER:
            _number(setting, float(default), key)


def _whole_number(setting: Setting, default: int, key: str) -> None:
    low, high = (int(bound) for bound in _range(setting))
    st.number_input(
        f"{setting.label}, {low} to {high:,}",
        low,
        high,
        default,
        int(setting.step or 1),
        key=key,
        help=setting.help,
        persist_state="session",
    )


def _number(setting: Setting, default: float, key: str) -> None:
    low, high = _range(setting)
    st.number_input(
        f"{setting.label}, {low:g} to {high:g}",
        low,
        high,
        default,
        float(setting.step or low),
        format="%.1e" if setting.step is None else None,  # a tiny number, as a learning rate is
        key=key,
        help=setting.help,
        persist_state="session",
    )


def _range(setting: Setting) -> tuple[float, float]:
    if setting.low is None or setting.high is None:
        raise ValueError(f"a number has a range, but {setting.name} has none")
    return float(setting.low), float(setting.high)
