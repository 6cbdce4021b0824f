"""The place of a session: the URL names it, and a run that brings an address of a moment ago does not undo it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.reading.worklist import WorklistFilter
from dashboard import state
from tests.dashboard.conftest import Fill, parameter

Open = Callable[..., AppTest]


def walk(app: AppTest) -> AppTest:
    return next(button for button in app.button if button.label == "Next").click().run()


def test_an_address_of_a_moment_ago_changes_nothing(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 4)
    entries = services.worklist.freeze(WorklistFilter()).entry_ids
    app = open_app("review", entry=entries[0])
    old = {name: parameter(app, name) for name in app.query_params}
    walk(walk(app))
    assert parameter(app, "entry") == str(entries[2])
    for name, value in old.items():
        app.query_params[name] = value
    app.run()
    assert parameter(app, "entry") == str(entries[2])


def test_the_way_back_is_taken_once_the_address_has_settled(
    open_app: Open, fill: Fill, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill("Monday", 4)
    entries = services.worklist.freeze(WorklistFilter()).entry_ids
    app = open_app("review", entry=entries[0])
    monkeypatch.setattr(state, "SETTLING_SECONDS", 0.0)
    old = {name: parameter(app, name) for name in app.query_params}
    walk(app)
    for name, value in old.items():
        app.query_params[name] = value
    app.run()
    assert parameter(app, "entry") == str(entries[0])


@pytest.mark.parametrize("screen", list(state.Screen))
def test_the_readers_name_stays_in_the_address_of_every_screen(open_app: Open, fill: Fill, screen: str) -> None:
    """Streamlit's own navigation drops it; a refresh would then go on under another reader's name."""
    fill("Monday", 2)
    app = open_app(screen, reader="Bert")
    app.query_params.clear()
    app.run()
    assert not app.exception
    assert parameter(app, "reader") == "Bert"
