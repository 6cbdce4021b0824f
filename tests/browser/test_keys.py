"""Every key, wherever the focus is; none while one types, and no verdict without a radiograph on the screen."""

from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from core.domain import Verdict
from core.reading.worklist import WorklistFilter
from tests.browser import actions
from tests.browser.conftest import ENTRIES, Server, fill


@pytest.mark.parametrize(
    "focus", ["the overlay's slider", "the switch", "a button of the viewer", "an empty place", "the stage", "a button"]
)
def test_keys_work_wherever_the_focus_is(page: Page, filled: Server, focus: str) -> None:
    actions.open_screen(page, filled.url, "review")
    case = actions.wait_for_case(page)
    match focus:
        case "the overlay's slider":
            page.keyboard.press("o")
            page.locator(".opacity").click()
        case "the switch":
            page.get_by_text("Go on after a verdict").click()
            actions.settle(page)
            page.get_by_text("Go on after a verdict").click()
            actions.settle(page)
        case "a button of the viewer":
            page.get_by_role("button", name="Mirror").click()
        case "an empty place":
            page.mouse.click(1100, 780)
        case "the stage":
            page.locator(".stage").click()
        case "a button":
            page.get_by_role("button", name="Unsure").focus()
    services = filled.services()
    entry = actions.entry_of(case)
    before = len(services.reviews.history(entry))
    actions.press_verdict(page, "x")
    assert [review.verdict for review in services.reviews.history(entry)[before:]] == [Verdict.NOT_ASSESSABLE]
    page.keyboard.press("z")
    expect(page.get_by_text("No verdict of yours yet.")).to_be_visible()
    shown = page.locator(".stage").get_attribute("data-overlay")
    page.keyboard.press("o")
    expect(page.locator(".stage")).not_to_have_attribute("data-overlay", shown)
    services.close()


def test_a_slider_keeps_its_arrows(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    case = actions.wait_for_case(page)
    page.keyboard.press("o")
    actions.expect_overlay(page, True)  # before that the slider is hidden and takes no focus
    page.locator(".opacity").focus()
    before = page.locator(".opacity").input_value()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".opacity")).to_have_value(str(int(before) + 5))
    assert page.locator(".stage").get_attribute("data-case") == case


