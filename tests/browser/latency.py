"""Measure how long the next radiograph takes to come: `python -m tests.browser.latency [FOLDER] [--pixels N]`.

From the key's own time to the first frame with the next radiograph on it, in headless Chromium on this machine, over
100 cases: at a reader's pace and without any pause, by the arrow and by a verdict that goes on. Radiographs are
phantoms of 512 and of 2,500 pixels, or of one of these sizes, or those of FOLDER.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from core.bootstrap import Services
from core.processes import now
from core.reading.worklist import WorklistFilter
from core.store import workers
from tests import phantoms
from tests.browser import actions
from tests.browser.conftest import FLAGS, PATIENCE_MS, SIZE, Server, start, stop, wait_until_up
from tests.chromium import find
from tests.fakes import VERSION, add_fake_version, read_all

CASES = 100
PACE_MS = 700  # a quick reader looks at a radiograph for longer
MOST_MS = {512: 300, 2500: 600}  # by pixels of the longer side, the most milliseconds at the 95th percentile
ASPECT = 0.8

PRESSED = "addEventListener('keydown', (event) => { window.pressed = event.timeStamp; }, true)"  # before the viewer's
# Resolves once another radiograph is on the screen: milliseconds from the key to the frame that shows it.
ARM = """stage => {
  const before = stage.dataset.entry;
  window.arrived = new Promise((done) => {
    new MutationObserver((_, observer) => {
      if (stage.dataset.entry === before) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - window.pressed)));
    }).observe(stage, { attributes: true, attributeFilter: ["data-entry"] });
  });
}"""


def main(folder: Path | None, sizes: Sequence[int]) -> None:
    """Print one line for each kind of radiograph and each way of reading."""
    with tempfile.TemporaryDirectory() as home:
        server = Server("", Path(home), None)  # type: ignore[arg-type]
        services = server.services()
        add_fake_version(services.settings.models)
        with services.database.writing() as connection:
            workers.appoint(connection, VERSION, "latency", "for the measurement", now())
        batches = _batches(services, folder, sizes)
        services.close()
        running = wait_until_up(start(Path(home)))
        try:
            _measure(running, batches)
        finally:
            stop(running)


def _batches(services: Services, folder: Path | None, sizes: Sequence[int]) -> dict[str, tuple[str, int | None]]:
    """What is measured: order id and the target in milliseconds, by name."""
    if folder:
        files = sorted(path for path in folder.rglob("*") if path.is_file())[: CASES + 1]
        return {folder.name: (_take_in(services, folder.name, ((f.name, f.read_bytes()) for f in files)), None)}
    return {f"{size} pixels": (_take_in(services, f"{size}", _phantoms(size)), MOST_MS[size]) for size in sizes}


def _phantoms(size: int) -> Iterator[tuple[str, bytes]]:
    bone = phantoms.bone(np.random.default_rng(size), True, size=(size, round(size * ASPECT))) // 2
    for number in range(CASES + 1):
        yield f"{number:03d}.png", phantoms.encode(bone + np.uint8(number), "PNG")


def _take_in(services: Services, name: str, files: Iterator[tuple[str, bytes]]) -> str:
    batch = services.ingest.create_batch(name, "latency")
    for file_name, data in files:
        list(services.ingest.take_in(batch.id, file_name, data))
    read_all(services)
    return services.worklist.freeze(WorklistFilter(batch_id=batch.id)).id


def _measure(server: Server, batches: dict[str, tuple[str, int | None]]) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find()), args=FLAGS)
        for name, (order, most) in batches.items():
            for way, key, pause in (
                ("arrow", "ArrowRight", PACE_MS),
                ("arrow", "ArrowRight", 0),
                ("verdict", "f", PACE_MS),
            ):
                page = browser.new_page(viewport=SIZE)
                page.add_init_script(PRESSED)
                page.set_default_timeout(PATIENCE_MS)
                actions.open_screen(page, server.url, "review", order=order)
                actions.wait_for_case(page)
                page.wait_for_timeout(2 * PACE_MS)  # until the radiographs after it are here
                if way == "verdict":
                    page.get_by_text("Go on after a verdict").click()
                    expect(page.locator(".stage")).to_have_attribute("data-advances", "true")
                times = _walk(page, key, pause)
                page.close()
                print(_line(f"{name}, {way}, pause {pause} ms", times, most), flush=True)
        browser.close()


def _walk(page: Page, key: str, pause: int) -> list[float]:
    times = []
    total = int(page.get_by_text("1 of").first.inner_text().split()[-1].replace(",", ""))
    for _ in range(min(CASES, total - 1)):
        page.locator(".stage[data-case]").evaluate(ARM)
        page.keyboard.press(key)
        times.append(page.evaluate("() => window.arrived"))
        page.wait_for_timeout(pause)
    return times


def _line(name: str, times: Sequence[float], most: int | None) -> str:
    middle, high = np.percentile(times, [50, 95])
    judged = "" if most is None else f"  target {most}: {'met' if high <= most else 'missed'}"
    return f"{name:40} n {len(times):3}  p50 {middle:4.0f}  p95 {high:4.0f}  max {max(times):4.0f} ms{judged}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How long the next radiograph takes to come.")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="radiographs instead of phantoms")
    parser.add_argument("--pixels", type=int, choices=MOST_MS, help="phantoms of this size alone")
    arguments = parser.parse_args()
    main(arguments.folder, [arguments.pixels] if arguments.pixels else list(MOST_MS))
