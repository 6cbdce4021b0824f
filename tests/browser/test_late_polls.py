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
    """Between browser and server: holds polls back until they are told to go."""

    def __init__(self, page: Page) -> None:
        self.holding = False
        self._held: dict[str, bytes] = {}  # by the fragment that asks
        self._server: WebSocketRoute | None = None
        page.route_web_socket("**/_stcore/stream", self._connect)

    @property
    def holds(self) -> int:
        return len(self._held)

    def let_go(self) -> None:
        self.holding = False
        for message in self._held.values():
            self._server.send(message)
        self._held.clear()

    def _connect(self, browser: WebSocketRoute) -> None:
        self._server = browser.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            asked = BackMsg.FromString(message) if isinstance(message, bytes) else None
            rerun = asked.rerun_script if asked and asked.WhichOneof("type") == "rerun_script" else None
            if self.holding and rerun and rerun.is_auto_rerun:
                self._held[rerun.fragment_id] = message
            else:
                self._server.send(message)

        browser.on_message(pass_on)


@pytest.fixture
def late(page: Page) -> Late:
    return Late(page)


@pytest.mark.parametrize("after_ms", [20, 80, 200, 500])
def test_the_next_screen_stands_although_a_poll_of_the_last_one_comes_late(
    page: Page, filled: Server, late: Late, after_ms: int
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
    page.wait_for_timeout(after_ms)
    late.let_go()
    expect(page.locator(".stage[data-case]")).to_be_visible()
    page.wait_for_timeout(POLL_MS // 2)  # whatever it does, it has done by now
    expect(page.locator(".stage[data-case]")).to_be_visible()
    expect(page.get_by_role("button", name="Fractured F", exact=True)).to_be_visible()
    assert actions.parameter(page, "entry")
    assert not errors
