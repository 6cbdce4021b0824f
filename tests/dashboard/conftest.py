"""The whole app in Streamlit's own test runner, over real services in a home of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.config import Settings
from core.processes import code_version, name_of, now
from core.reading.intake.ingest import Batch
from core.store import workers
from tests import phantoms
from tests.fakes import VERSION, add_fake_version, read_all

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
TIMEOUT = 30.0
READER = "reader under test"


@pytest.fixture
def services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Services over the home that FRACTURE_HOME names, with a fake champion and this process as its worker."""
    monkeypatch.setattr("getpass.getuser", lambda: READER)
    st.cache_resource.clear()
    services = build(settings)
    add_fake_version(settings.models)
    with services.database.writing() as connection:
        workers.appoint(connection, VERSION, READER, "for the test", now())
    be_the_worker(services)
    yield services
    services.close()
    st.cache_resource.clear()


def be_the_worker(services: Services) -> None:
    """Let this process stand as a living worker, so that the app starts none."""
    services.queue.report(name_of(os.getpid()), code_version(), "idle")


@dataclass(frozen=True)
class Fill:
    """Takes phantoms into batches."""

    services: Services

    def __call__(self, name: str, count: int, *, read: bool = True, seed: int = 0) -> Batch:
        """A batch of so many different phantoms, the later the brighter (the fake classifier likes them bright)."""
        batch = self.services.ingest.create_batch(name, READER)
        rng = np.random.default_rng(seed)
        for index in range(count):
            pixels = phantoms.bone(rng, fractured=bool(index % 2), size=(64, 48)) // 2
            pixels = (pixels + np.uint8(120 * index / max(1, count - 1))).astype(np.uint8)
            list(self.services.ingest.take_in(batch.id, f"x{index:03d}.png", phantoms.encode(pixels, "PNG")))
        if read:
            self.read()
        return self.services.ingest.batch(batch.id)

    def read(self) -> None:
        """Read what waits."""
        read_all(self.services)
        be_the_worker(self.services)


def parameter(app: AppTest, name: str) -> str:
    """One parameter of the app's address."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


@pytest.fixture
def fill(services: Services) -> Fill:
    return Fill(services)


@pytest.fixture
def open_app(services: Services) -> Callable[..., AppTest]:
    """Open the app, on a screen, with URL parameters."""

    def opened(screen: str = "worklist", **parameters: object) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
        for name, value in parameters.items():
            app.query_params[name] = str(value)
        if screen != "worklist":
            app.run()
            for name, value in parameters.items():
                app.query_params[name] = str(value)
            app.switch_page(f"screens/{screen}.py")
        app.run()
        assert not app.exception, app.exception
        return app

    return opened
