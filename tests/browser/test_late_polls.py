"""A poll that comes late, after the click that leaves its screen, empties no other screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser import actions
from tests.browser.conftest import Server

POLL_MS = 10_000
POLLING = 2  # the worklist's counts, and the sidebar's worker


class Late:
    """Between browser and server: holds polls back until another request has passed, and sends them right after.

    Attributes:
        sent: polls that came late.
    """

    def __init__(self, page: Page) -> None:
        self.holding = False
        self.sent = 0
        self._held: dict[str, bytes] = {}  # by the fragment that asks
        page.route_web_socket("**/_stcore/stream", self._connect)

    @property
    def holds(self) -> int:
        return len(self._held)

    def _connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            asked = BackMsg.FromString(message) if isinstance(message, bytes) else None
            rerun = asked.rerun_script if asked and asked.WhichOneof("type") == "rerun_script" else None
            if rerun and rerun.is_auto_rerun and self.holding:
                self._held[rerun.fragment_id] = message
                return
            server.send(message)
            if rerun and not rerun.fragment_id and self._held:
                self.holding = False
                for late in self._held.values():
                    server.send(late)
                self.sent += len(self._held)
                self._held.clear()

        browser.on_message(pass_on)


@pytest.fixture
def late(page: Page) -> Late:
    return Late(page)


def test_the_next_screen_stands_although_a_poll_of_the_last_one_comes_late(
    page: Page, filled: Server, late: Late
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    actions.open_screen(page, filled.url)
    late.holding = True
    for _ in range(POLL_MS // 100):
        if late.holds >= POLLING:
            break
        page.wait_for_timeout(100)
    assert late.holds >= POLLING
    page.get_by_role("button", name="Review from here").click()
    expect(page.locator(".stage[data-case]")).to_be_visible()
    assert late.sent
    page.wait_for_timeout(POLL_MS // 2)  # whatever it does, it has done by now
    expect(page.locator(".stage[data-case]")).to_be_visible()
    expect(page.get_by_role("button", name="Fractured F", exact=True)).to_be_visible()
    assert actions.parameter(page, "entry")
    assert not errors
