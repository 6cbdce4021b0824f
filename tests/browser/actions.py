"""What a reader's hands do, for the browser tests."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as BrowserTimeoutError

from dashboard.components.table import HEADER_PIXELS, LOWEST_ROW

LINE = LOWEST_ROW
CLICKS, CLICK_MS = 5, 8_000


def open_screen(page: Page, url: str, name: str = "", /, **parameters: object) -> None:
    """Go to a screen by its address and wait until it stands."""
    query = "&".join(f"{key}={value}" for key, value in parameters.items())
    page.goto(f"{url}/{name}" + (f"?{query}" if query else ""))
    settle(page)


def settle(page: Page) -> None:
    """Wait until the run has ended: nothing is running and the sidebar's last line stands."""
    expect(page.get_by_text("Not a medical device").first).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-test-script-state]')?.dataset.testScriptState !== 'running'"
    )


def parameter(page: Page, name: str) -> str | None:
    """One parameter of the address bar."""
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def grid(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def cells(page: Page, column: str) -> list[str]:
    """A column of the table on the screen, as assistive technology reads it."""
    grid(page).locator("th", has_text=column).first.wait_for(state="attached")
    return grid(page).evaluate(
        """(grid, column) => {
          const position = [...grid.querySelectorAll("th")].findIndex((head) => head.textContent === column);
          return [...grid.querySelectorAll("tbody tr")].map((row) => row.children[position].textContent);
        }""",
        column,
    )


def click_row(page: Page, index: int, x: int = 450) -> None:
    """Click a row of the worklist, somewhere in its middle."""
    box = grid(page).bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + HEADER_PIXELS + LINE * (index + 0.5))


def open_row(page: Page, index: int) -> str:
    """Click a row until its radiograph stands; a grid that is just being drawn anew takes no click."""
    for _ in range(CLICKS):
        settle(page)
        click_row(page, index)
        try:
            page.locator(".radiograph").wait_for(timeout=CLICK_MS)
            break
        except BrowserTimeoutError:
            continue
    return wait_for_case(page)


def wait_for_case(page: Page) -> str:
    """Wait until a radiograph is decoded and on the screen; return which one, as the viewer names it."""
    expect(page.locator(".radiograph")).to_be_visible()
    return page.locator(".stage").get_attribute("data-case")


def wait_for_other_case(page: Page, entry: int) -> str:
    """Wait until a radiograph of another entry is on the screen; return which one."""
    expect(page.locator(".stage")).to_have_attribute("data-case", re.compile(rf"^(?!{entry}\.)\d"))
    return wait_for_case(page)


def expect_overlay(page: Page, shown: bool) -> None:
    expect(page.locator(".stage")).to_have_attribute("data-overlay", str(shown).lower())


def view_of(page: Page) -> tuple[float, ...]:
    """Scale, the image point at the stage's centre (x, y), quarter turns, mirrored."""
    return tuple(float(part) for part in page.locator(".stage").get_attribute("data-view").split())


def window_of(page: Page) -> tuple[float, float]:
    """The values shown as black and as white."""
    low, high = page.locator(".stage").get_attribute("data-window").split()
    return float(low), float(high)


def next_frame(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def entry_of(case: str) -> int:
    return int(case.split(".")[0])


def press_verdict(page: Page, key: str) -> None:
    """Give a verdict by its key and wait until it is saved."""
    page.keyboard.press(key)
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
