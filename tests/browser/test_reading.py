"""Reading in a real browser: places, keys, tabs, and rows that hold still. The store is filled; no worker is needed."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.domain import Verdict
from core.processes import code_version, name_of
from core.reading.worklist import WorklistFilter
from dashboard.components.table import PAGE_ROWS
from tests.browser import actions
from tests.browser.conftest import ENTRIES, SIZE, Server, fill
from tests.fakes import read_all


def test_twenty_rows_fit_without_scrolling(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url)
    expect(page.get_by_role("button", name="Review from here")).to_be_in_viewport(ratio=1)
    assert len(actions.cells(page, "Id")) == PAGE_ROWS
    box = actions.grid(page).bounding_box()
    assert box["y"] + box["height"] < SIZE["height"]
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollHeight <= element.clientHeight")
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")


def test_a_refresh_comes_back_to_the_page_and_to_the_radiograph(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url)
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(page.get_by_text(f"21 to 40 of {ENTRIES}")).to_be_visible()
    there = actions.cells(page, "Id")
    page.reload()
    actions.settle(page)
    expect(page.get_by_text(f"21 to 40 of {ENTRIES}")).to_be_visible()
    assert actions.cells(page, "Id") == there
    actions.click_row(page, 4)
    case = actions.wait_for_case(page)
    expect(page.get_by_text(re.compile(f"^{there[4]}"))).to_be_visible()
    page.reload()
    assert actions.wait_for_case(page) == case
    expect(page.get_by_text(re.compile(f"^{there[4]}"))).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_text(f"21 to 40 of {ENTRIES}")).to_be_visible()
    actions.click_row(page, 4)
    assert actions.wait_for_case(page) == case


def test_the_next_radiograph_opens_untouched_and_the_taste_stays(page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, "review")
    case = actions.wait_for_case(page)
    actions.expect_overlay(page, False)
    view, window = actions.view_of(page), actions.window_of(page)
    page.keyboard.press("o")
    actions.expect_overlay(page, True)
    page.locator(".colours").get_by_role("button", name="viridis").click()
    page.locator(".opacity").fill("20")
    page.locator(".opacity").blur()
    for key in ("i", "1", "t", "a"):
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage")).not_to_have_attribute("data-case", case)
    actions.wait_for_case(page)
    actions.expect_overlay(page, False)
    assert (actions.view_of(page), actions.window_of(page)) == (view, window)
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("o")
    actions.expect_overlay(page, True)
    assert page.locator(".opacity").input_value() == "20"
    expect(page.locator(".colours").get_by_role("button", name="viridis")).to_have_attribute("aria-pressed", "true")


def test_keys_give_take_back_and_walk_and_are_dead_while_one_types(page: Page, filled: Server) -> None:
    services = filled.services()
    actions.open_screen(page, filled.url, "review")
    entry = actions.entry_of(actions.wait_for_case(page))
    comment = page.get_by_label("Comment")
    comment.click()
    page.keyboard.type("fun new xray zoo")
    comment.blur()
    assert services.reviews.history(entry) == []
    actions.press_verdict(page, "n")
    (review,) = services.reviews.history(entry)
    assert (review.verdict, review.comment) == (Verdict.NOT_FRACTURED, "fun new xray zoo")
    page.keyboard.press("z")
    expect(page.get_by_text("No verdict of yours yet.")).to_be_visible()
    assert [each.verdict for each in services.reviews.history(entry)] == [Verdict.NOT_FRACTURED, None]
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(f"2 of {ENTRIES}")).to_be_visible()
    assert actions.entry_of(actions.wait_for_case(page)) != entry
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(f"1 of {ENTRIES}")).to_be_visible()
    assert actions.entry_of(actions.wait_for_case(page)) == entry
    services.close()


def test_two_tabs_mix_nothing_up_and_rows_hold_still(window: BrowserContext, filled: Server, page: Page) -> None:
    """While one tab reads, the other's batch comes in: nothing moves until it is asked for, and verdicts stay put."""
    services = filled.services()
    order = services.worklist.freeze(WorklistFilter())
    actions.open_screen(page, filled.url, order=order.id, page=1)
    before = actions.cells(page, "Id")
    other = window.new_page()
    actions.open_screen(other, filled.url, "review", order=order.id, entry=order.entry_ids[7])
    shown = services.worklist.row(order.entry_ids[7])
    assert actions.wait_for_case(other) == f"{shown.entry_id}.{shown.prediction_id}"

    table = actions.grid(page).bounding_box()
    fill(services, "Tuesday", 5, seed=9)
    expect(page.get_by_role("button", name="5 new, reorder")).to_be_visible()
    assert actions.cells(page, "Id") == before
    assert actions.grid(page).bounding_box() == table
    page.get_by_role("button", name="5 new, reorder").click()
    expect(page.get_by_text(f"1 to 20 of {ENTRIES + 5}")).to_be_visible()

    actions.press_verdict(other, "f")
    review = services.worklist.row(shown.entry_id)
    assert (review.verdict, review.reviewed_prediction_id) == (Verdict.FRACTURED, shown.prediction_id)
    expect(page.locator(".counts")).to_contain_text(f"{services.worklist.counts(WorklistFilter()).reviewed} reviewed")
    other.close()
    services.close()


def test_rows_fill_in_where_they_stand_while_the_worker_reads(page: Page, filled: Server) -> None:
    """Nobody presses anything: the poll brings what was read, and no row moves for it."""
    services = filled.services()
    services.queue.report(name_of(os.getpid()), code_version(), "idle")  # so that the dashboard starts no worker
    batch = fill(services, "Wednesday", 4, seed=11, read=False)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch))
    actions.open_screen(page, filled.url, order=order.id, page=1)
    before = actions.cells(page, "Id")
    assert set(actions.cells(page, "Band")) == {"○ waiting"}
    read_all(services)
    expect(actions.grid(page).locator("tbody")).not_to_contain_text("waiting")
    assert actions.cells(page, "Id") == before
    assert all(actions.cells(page, "Probability"))
    services.close()


@pytest.mark.parametrize("pause_ms", [0, 60, 120, 200, 300])
def test_a_verdict_right_after_a_step_is_never_written_for_the_radiograph_left(
    page: Page, filled: Server, pause_ms: int
) -> None:
    """For a moment the browser holds the controls of both radiographs, and the key reaches both."""
    actions.open_screen(page, filled.url, "review")
    left = actions.entry_of(actions.wait_for_case(page))
    services = filled.services()
    before = len(services.reviews.history(left))
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(pause_ms)
    page.keyboard.press("u")
    expect(page.locator(".stage")).not_to_have_attribute("data-case", re.compile(rf"^{left}\."))
    actions.settle(page)
    assert len(services.reviews.history(left)) == before
    services.close()


@pytest.mark.parametrize("pause_ms", [0, 500, 1000])
def test_the_way_from_an_upload_to_its_worklist_ends_there_whole(page: Page, filled: Server, pause_ms: int) -> None:
    """The upload's progress polls; whenever its button is pressed, the worklist that follows is drawn to its end."""
    actions.open_screen(page, filled.url, "upload", batch=1)
    page.wait_for_timeout(pause_ms)
    page.get_by_role("button", name="Open the worklist").click()
    expect(page.get_by_role("button", name="Review from here")).to_be_visible()
    assert actions.parameter(page, "order")
