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


def test_saying_that_it_is_saved_moves_nothing(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    actions.wait_for_case(page)
    expect(page.get_by_text("No verdict of yours yet.")).to_be_visible()
    before = tops(page)
    for key, word in (("f", "fractured"), ("n", "not fractured"), ("u", "unsure"), ("x", "not assessable")):
        page.keyboard.press(key)
        expect(page.get_by_text(re.compile(f"^Saved .*: {word}"))).to_be_visible()
        expect(page.get_by_role("button", name="Undo Z")).to_be_visible()
        assert tops(page) == before
    page.keyboard.press("z")
    expect(page.get_by_text("No verdict of yours yet.")).to_be_visible()
    assert tops(page) == before


def tops(page: Page) -> dict[str, float]:
    """Where the panel's parts stand, in pixels from the window's top."""
    parts = (".st-key-verdict-for", ".st-key-verdicts", ".st-key-comment", ".st-key-review-advance", "dl.facts")
    return {part: page.locator(part).first.bounding_box()["y"] for part in parts}
