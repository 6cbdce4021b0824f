"""The worklist's columns: what stands in them can be read at 1280x800; a cell that is cut shows nobody its rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from core.prediction.caution import OUTSIDE, SHORT, SHORT_DECLINED
from core.prediction.gate import BLANK, NARROW, NOISE, UNLIKE
from dashboard.components import table
from dashboard.components.theme import BANDS, VERDICTS
from tests.browser import actions
from tests.browser.conftest import Server

PADDING = 16  # left and right of a cell's text
REASONS = [reason.removeprefix("The picture is ") for reason in (BLANK, NARROW, NOISE, UNLIKE)]
TEXTS = {
    "why": [*REASONS, OUTSIDE, *SHORT_DECLINED.values(), *(f"{s}, anatomy not validated" for s in SHORT.values())],
    "band": [look.label for look in BANDS.values()],
    "verdict": [*VERDICTS.values(), "readers differ"],
    "probability": ["Probability"],
}
MEASURE = """(grid, texts) => {
  const style = getComputedStyle(grid.querySelector("canvas").closest("[style*='--gdg-font-family']"));
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.getPropertyValue("--gdg-base-font-style")} ${style.getPropertyValue("--gdg-font-family")}`;
  return texts.map((text) => pen.measureText(text).width);
}"""


@pytest.mark.parametrize("column", TEXTS)
def test_what_a_column_holds_fits_into_it(page: Page, filled: Server, column: str) -> None:
    actions.open_screen(page, filled.url)
    actions.grid(page).locator("canvas").first.wait_for()
    widths = actions.grid(page).evaluate(MEASURE, TEXTS[column])
    assert min(widths) > PADDING
    assert max(widths) + PADDING <= table.COLUMNS[column]["width"]


@pytest.mark.parametrize(
    "columns", [{**table.COLUMNS, "why": {"width": 0}}, table.COLUMNS | table.COLUMNS_WITH_REASONS]
)
def test_all_columns_fit_beside_each_other(page: Page, filled: Server, columns: dict[str, dict]) -> None:
    actions.open_screen(page, filled.url)
    room = actions.grid(page).locator(".dvn-scroller").evaluate("scroller => scroller.clientWidth")
    assert room - 20 <= sum(column["width"] for column in columns.values()) <= room
