"""The guided demonstration: offered where there is nothing yet, honest, and gone when it is ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.reading.intake import demonstration
from core.reading.worklist import WorklistFilter
from dashboard.state import Screen
from tests.dashboard.conftest import READER, Fill, parameter

Open = Callable[..., AppTest]


def button(app: AppTest, label: str) -> object:
    return next(each for each in app.button if each.label == label)


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.sidebar.get("html"))


@pytest.mark.parametrize("screen", ["worklist", "review", "upload"])
def test_it_is_offered_where_there_is_nothing_and_says_what_it_is(open_app: Open, screen: str) -> None:
    app = open_app(screen)
    assert any("drawings and no patient" in caption.value for caption in app.caption)
    assert button(app, "Try it with phantoms")


def test_it_leads_from_screen_to_screen(open_app: Open, fill: Fill, services: Services) -> None:
    app = open_app()
    button(app, "Try it with phantoms").click().run()
    assert not app.exception
    (batch,) = services.worklist.batches()
    assert (batch.name, batch.entries, batch.reader) == (demonstration.NAME, demonstration.COUNT, READER)
    fill.read()
    seen = []
    while "Demonstration" in words(app):
        seen.append(words(app).split("<h2>")[1].split("</h2>")[0])
        following = [each for each in app.sidebar.button if each.key == "guide-next"]
        if not following:
            break
        following[0].click().run()
        assert not app.exception
    assert seen == [f"Demonstration, {number} of 5" for number in range(1, 6)]
    app.button(key="guide-end").click().run()
    assert "Demonstration" not in words(app)
    assert "guide" not in app.query_params


def test_a_refresh_comes_back_into_it(open_app: Open, fill: Fill) -> None:
    fill("Monday", 2)
    app = open_app("review", guide="on")
    assert "Demonstration, 2 of 5" in words(app)
    assert parameter(app, "guide") == "on"
    assert "Demonstration" not in words(open_app(Screen.MODEL, guide="on"))  # nothing is said of this one


def test_phantoms_are_the_same_every_time_and_all_different(services: Services) -> None:
    assert demonstration.phantoms() == demonstration.phantoms()
    batch = services.demonstration.start(READER)
    assert len(services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids) == demonstration.COUNT
    assert not services.ingest.refusals(batch.id)
