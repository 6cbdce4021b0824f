"""Where a radiograph is long in coming the stage says so; where it comes at once nothing flashes."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser import actions
from tests.browser.conftest import Server

QUICK_MS, LONG_MS = 250, 350


def test_a_radiograph_that_is_long_in_coming_is_said_to_be_loading(page: Page, filled: Server) -> None:
    held: list[tuple[WebSocketRoute, bytes]] = []

    def connect(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(message: bytes) -> None:
            asks_for_pixels = b"viewer-loader" in message
            held.append((server, message)) if asks_for_pixels or held else server.send(message)

        browser.on_message(pass_on)

    page.route_web_socket("**/_stcore/stream", connect)
    actions.open_screen(page, filled.url, "review")
    said = page.locator(".stage .message")
    expect(said).to_be_visible()
    expect(said).to_have_text("Loading")
    assert is_seen_after(said, LONG_MS)
    assert not is_seen_after(said, QUICK_MS)
    for server, message in held.copy():
        server.send(message)
    held.clear()
    actions.wait_for_case(page)
    expect(said).to_be_hidden()


def is_seen_after(said: Locator, milliseconds: int) -> bool:
    """Whether words that stand on the stage are seen so long after they were put there."""
    return said.evaluate(
        """(said, milliseconds) => {
          said.classList.remove("awaited");
          said.getBoundingClientRect();
          said.classList.add("awaited");
          for (const each of said.getAnimations()) (each.pause(), (each.currentTime = milliseconds));
          return getComputedStyle(said).visibility === "visible";
        }""",
        milliseconds,
    )
