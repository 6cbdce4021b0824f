"""The whole path: upload, the prediction appears, overlay, verdict by key, CSV downloaded and read back."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.processes import now
from core.store import workers
from tests import phantoms
from tests.browser import actions
from tests.browser.conftest import Server, start, stop, wait_until_up

READING_MS = 90_000  # the worker imports TensorFlow first
COUNT = 6
FOLDER = 30
DROP_MS = 150_000  # the browser sends one file after the other, and a busy machine takes its time over each
UNGATED = "ungated"
# The most "Open the worklist" that stood on the screen at once.
COUNT_OPENERS = """() => {
  window.mostOpeners = 0;
  const count = () => {
    const openers = [...document.querySelectorAll("button")].filter((each) => each.innerText === "Open the worklist");
    window.mostOpeners = Math.max(window.mostOpeners, openers.length);
  };
  new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
}"""
LOGGED = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ (INFO|WARNING|ERROR) ")  # TensorFlow's libraries write otherwise


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with an empty store and the champion that ships, but for the gate, which declines phantoms."""
    home = tmp_path_factory.mktemp("path")
    services = Server("", home, None).services()  # type: ignore[arg-type]
    registry, model = services.registry, services.registry.default()
    weights = registry.weights(model.version)
    registry.add(UNGATED, replace(model.card, gate=None), lambda path: shutil.copyfile(weights, path))
    with services.database.writing() as connection:
        workers.appoint(connection, UNGATED, "test", "reads phantoms", now())
    services.close()
    running = wait_until_up(start(home))
    yield running
    stop(running)


@pytest.fixture
def pile(tmp_path: Path) -> list[Path]:
    """Phantoms, one of them twice, and a file that is none."""
    rng = np.random.default_rng(5)
    files = []
    for index in range(COUNT):
        files.append(tmp_path / f"bone {index}.png")
        files[-1].write_bytes(phantoms.encode(phantoms.bone(rng, bool(index % 2)), "PNG"))
    (tmp_path / "again.png").write_bytes(files[0].read_bytes())
    (tmp_path / "letter.txt").write_text("not a picture")
    return [*files, tmp_path / "again.png", tmp_path / "letter.txt"]


def test_from_a_pile_of_files_to_a_csv(page: Page, server: Server, pile: list[Path], tmp_path: Path) -> None:
    actions.open_screen(page, server.url)
    page.get_by_role("button", name="Upload radiographs").click()
    page.get_by_label("Batch name").fill("Night shift")
    page.locator('input[type="file"]').set_input_files(pile)
    sums = page.locator(".sums")
    expect(sums).to_have_text(re.compile(r"8\s*received\s*6\s*taken in\s*1\s*already there\s*1\s*refused"))
    expect(page.get_by_role("row", name=re.compile(r"again\.png\s*bone 0\.png\s*this one"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the refused list").click()
    assert [row["file"] for row in read(download.value, tmp_path)] == ["letter.txt"]

    services = server.services()
    assert [batch.name for batch in services.worklist.batches()] == ["Night shift"]

    page.get_by_role("button", name="Open the worklist").click()
    expect(page.locator(".worker")).to_have_text(re.compile("All read"), timeout=READING_MS)
    log = (server.home / "worker.log").read_text().splitlines()
    assert [line for line in log if not LOGGED.match(line)] == []
    assert any("has loaded" in line for line in log)
    page.get_by_role("button", name=re.compile("new, reorder")).click()
    expect(page.get_by_role("button", name=re.compile("new, reorder"))).to_have_count(0)
    first = actions.cells(page, "Id")[0]
    case = actions.open_row(page, 0)
    expect(page.get_by_text(re.compile(f"^{first}"))).to_be_visible()

    actions.expect_overlay(page, False)
    page.keyboard.press("o")
    shown = page.locator('.stage[data-overlay="true"]').or_(page.get_by_text("the heatmap is empty"))
    expect(shown.first).to_be_visible()
    actions.press_verdict(page, "f")

    page.get_by_role("link", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    rows = read(download.value, tmp_path)
    assert len(rows) == COUNT
    assert {row["sha256"] for row in rows} == {digest(path) for path in pile[:COUNT]}
    (mine,) = [row for row in rows if row["verdict"]]
    assert (mine["verdict"], mine["batch"]) == ("fractured", "Night shift")
    assert mine["sha256"].startswith(first)
    shown = services.worklist.row(actions.entry_of(case))
    assert mine["sha256"] == shown.sha256
    assert mine["model_version"] == shown.model_version == UNGATED
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    services.close()


def test_a_folder_is_one_drop_and_one_batch(page: Page, server: Server, tmp_path: Path) -> None:
    """However many files come in at once, they are taken in once."""
    rng = np.random.default_rng(5)
    for index in range(FOLDER):
        path = tmp_path / "night" / f"shelf {index % 3}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(phantoms.encode(phantoms.bone(rng, bool(index % 2), size=(64, 48)), "PNG"))
    services = server.services()
    before = len(services.worklist.batches())
    actions.open_screen(page, server.url, "upload")
    page.get_by_text("A folder", exact=True).click()
    expect(page.locator('input[type="file"][webkitdirectory]')).to_be_attached()
    actions.settle(page)
    page.evaluate(COUNT_OPENERS)
    page.locator('input[type="file"][webkitdirectory]').set_input_files(tmp_path / "night")
    done = re.compile(rf"{FOLDER}\s*received\s*{FOLDER}\s*taken in")
    expect(page.locator(".sums")).to_have_text(done, timeout=DROP_MS)
    expect(page.get_by_role("button", name="Cancel the rest")).to_have_count(0)
    assert page.evaluate("() => window.mostOpeners") == 1  # what is below the bar does not stand twice when it goes
    assert len(services.worklist.batches()) == before + 1
    assert services.worklist.batches()[0].entries == FOLDER
    services.close()


def read(download: object, folder: Path) -> list[dict[str, str]]:
    """A download as rows."""
    path = folder / download.suggested_filename
    download.save_as(path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
