"""Serving: only this machine is served until a sign-in is configured, and a page is dark before its scripts run.

Started from the repository's root, `.streamlit/config.toml` binds to 127.0.0.1. Started from anywhere else, that file
is not read and Streamlit would listen on every interface. So the address is checked here, before the server starts and
in every run of the script.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROVIDER_KEYS = frozenset({"client_id", "client_secret", "server_metadata_url"})
SHARED_KEYS = frozenset({"redirect_uri", "cookie_secret"})
HEIGHT_COOKIE = "window-height"
FIRST_PAINT = (
    b"<head><style>html{background:#0b0d10;color-scheme:dark}</style>"
    b"<script>document.cookie='window-height='+innerHeight+';path=/;SameSite=Strict'</script>"
)


def sign_in_providers() -> tuple[str, ...]:
    """List the complete sign-in providers of the secrets' [auth] section; `""` is the unnamed one."""
    try:
        section = st.secrets.get("auth")
    except (FileNotFoundError, StreamlitSecretNotFoundError):
        return ()
    if not isinstance(section, Mapping) or not all(section.get(key) for key in SHARED_KEYS):
        return ()
    named = tuple(name for name, value in section.items() if isinstance(value, Mapping) and _is_complete(value))
    return ("", *named) if _is_complete(section) else named


def refusal(address: str | None, client: str | None = None) -> str | None:
    """Say why this server must not serve; None where it may.

    Args:
        address: the address that Streamlit binds; None stands for every interface.
        client: the address of the browser's machine; None for this machine.
    """
    if sign_in_providers() or (_is_loopback(address) and (client is None or _is_loopback(client))):
        return None
    where = f"reached from {client}" if _is_loopback(address) else f"bound to {address or 'every network interface'}"
    return (
        f"Fracture Review is {where} and no sign-in is configured, so it serves nobody. "
        "Start it with --server.address 127.0.0.1 (from the project's folder that is the default), "
        "or configure a sign-in: an [auth] section in .streamlit/secrets.toml."
    )


def download_address(secret: str) -> str:
    """Make the path of a download; see `downloads`."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{f'/{base}' if base else ''}/download/{secret}"


def client_address() -> str | None:
    """The address of this session's browser; None where it is on this machine or not known."""
    address = st.context.ip_address
    return address if isinstance(address, str) else None


def window_height() -> int | None:
    """The height of the browser's window as the page was opened, in CSS pixels; None where it is not known."""
    height = st.context.cookies.get(HEIGHT_COOKIE, "")
    return int(height) if height.isascii() and height.isdigit() and len(height) < 6 else None


def _is_loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _is_complete(section: Mapping[str, object]) -> bool:
    return all(section.get(key) for key in PROVIDER_KEYS)


def _is_page(start: Message) -> bool:
    return any(name.lower() == b"content-type" and b"text/html" in value for name, value in start["headers"])


class DarkFirstPaint:
    """ASGI middleware that makes a page dark before any script has run, so that nothing flashes white at night.

    It also silences the error that Streamlit raises for a tab that was closed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with `FIRST_PAINT` in the head of an HTML page."""
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or b"text/html" not in headers.get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        # The browser requests a linked file as it requests a page; only the answer's type tells them apart.
        plain = [(name, value) for name, value in scope["headers"] if name not in (b"accept-encoding", b"range")]
        start: list[Message] = []
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                start.append(message)
                return
            if not start:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(b"<head>", FIRST_PAINT, 1)
            kept = [pair for pair in start[0]["headers"] if pair[0].lower() != b"content-length"]
            await send({**start[0], "headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": plain}, receive, hold)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on. Streamlit closes one that the browser has closed already, which is no error here."""
        try:
            await self.app(scope, receive, send)
        except RuntimeError as error:
            if type(error).__name__ != "WebSocketDisconnected":
                raise
