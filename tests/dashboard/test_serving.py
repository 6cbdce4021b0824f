"""Nobody but this machine is served until a sign-in is configured."""

from __future__ import annotations

import asyncio
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.serving import FIRST_PAINT, DarkFirstPaint, refusal
from tests.dashboard.conftest import APP, TIMEOUT

PROVIDER = {"client_id": "a", "client_secret": "b", "server_metadata_url": "https://sign-in.invalid/configuration"}
AUTH = {"redirect_uri": "https://reading.invalid/oauth2callback", "cookie_secret": "c" * 32}
PAGE = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"26")]
EMPTY_STATE = "Nothing has been taken in yet."


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_loopback_is_served(address: str) -> None:
    assert refusal(address) is None
    assert refusal(address, "127.0.0.1") is None


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.5", "reading.example"])
def test_anything_else_is_refused(address: str | None) -> None:
    said = refusal(address)
    assert said is not None
    assert "no sign-in is configured" in said


def test_a_reader_from_another_machine_is_refused_whatever_the_address_says() -> None:
    assert "10.0.0.7" in (refusal("127.0.0.1", "10.0.0.7") or "")


@pytest.fixture
def reset_address() -> None:
    yield
    st.config.set_option("server.address", "127.0.0.1")


@pytest.mark.usefixtures("services", "reset_address")
@pytest.mark.parametrize("address", [None, "0.0.0.0"])
def test_the_script_refuses_as_well(address: str | None) -> None:
    st.config.set_option("server.address", address)
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT).run()
    assert "serves nobody" in app.error[0].value
    assert not app.text
    assert not app.button


@pytest.mark.usefixtures("services", "reset_address")
def test_with_a_sign_in_any_address_is_served_to_those_signed_in() -> None:
    st.config.set_option("server.address", "0.0.0.0")
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    app.secrets["auth"] = {**AUTH, **PROVIDER}
    app.run()
    assert [button.label for button in app.button] == ["Sign in"]
    assert not any("serves nobody" in error.value for error in app.error)
    app.user = {"is_logged_in": True, "email": "a_b@clinic.invalid", "exp": time.time() + 60}
    app.run()
    assert any(text.value.startswith(EMPTY_STATE) for text in app.text)
    assert any("clinic" in caption.value for caption in app.sidebar.caption)


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("expiry", [time.time() - 1, None, "soon"])
def test_an_expired_sign_in_shows_nothing(expiry: object) -> None:
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    app.secrets["auth"] = {**AUTH, "clinic": PROVIDER}
    app.user = {"is_logged_in": True, "email": "a@clinic.invalid", "exp": expiry}
    app.run()
    assert [button.label for button in app.button] == ["Sign in with clinic"]
    assert "expired" in app.text[0].value


@pytest.mark.usefixtures("services", "reset_address")
@pytest.mark.parametrize("auth", [{}, AUTH, PROVIDER, {**AUTH, "clinic": {"client_id": "a"}}])
def test_half_a_sign_in_is_none(auth: dict[str, object]) -> None:
    st.config.set_option("server.address", "0.0.0.0")
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    app.secrets["auth"] = auth
    app.run()
    assert "serves nobody" in app.error[0].value


def test_the_page_is_dark_before_any_script() -> None:
    """In the HTML itself, with a length that fits."""

    async def site(scope: dict, receive: object, send: object) -> None:
        assert b"accept-encoding" not in dict(scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": PAGE})
        await send({"type": "http.response.body", "body": b"<html><head>", "more_body": True})
        await send({"type": "http.response.body", "body": b"</head></html>"})

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip")]
    asyncio.run(DarkFirstPaint(site)({"type": "http", "headers": headers}, None, send))
    body = sent[1]["body"]
    assert FIRST_PAINT in body
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(body)).encode()


def test_a_file_passes_piece_by_piece() -> None:
    """A browser asks for a download as it asks for a page."""

    async def site(scope: dict, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
        for piece in (b"<head>,", b"b\r\n"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            assert sent[-1]["body"] == piece, "it is not held back"

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(DarkFirstPaint(site)({"type": "http", "headers": [(b"accept", b"text/html")]}, None, send))
    assert [message.get("body") for message in sent] == [None, b"<head>,", b"b\r\n"]
