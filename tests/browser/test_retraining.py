"""Retraining in the browser: ZIP, audit, preview, train, cancel, train, compare, promote; the champion reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.learning.datasets.manifest import Split
from core.reading.worklist import WorklistFilter
from tests import phantoms
from tests.browser import actions
from tests.browser.conftest import Server, start, stop, wait_until_up

AUDIT_MS = 60_000
TRAINING_MS = 300_000  # it waits for TensorFlow, and other work may have the processors
COUNTS = {"train": 24, "val": 12, "test": 20}
TWICE = "train/fractured/0000.jpg", "test/fractured/again.jpg"
BATCH = 3
DRAG_PIXELS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with an empty store, where the version that ships serves."""
    running = wait_until_up(start(tmp_path_factory.mktemp("retraining")))
    yield running
    stop(running)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A ZIP of class folders; one picture of `train` is in `test` too, and some phantoms are as like as copies."""
    folder = phantoms.class_folders(tmp_path / "folders", COUNTS, size=(128, 96), seed=3)
    members = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.jpg"))}
    members[TWICE[1]] = members[TWICE[0]]
    path = tmp_path / "phantoms.zip"
    path.write_bytes(phantoms.zip_of(members))
    return path


def test_from_a_zip_to_a_new_champion(page: Page, server: Server, archive: Path) -> None:
    services = server.services()
    shipped = services.model_versions.champion_name()
    audit(page, server, archive)
    (kept,) = services.data_sets.kept()
    manifest = services.data_sets.get(kept)
    assert not manifest.leaks
    assert len({item.sha256 for item in manifest.items}) == len(manifest.items)  # the further copy is left out

    preview(page)
    start_training(page, "cancelled-1", epochs=50)
    expect(page.get_by_text(re.compile("epoch 1 of"))).to_be_visible(timeout=TRAINING_MS)
    page.get_by_role("button", name="Cancel training").click()
    expect(page.get_by_role("button", name="Resume at its last epoch")).to_be_visible(timeout=TRAINING_MS)
    assert services.trainings.jobs()[0].job.state == "cancelled"

    start_training(page, "phantoms-1", epochs=2)
    compare = page.get_by_role("button", name="Compare with the champion")
    expect(compare).to_be_visible(timeout=TRAINING_MS)
    expect(page.locator('[data-testid="stVegaLiteChart"]')).to_have_count(3)
    assert [len(job.epochs) for job in services.trainings.jobs()[:1]] == [2]
    assert len(manifest.of(Split.TEST)) == services.registry.get("phantoms-1").card.figures["test"].n

    compare.click()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".advice")).to_be_visible(timeout=TRAINING_MS)
    promote(page)
    assert services.model_versions.champion_name() == "phantoms-1"
    assert services.promotions.history()[0].comparison_id is not None

    batch = upload(page, server)
    expect(page.locator(".worker")).to_have_text(re.compile("All read"), timeout=TRAINING_MS)
    rows = services.worklist.page(services.worklist.freeze(WorklistFilter()), 1, 10)
    assert {(row.batch_name, row.model_version) for row in rows} == {(batch, "phantoms-1")}
    assert len(rows) == BATCH

    actions.open_screen(page, server.url, "models")
    page.get_by_role("button", name="Roll back to the version before").click()
    expect(page.get_by_text(f"{shipped} serves again.")).to_be_visible()
    assert services.model_versions.champion_name() == shipped
    services.close()


def audit(page: Page, server: Server, archive: Path) -> None:
    """Upload, look at what was found, split anew, keep; a refresh loses nothing of it."""
    actions.open_screen(page, server.url, "datasets")
    page.get_by_label("Name", exact=True).fill("phantoms")
    actions.settle(page)
    page.locator('input[type="file"]').set_input_files(archive)
    expect(page.get_by_text(archive.name)).to_be_visible()
    actions.settle(page)
    page.get_by_role("button", name="Audit", exact=True).click()
    expect(page.get_by_text(re.compile("of test ha(s a copy|ve copies) in train"))).to_be_visible(timeout=AUDIT_MS)
    page.reload()
    actions.settle(page)
    page.get_by_role("tab", name="Copies").click()
    page.get_by_role("button", name="Page 2").click()  # on the first stand those that come in more than two files
    for name in TWICE:
        expect(page.locator("figure", has_text=name).locator("img")).to_be_visible()
    page.get_by_role("tab", name="Division").click()
    page.get_by_role("button", name="Keep as a data set").click()
    expect(page.get_by_text(re.compile("Kept: phantoms"))).to_be_visible()


def preview(page: Page) -> None:
    """The pictures change while the slider moves, before the pointer is lifted."""
    page.get_by_role("button", name="Train on it").click()
    sheet = page.locator("img.sheet")
    expect(sheet).to_be_visible()
    actions.settle(page)
    before = sheet.get_attribute("src")
    slider = page.locator('input[type="range"][name="rotation"]')
    slider.hover()  # once it stands still
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 12 + DRAG_PIXELS, box["y"] + box["height"] / 2, steps=4)
    dragged = slider.input_value()
    expect(sheet).not_to_have_attribute("src", before)
    page.mouse.up()
    actions.settle(page)
    assert slider.input_value() == dragged, "the preset that it left has put it back"
    page.get_by_text("Gentle", exact=True).click()
    expect(slider).to_have_value("10")


def start_training(page: Page, version: str, epochs: int) -> None:
    """The small network at its smallest size, from the version that ships."""
    page.get_by_text("New training", exact=True).click()
    settings = {"Name of the new version": version, re.compile("^Epochs"): epochs, re.compile("^Image size"): 64}
    for label, value in settings.items():
        page.get_by_label(label).fill(str(value))
        page.keyboard.press("Enter")
        actions.settle(page)
    begin = page.get_by_role("button", name="Start training")
    expect(begin).to_be_enabled()
    begin.click()
    expect(page.get_by_role("button", name="Cancel training")).to_be_visible()


def promote(page: Page) -> None:
    """In one click where the comparison supports it, else with a reason; offered once the comparison is over."""
    expect(page.get_by_role("button", name=re.compile("^Promote phantoms-1"))).to_be_visible()
    reason = page.get_by_label(re.compile("^Reason to promote all the same"))
    if reason.count():
        reason.fill("phantoms are what it is to read here")
    page.get_by_role("button", name=re.compile("^Promote phantoms-1")).click()
    expect(page.get_by_text(re.compile("^phantoms-1 serves now"))).to_be_visible()


def upload(page: Page, server: Server) -> str:
    """A batch of phantoms, taken in by the screen."""
    rng = np.random.default_rng(8)
    drawn = [phantoms.encode(phantoms.bone(rng, bool(index % 2)), "PNG") for index in range(BATCH)]
    actions.open_screen(page, server.url, "upload")
    page.get_by_label("Batch name").fill("After the promotion")
    files = [{"name": f"{index}.png", "mimeType": "image/png", "buffer": data} for index, data in enumerate(drawn)]
    page.locator('input[type="file"]').set_input_files(files)
    expect(page.locator(".sums")).to_have_text(re.compile(rf"{BATCH}\s*received\s*{BATCH}\s*taken in"))
    page.get_by_role("button", name="Open the worklist").click()
    return "After the promotion"
