"""Model: the champion's card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.registry import WEIGHTS
from tests.fakes import VERSION

Open = Callable[..., AppTest]


def test_the_card_is_shown(open_app: Open, services: Services) -> None:
    shown = " ".join(element.proto.body for element in open_app("model").get("html"))
    for part in (VERSION, "Not a medical device", "high sensitivity", "90 %", "80 to 95 %", "phantoms", "50 %"):
        assert part in shown


def test_a_champion_that_is_gone_is_an_error_with_its_name(open_app: Open, services: Services) -> None:
    folder: Path = services.settings.models / VERSION
    (folder / WEIGHTS).unlink()
    (folder / "card.json").unlink()
    folder.rmdir()
    app = open_app("model")
    assert "fake" in app.error[0].value