def test_a_list_of_the_keys_and_the_way_to_the_comment_and_back(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    actions.wait_for_case(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("not fractured")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("c")
    comment = page.get_by_label("Comment")
    expect(comment).to_be_focused()
    page.keyboard.type("fun?")
    expect(comment).to_have_value("fun?")
    page.keyboard.press("Escape")
    expect(comment).not_to_be_focused()
    page.keyboard.press("o")
    actions.expect_overlay(page, True)


def test_the_overlay_shows_while_its_key_is_held(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    actions.wait_for_case(page)
    page.keyboard.down("h")
    actions.expect_overlay(page, True)
    page.keyboard.up("h")
    actions.expect_overlay(page, False)


OPENINGS = 5


def test_a_burst_of_keys_is_heard_whole_and_in_its_order(page: Page, filled: Server) -> None:
    """Two verdicts and the step after them, without a pause: all count, and both are for the first radiograph."""
    services = filled.services()
    order = services.worklist.freeze(WorklistFilter())
    for _ in range(OPENINGS):  # the moment after opening is when the browser has most to do
        actions.open_screen(page, filled.url, "review", order=order.id, entry=order.entry_ids[0])
        first = actions.entry_of(actions.wait_for_case(page))
        before = len(services.reviews.history(first))
        for key in ("u", "f", "ArrowRight"):
            page.keyboard.press(key)
        expect(page.get_by_text(f"2 of {ENTRIES}")).to_be_visible()
        given = [review.verdict for review in services.reviews.history(first)[before:]]
        assert given == [Verdict.UNSURE, Verdict.FRACTURED]
        second = actions.entry_of(actions.wait_for_other_case(page, first))
        assert services.reviews.history(second) == []
    services.close()


def test_a_click_and_a_key_right_after_it_are_both_heard(page: Page, filled: Server) -> None:
    services = filled.services()
    order = services.worklist.freeze(WorklistFilter())
    for _ in range(OPENINGS):
        actions.open_screen(page, filled.url, "review", order=order.id, entry=order.entry_ids[0])
        first = actions.entry_of(actions.wait_for_case(page))
        before = len(services.reviews.history(first))
        page.get_by_role("button", name="Unsure").click()
        page.get_by_role("button", name="Next", exact=True).click()
        page.keyboard.press("ArrowRight")  # the second step is asked for while the first is taken: one is made
        expect(page.get_by_text(f"2 of {ENTRIES}")).to_be_visible()
        assert [review.verdict for review in services.reviews.history(first)[before:]] == [Verdict.UNSURE]
    services.close()


def test_a_verdict_given_on_leaving_the_screen_is_written(page: Page, filled: Server) -> None:
    """The run that would have written it is ended by the one that shows the other screen."""
    services = filled.services()
    for _ in range(OPENINGS):
        actions.open_screen(page, filled.url, "review")
        first = actions.entry_of(actions.wait_for_case(page))
        before = len(services.reviews.history(first))
        page.keyboard.press("n")
        page.keyboard.press("w")
        actions.grid(page).wait_for()
        assert [review.verdict for review in services.reviews.history(first)[before:]] == [Verdict.NOT_FRACTURED]
    services.close()


def test_nobody_goes_on_from_a_verdict_that_was_not_saved(page: Page, filled: Server) -> None:
    """The batch is signed by somebody else while it is read: the step that follows is not made, until one knows."""
    services = filled.services()
    batch = fill(services, "Signed meanwhile", 3, seed=7)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch))
    first, second, _ = order.entry_ids
    actions.open_screen(page, filled.url, "review", order=order.id, entry=first)
    actions.wait_for_case(page)
    services.batch_signing.sign(batch, "somebody else")
    page.keyboard.press("f")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("alert").get_by_text("signed")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("signed")
    assert actions.entry_of(actions.wait_for_case(page)) == first
    assert services.reviews.history(first) == []
    expect(page.locator(".note")).to_be_empty()  # by then it was read
    page.keyboard.press("ArrowRight")
    actions.wait_for_other_case(page, first)
    assert services.reviews.history(second) == []
    services.close()


def test_the_next_radiograph_shows_before_the_server_answers_and_takes_no_verdict_till_then(
    page: Page, filled: Server
) -> None:
    services = filled.services()
    order = services.worklist.freeze(WorklistFilter())
    first, second, *_ = order.entry_ids
    actions.open_screen(page, filled.url, "review", order=order.id, entry=first)
    actions.wait_for_case(page)
    expect(page.locator(".stage")).to_have_attribute("data-fetched", re.compile("[1-9]"))
    before = [len(services.reviews.history(entry)) for entry in (first, second)]
    filled.process.send_signal(signal.SIGSTOP)
    try:
        page.keyboard.press("ArrowRight")
        expect(page.locator(".stage")).to_have_attribute("data-entry", str(second))
        page.keyboard.press("f")
        page.keyboard.press("o")
        expect(page.locator(".note")).to_contain_text("Not taken")
        assert page.locator(".stage").get_attribute("data-case") is None
    finally:
        filled.process.send_signal(signal.SIGCONT)
    assert actions.entry_of(actions.wait_for_other_case(page, first)) == second
    actions.expect_overlay(page, True)  # asked for on the step to it, so shown once it is there
    assert [len(services.reviews.history(entry)) for entry in (first, second)] == before
    services.close()


def test_going_on_after_a_verdict_writes_it_first_and_takes_none_twice(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    services = filled.services()
    first = actions.entry_of(actions.wait_for_case(page))
    page.get_by_text("Go on after a verdict").click()
    expect(page.locator(".stage")).to_have_attribute("data-advances", "true")
    actions.settle(page)
    before = len(services.reviews.history(first))
    page.keyboard.press("n")
    page.keyboard.press("f")
    expect(page.locator(".stage")).to_have_attribute("data-case", re.compile(rf"^(?!{first}\.)"))
    assert [review.verdict for review in services.reviews.history(first)[before:]] == [Verdict.NOT_FRACTURED]
    services.close()


def test_no_verdict_without_a_radiograph_on_the_screen(page: Page, filled: Server) -> None:
    """The stored bytes are gone: neither key nor button says anything of what nobody can see."""
    services = filled.services()
    batch = services.ingest.batch(1)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch.id))
    entry = order.entry_ids[-1]
    row = services.worklist.row(entry)
    (stored,) = (filled.home / "files").rglob(row.sha256)
    hidden = stored.rename(stored.with_suffix(".away"))
    try:
        actions.open_screen(page, filled.url, "review", order=order.id, entry=entry)
        expect(page.get_by_text("cannot be shown")).to_be_visible()
        page.keyboard.press("f")
        page.get_by_role("button", name="Not fractured").click()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_text(f"{len(order.entry_ids) - 1} of")).to_be_visible()
        assert services.reviews.history(entry) == []
    finally:
        hidden.rename(stored)
    services.close()
