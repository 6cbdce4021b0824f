"""The reader: the user who signed in.

On loopback without a sign-in it is the name that the reader gave, else the user of the operating system.
"""

from __future__ import annotations

import getpass
import time
from importlib.util import find_spec

import streamlit as st

from core import NOT_A_MEDICAL_DEVICE
from core.errors import NotAllowedError
from core.imaging.names import display_name
from dashboard import resources, state
from dashboard.components.format import as_markdown
from dashboard.serving import sign_in_providers

NAME_LETTERS = 60
_NAME = "reader's name"


def reader() -> str:
    """Name the reader that verdicts are written under."""
    if sign_in_providers():
        return str(st.user.get("email") or st.user.get("sub") or "")
    given = display_name((state.here().reader or "").strip())[:NAME_LETTERS]
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reader"


def is_administrator() -> bool:
    """Whether this reader may see the administrator's screens; everybody may where nobody signs in."""
    chosen = resources.services().settings.administrators
    return not sign_in_providers() or not chosen or reader().casefold() in chosen


def administrator() -> str:
    """Name the reader that an administrator's action is stored under.

    Raises:
        NotAllowedError: the reader is no administrator, or the sign-in has expired.
    """
    if sign_in_providers() and not _is_current(st.user.get("exp")):
        raise NotAllowedError("Your sign-in has expired. Sign in again and repeat what you did.")
    if not is_administrator():
        raise NotAllowedError("Only administrators may do this. FRACTURE_ADMINISTRATORS names them; ask one of them.")
    return reader()


def expiry() -> float | None:
    """When the reader's sign-in ends, in seconds since 1970; None where nobody signs in.

    Raises:
        ValueError: the identity token has no readable end; `require_sign_in` lets no such token pass.
    """
    return _seconds(st.user.get("exp")) if sign_in_providers() else None


def require_sign_in() -> None:
    """Show the sign-in and stop this run, unless the reader has signed in or nobody needs to.

    The cookie outlives the identity token in it, so the token's own end is checked in every run.
    """
    providers = sign_in_providers()
    if not providers:
        return
    signed_in = bool(st.user.get("is_logged_in"))
    expired = signed_in and not _is_current(st.user.get("exp"))
    if signed_in and not expired and reader():
        return
    with st.container(width=420):
        st.title("Fracture Review")
        if expired:
            st.text("Your sign-in has expired. Sign in again to go on; verdicts given so far are saved.")
        elif signed_in:
            st.text("This account carries neither an e-mail address nor a subject, so verdicts cannot be signed by it.")
        else:
            st.text("Sign in to read.")
        for provider in providers:
            label = f"Sign in with {provider}" if provider else "Sign in"
            st.button(label, type="primary", on_click=st.login, args=(provider or None,), key=f"sign-in-{provider}")
        if find_spec("authlib") is None:
            st.error("Signing in needs the package Authlib on this server. Type: pip install Authlib")
        st.caption(NOT_A_MEDICAL_DEVICE)
    st.stop()


def show_reader() -> None:
    """Show in the sidebar who is reading, and let the reader sign out or, without a sign-in, give another name."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="reader"):
        st.caption(f"Reading as {as_markdown(reader(), 40)}", width="stretch")
        if sign_in_providers():
            st.button("Sign out", on_click=st.logout, type="tertiary")
            return
        with st.popover("Change", type="tertiary"):
            st.text_input(
                "Name or initials",
                key=_NAME,
                max_chars=NAME_LETTERS,
                placeholder="Who reads in this tab",
                on_change=_take_name,
            )
            st.caption("Nobody signs in on this machine, so verdicts are signed by the name given here.")


def _take_name() -> None:
    state.keep_everywhere("reader", (st.session_state.get(_NAME) or "").strip() or None)
    st.session_state[_NAME] = ""


def _is_current(expiry: object) -> bool:
    """Whether an identity token has not ended yet; one without a readable end counts as expired."""
    try:
        return _seconds(expiry) > time.time()
    except ValueError:
        return False


def _seconds(value: object) -> float:
    """Read the end of an identity token, in seconds since 1970. Raises ValueError for no number."""
    if isinstance(value, str | int | float):
        return float(value)
    raise ValueError(f"the end of an identity token is a number of seconds, but it was {value!r}")
