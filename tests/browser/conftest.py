"""A real server, a real worker and a real Chromium, over homes of the tests' own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from core.bootstrap import Services, build
from core.config import Settings
from core.processes import now
from core.store import workers
from tests import phantoms
from tests.chromium import find
from tests.fakes import VERSION, add_fake_version, read_all

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
PATIENCE_MS = 45_000  # a busy machine; what is there sooner is taken sooner
SIZE = {"width": 1280, "height": 800}
ENTRIES = 45


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    url: str
    home: Path
    process: subprocess.Popen

    def services(self) -> Services:
        """The same store, seen from this process."""
        return build(Settings.from_environment({"FRACTURE_HOME": str(self.home)}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(home: Path, *arguments: str, folder: Path = ROOT) -> Server:
    """Start the dashboard as a user would, but without opening a browser."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py")]
    command += ["--server.port", str(port), "--server.headless", "true", *arguments]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("FRACTURE_", "STREAMLIT_"))
    }
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment | {"FRACTURE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Server(f"http://127.0.0.1:{port}", home, process)


def wait_until_up(server: Server) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert server.process.poll() is None, server.process.stdout.read()
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return server
        except OSError:
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.1)


def stop(server: Server) -> None:
    """End the server; its worker ends by itself when its parent is gone, and is helped along here."""
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    server.process.stdout.close()
    services = server.services()
    for worker in services.queue.workers():
        pid = int(worker.owner.rsplit("|", 2)[1])
        if pid != os.getpid():
            os.kill(pid, signal.SIGTERM)
    services.close()


@pytest.fixture(scope="package")
def window() -> Iterator[BrowserContext]:
    """One browser window at 1280x800; tabs share its cache, and each is a session of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(find()), args=FLAGS)
        context = chromium.new_context(viewport=SIZE, accept_downloads=True)
        context.set_default_timeout(PATIENCE_MS)
        yield context
        chromium.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A tab that fails the test when it asks anything of another machine or a script breaks."""
    tab = window.new_page()
    elsewhere: list[str] = []
    broken: list[str] = []
    local = re.compile(r"^(blob:|data:|https?://(127\.0\.0\.1|localhost)[:/])")
    tab.on("request", lambda request: None if local.match(request.url) else elsewhere.append(request.url))
    tab.on("pageerror", lambda error: broken.append(str(error)))
    yield tab
    tab.close()
    assert not elsewhere, elsewhere
    assert not broken, broken


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard whose store holds one batch of phantoms, read by the fake classifier."""
    home = tmp_path_factory.mktemp("filled")
    server = Server("", home, None)  # type: ignore[arg-type]
    services = server.services()
    add_fake_version(services.settings.models)
    with services.database.writing() as connection:
        workers.appoint(connection, VERSION, "test", "for the test", now())
    fill(services, "Monday night", ENTRIES)
    services.close()
    running = wait_until_up(start(home))
    yield running
    stop(running)


def fill(services: Services, name: str, count: int, seed: int = 0, *, read: bool = True) -> int:
    """A batch of phantoms, read by the fake classifier in this process, or left to be read."""
    batch = services.ingest.create_batch(name, "test")
    rng = np.random.default_rng(seed)
    for index in range(count):
        pixels = phantoms.bone(rng, fractured=bool(index % 2), size=(96, 72)) // 2
        pixels = (pixels + np.uint8(120 * index / max(1, count - 1))).astype(np.uint8)
        list(services.ingest.take_in(batch.id, f"x{index:03d}.png", phantoms.encode(pixels, "PNG")))
    if read:
        read_all(services)
    return batch.id
