"""Draw the README's pictures of the screens: `python -m tests.browser.pictures FOLDER`.

Every radiograph in them is a phantom. The shipped champion declines phantoms, so a version trained on some says what
is said of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import expect, sync_playwright

from core.bootstrap import Services
from core.cnn.training.recipe import RECIPES, Stage
from core.learning.training.make_version import run_training
from core.learning.training.provenance import Provenance
from core.processes import now
from core.store import workers
from tests import phantoms
from tests.browser.actions import click_row, open_screen, wait_for_case
from tests.browser.conftest import FLAGS, PATIENCE_MS, SIZE, Server, start, stop, wait_until_up
from tests.chromium import find

COUNT = 60
READ_SECONDS = 180
DRAWN_MS = 1500
VERSION = "phantoms-1"
SIZE_PIXELS = (512, 384)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        server = wait_until_up(start(Path(home)))
        try:
            services = server.services()
            _train(services, Path(home) / "phantoms")
            _fill(services)
            services.close()
            _draw(server, folder)
        finally:
            stop(server)


def _train(services: Services, folder: Path) -> None:
    """A version of its own for phantoms, from the shipped champion, and its appointment."""
    phantoms.class_folders(folder, {"train": 60, "val": 30}, size=SIZE_PIXELS, seed=11)
    recipe = replace(RECIPES["champion"], start="champion", box_weight=0.0, stages=(Stage(192, 4, 3e-4, 16),))
    made_up = Provenance("Phantoms: made-up radiographs", "Apache-2.0", "none", "by number", "as drawn")
    run_training(services.registry, folder, VERSION, recipe, folder / "run", made_up, services.settings.limits)
    with services.database.writing() as connection:
        workers.appoint(connection, VERSION, "pictures", "for the README", now())


def _fill(services: Services) -> None:
    """Take phantoms in as a reader would, and wait until the worker has read them."""
    batch = services.ingest.create_batch("Monday night, emergency", "reader")
    rng = np.random.default_rng(7)
    for index in range(COUNT):
        pixels = phantoms.bone(rng, fractured=index % 5 == 0, size=SIZE_PIXELS)
        list(services.ingest.take_in(batch.id, f"phantom-{index + 1:03d}.jpg", phantoms.encode(pixels, "JPEG")))
    services.ensure_worker()
    deadline = time.monotonic() + READ_SECONDS
    while services.queue.is_waiting() or services.queue.status().state == "reading":
        if time.monotonic() > deadline:
            raise TimeoutError("the worker did not read the phantoms")
        time.sleep(0.5)


def _draw(server: Server, folder: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(find()), args=FLAGS)
        page = chromium.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE_MS)
        open_screen(page, server.url)
        page.wait_for_timeout(DRAWN_MS)
        page.screenshot(path=folder / "worklist.png")
        click_row(page, 0)
        page.keyboard.press("Enter")
        wait_for_case(page)
        page.keyboard.press("o")
        page.wait_for_timeout(DRAWN_MS)
        page.screenshot(path=folder / "review.png")
        chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
