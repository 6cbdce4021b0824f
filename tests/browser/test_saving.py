"""A verdict on its way is said to be on its way, and to be saved only once it is."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser import actions
from tests.browser.conftest import Server


def test_a_verdict_is_being_saved_until_the_server_has_it(page: Page, filled: Server) -> None:
    holding, held, servers = False, [], []

    def connect(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        servers.append(server)
        browser.on_message(lambda message: held.append(message) if holding else server.send(message))

    page.route_web_socket("**/_stcore/stream", connect)
    actions.open_screen(page, filled.url, "review")
    entry = actions.entry_of(actions.wait_for_case(page))
    expect(page.locator(".stage")).to_have_attribute("data-case", re.compile(rf"^{entry}\."))
    holding = True
    page.keyboard.press("n")
    line = page.locator(".st-key-saved")
    expect(line).to_have_attribute("data-saving", "")
    assert "Saving" in line.evaluate("element => getComputedStyle(element, '::before').content")
    expect(page.get_by_text("No verdict of yours yet.")).to_be_hidden()
    assert not page.get_by_text(re.compile("^Saved")).count()
    holding = False
    for message in held:
        servers[-1].send(message)
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    expect(line).not_to_have_attribute("data-saving", "")
