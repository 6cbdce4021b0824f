"""Every screen stands before axe-core without a serious finding, shows where the focus is, and is usable enlarged."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.domain import Band, Verdict
from core.reading.worklist import WorklistFilter
from dashboard.state import Screen
from tests.browser import actions
from tests.browser.conftest import SIZE, Server, fill, start, stop, wait_until_up

GRAVE = ("serious", "critical")
RUN = {"resultTypes": ["violations"]}
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return null;
  const rings = [];
  for (let up = at, i = 0; up && i < 4; up = up.parentElement ?? up.getRootNode().host, i++) {
    const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(up);
    const ring = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    rings.push([ring, borderColor]);
  }
  return { name: at.outerHTML.slice(0, 160), rings };
}"""
CUT_OFF = """() => [...document.querySelectorAll("[data-testid=stMain] :is(table, dl, p, button, h1, h2, h3)")]
  .filter((each) => !each.closest("[data-testid=stDataFrame]"))
  .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))"""
TABS = 40
ACCENT = "rgb(95, 179, 212)"


def open_named(page: Page, server: Server, screen: str) -> None:
    actions.open_screen(page, server.url, "" if screen == Screen.WORKLIST else screen)


def grave(page: Page) -> list[str]:
    """What axe-core finds that keeps people out: rule, element, and why."""
    found = Axe().run(page, options=RUN).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:200]} | {node['failureSummary'][:300]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


@pytest.fixture(scope="module")
def read(filled: Server) -> Server:
    """Some of it is read, two ways, and two readers differ on one."""
    services = filled.services()
    order = services.worklist.freeze(WorklistFilter())
    for number, entry_id in enumerate(order.entry_ids[:20]):
        row = services.worklist.row(entry_id)
        verdict = Verdict.FRACTURED if row.band is Band.POSITIVE else Verdict.NOT_FRACTURED
        services.reviews.give(entry_id, row.prediction_id, "ann", verdict if number else Verdict.UNSURE)
    services.reviews.give(order.entry_ids[0], None, "bob", Verdict.NOT_FRACTURED)
    services.close()
    return filled


@pytest.mark.parametrize("screen", list(Screen))
def test_no_screen_keeps_anybody_out(page: Page, read: Server, screen: Screen) -> None:
    open_named(page, read, screen)
    if screen is Screen.REVIEW:
        actions.wait_for_case(page)
        page.keyboard.press("o")
        page.keyboard.press("?")
    page.wait_for_load_state("networkidle")
    assert not grave(page), "\n".join(grave(page))


def test_the_verdict_that_was_signed_can_be_read(page: Page, filled: Server) -> None:
    services = filled.services()
    batch = fill(services, "Signed", 1, seed=21)
    (entry,) = services.worklist.freeze(WorklistFilter(batch_id=batch)).entry_ids
    reader = getpass.getuser()
    services.reviews.give(entry, services.worklist.row(entry).prediction_id, reader, Verdict.FRACTURED)
    services.batch_signing.sign(batch, reader)
    services.close()
    actions.open_screen(page, filled.url, "review", entry=entry)
    actions.wait_for_case(page)
    given = page.get_by_role("button", name=re.compile("^Fractured"))
    expect(given).to_be_disabled()
    expect(given.locator("p")).to_have_css("color", ACCENT)


@pytest.mark.parametrize("screen", ["worklist", "review", "upload"])
def test_an_empty_store_keeps_nobody_out_either(page: Page, empty: Server, screen: str) -> None:
    open_named(page, empty, screen)
    expect(page.get_by_role("button", name="Try it with phantoms")).to_be_visible()
    assert not grave(page), "\n".join(grave(page))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = wait_until_up(start(tmp_path_factory.mktemp("empty")))
    yield running
    stop(running)


@pytest.mark.parametrize("screen", ["worklist", "review", "batches"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(page: Page, read: Server, screen: str) -> None:
    open_named(page, read, screen)
    if screen == "review":
        actions.wait_for_case(page)
    actions.settle(page)
    unseen, seen = [], 0
    for _ in range(TABS):
        page.keyboard.press("Tab")
        actions.next_frame(page)
        at = page.evaluate(FOCUSED)
        # The page itself is scrolled and not acted on; the grid draws a ring around its cell on its own canvas.
        if at is None or 'id="stMain"' in at["name"] or 'role="gridcell"' in at["name"]:
            continue
        seen += 1
        if not any(ring for ring, _ in at["rings"]) and ACCENT not in [colour for _, colour in at["rings"]]:
            unseen.append(at["name"])
    assert seen > TABS / 4
    assert not unseen, "\n".join(unseen)


@pytest.mark.parametrize("screen", ["worklist", "review", "batches", "performance", "upload", "export"])
def test_nothing_is_cut_off_at_twice_the_size(page: Page, read: Server, screen: str) -> None:
    """200 % zoom of a window of 1280x800 is a window of 640x400: it scrolls, but only downwards."""
    page.set_viewport_size({"width": SIZE["width"] // 2, "height": SIZE["height"] // 2})
    open_named(page, read, screen)
    if screen == "review":
        actions.wait_for_case(page)
        verdict = page.get_by_role("button", name="Fractured", exact=False).first
        verdict.scroll_into_view_if_needed()
        expect(verdict).to_be_in_viewport(ratio=0.99)
        box = page.locator(".stage").bounding_box()
        assert box["width"] >= 200 and box["height"] >= 200
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
    assert not page.evaluate(CUT_OFF)
