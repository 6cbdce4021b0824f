"""Two browsers, two readers, one batch: nothing is lost or mixed up, and nothing is read twice unless wanted."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.bootstrap import Services
from core.domain import Mark, MarkKind, Verdict
from core.reading.review.cases import ReviewStep
from core.reading.worklist import WorklistFilter, WorklistOrder
from tests import phantoms
from tests.browser import actions
from tests.browser.conftest import PATIENCE_MS, SIZE, Server, start, stop, wait_until_up
from tests.fakes import read_all

COUNT = 14
KEYS = {"f": Verdict.FRACTURED, "n": Verdict.NOT_FRACTURED, "u": Verdict.UNSURE, "x": Verdict.NOT_ASSESSABLE}


@pytest.fixture
def desks(window: BrowserContext) -> Iterator[dict[str, Page]]:
    """A browser context each: neither knows anything of the other."""
    contexts = {name: window.browser.new_context(viewport=SIZE) for name in ("ann", "bob")}
    for context in contexts.values():
        context.set_default_timeout(PATIENCE_MS)
    yield {name: context.new_page() for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


def batch_of(services: Services, name: str, count: int, second_share: float = 0.0) -> WorklistOrder:
    batch = services.ingest.create_batch(name, "ann", second_share=second_share)
    for number in range(count):
        rng = np.random.default_rng([number, *name.encode()])
        pixels = phantoms.bone(rng, fractured=bool(number % 2), size=(96, 72))
        list(services.ingest.take_in(batch.id, f"{name}{number}.png", phantoms.encode(pixels, "PNG")))
    read_all(services)
    return services.worklist.freeze(WorklistFilter(batch_id=batch.id))


def key_of(reader: str, entry: int) -> str:
    """What a reader will say of a radiograph: not the same as the other one, mostly, and not the same everywhere."""
    return "fnux"[(entry * 7 + (3 if reader == "bob" else 0) * entry) % 4]


def test_two_readers_at_once(desks: dict[str, Page], filled: Server) -> None:
    services = filled.services()
    order = batch_of(services, "both", COUNT, second_share=0.4)
    wanted = {entry: services.worklist.row(entry).readers_wanted for entry in order.entry_ids}
    assert {1, 2} <= set(wanted.values())
    for reader, page in desks.items():
        actions.open_screen(page, filled.url, "review", order=order.id, reader=reader)
        expect(page.get_by_text(f"Reading as {reader}")).to_be_visible()
        actions.wait_for_case(page)
        page.get_by_text("Go on after a verdict").click()
        expect(page.locator(".stage")).to_have_attribute("data-advances", "true")
        actions.settle(page)
    said: dict[tuple[str, int], Verdict] = {}
    reading = dict(desks)
    while reading:
        shown = {reader: actions.wait_for_case(page) for reader, page in reading.items()}
        for reader, page in reading.items():  # both keys are down before either has been heard
            entry = actions.entry_of(shown[reader])
            key = key_of(reader, entry)
            assert (reader, entry) not in said
            said[reader, entry] = KEYS[key]
            page.keyboard.press(key)
        for reader, page in list(reading.items()):
            if not went_on(page, shown[reader]):
                del reading[reader]
    found = {
        (review.reader, entry): review.verdict
        for entry in order.entry_ids
        for review in services.reviews.history(entry)
    }
    assert found == said
    readers = {entry: {name for name, of in said if of == entry} for entry in order.entry_ids}
    assert all(len(readers[entry]) <= wanted[entry] for entry in order.entry_ids), (readers, wanted)
    assert {reader for reader, _ in said} == {"ann", "bob"}
    left = [entry for entry in order.entry_ids if len(readers[entry]) < wanted[entry]]
    for page in desks.values():  # what the other had open as this one came by stands there as left
        expect(page.get_by_text("Nothing further down is yours to read.")).to_be_visible()
    assert len(left) <= 2
    services.close()


def went_on(page: Page, case: str) -> bool:
    """Wait until the verdict is saved: whether another radiograph came, or this was the last."""
    entry = actions.entry_of(case)
    other = page.locator(f'.stage[data-case]:not([data-case^="{entry}."])')
    last = page.get_by_text(re.compile("^Saved"))
    expect(other.or_(last).first).to_be_visible()
    actions.settle(page)
    return other.count() > 0


def test_what_one_has_open_the_other_cannot_say_anything_of(desks: dict[str, Page], filled: Server) -> None:
    services = filled.services()
    order = batch_of(services, "held", 3)
    ann, bob = desks.values()
    actions.open_screen(ann, filled.url, "review", order=order.id, entry=order.entry_ids[0], reader="ann")
    actions.wait_for_case(ann)
    actions.settle(ann)
    actions.open_screen(bob, filled.url, "review", order=order.id, entry=order.entry_ids[0], reader="bob")
    actions.wait_for_case(bob)
    expect(bob.get_by_text("ann is reading this radiograph.")).to_be_visible()
    expect(bob.get_by_role("button", name="Not fractured")).to_be_disabled()
    bob.keyboard.press("f")
    expect(bob.get_by_text("Nothing was saved").first).to_be_visible()
    assert services.reviews.history(order.entry_ids[0]) == []
    ann.keyboard.press("w")
    expect(ann.get_by_role("button", name="Review from here")).to_be_visible()
    expect(bob.get_by_text("No verdict of yours yet.")).to_be_visible()
    actions.press_verdict(bob, "n")
    assert [review.reader for review in services.reviews.history(order.entry_ids[0])] == ["bob"]
    services.close()


def test_readers_who_differ_are_adjudicated_by_key(desks: dict[str, Page], filled: Server) -> None:
    services = filled.services()
    order = batch_of(services, "differ", 2, second_share=1.0)
    entry = order.entry_ids[0]
    for page, reader, key in zip(desks.values(), desks, "fn", strict=True):
        actions.open_screen(page, filled.url, "review", order=order.id, entry=entry, reader=reader)
        actions.wait_for_case(page)
        actions.settle(page)
        actions.press_verdict(page, key)
    services.reviews.give(entry, None, "ann", Verdict.FRACTURED, marks=[Mark(MarkKind.BOX, 9, 9, 30, 40, "here")])
    page = desks["bob"]
    batch = services.worklist.row(entry).batch_id
    actions.open_screen(page, filled.url, "batches", batch=batch, reader="carl")
    page.get_by_role("button", name="Adjudicate 1").click()
    actions.wait_for_case(page)
    expect(page.get_by_role("region", name="Readers differ")).to_contain_text("ann")
    expect(page.get_by_text("1 of 1 to adjudicate")).to_be_visible()
    expect(page.locator(".mark.other")).to_have_count(1)
    expect(page.locator(".mark.other")).to_contain_text("ann: here")
    actions.settle(page)
    actions.press_verdict(page, "u")
    row = services.worklist.row(entry)
    assert (row.adjudicated, row.reviewer, row.verdict) == (True, "carl", Verdict.UNSURE)
    assert services.reviews.latest(entry, "carl", adjudication=True).marks == ()  # ann's are hers
    assert services.cases.case(entry, "carl").step is ReviewStep.DONE
    services.close()


def test_a_closed_browser_gives_its_case_free(desks: dict[str, Page], filled: Server) -> None:
    """Its session ends, though not at once, since a connection that was lost may come back."""
    services = filled.services()
    (entry,) = batch_of(services, "gone", 1).entry_ids
    server = wait_until_up(start(filled.home, "--server.disconnectedSessionTTL", "1"))
    try:
        actions.open_screen(desks["ann"], server.url, "review", entry=entry, reader="ann")
        actions.wait_for_case(desks["ann"])
        assert services.cases.case(entry, "bob").held_by == "ann"
        desks["ann"].context.close()
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while services.cases.case(entry, "bob").step is ReviewStep.HELD:
            assert time.monotonic() < deadline, "the case was never given free"
            time.sleep(0.2)
    finally:
        stop(server)
    services.close()
