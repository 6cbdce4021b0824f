"""How far overlays can be trusted, by band."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.card import ModelCard, ModelVersion, SplitFigures, read
from core.config import SHIPPED_MODELS
from core.domain import Band
from core.reading.overlay_trust import OverlayTrust, overlay_trust
from core.registry import Registry

FIGURES = {
    "dataset": "somewhere",
    "split": "test",
    "bands": {
        "positive": {"share_fractured": 0.76},
        "doubt": {"share_fractured": 0.08, "share_fractured_ci": [0.05, 0.13]},
    },
    "hit_rate_true_positives": 0.7,
    "hit_rate_ci_true_positives": [0.6, 0.8],
}


@pytest.fixture
def shipped(tmp_path: Path) -> list[ModelVersion]:
    """The versions that ship, to take a whole card from."""
    return Registry(SHIPPED_MODELS, tmp_path / "models").versions()


def card_with(shipped: list[ModelVersion], test: object) -> ModelCard:
    """A card with these figures of the test."""
    return replace(shipped[0].card, figures={} if test is None else {"test": read(SplitFigures, test)})


def test_it_misleads_where_few_are_fractured(shipped: list[ModelVersion]) -> None:
    card = card_with(shipped, FIGURES)
    assert overlay_trust(Band.POSITIVE, card) == OverlayTrust(False, 0.76, None, 0.7, (0.6, 0.8), "somewhere test")
    assert overlay_trust(Band.DOUBT, card) == OverlayTrust(True, 0.08, (0.05, 0.13), 0.7, (0.6, 0.8), "somewhere test")
    assert overlay_trust(Band.NEGATIVE, card) == OverlayTrust(True, where="somewhere test")


@pytest.mark.parametrize("test", [None, {}, {"bands": {}}])
def test_where_nothing_was_measured_only_the_negative_band_is_known(shipped: list[ModelVersion], test: object) -> None:
    for card in (card_with(shipped, test), None):
        assert [overlay_trust(band, card).misleads for band in (Band.POSITIVE, Band.DOUBT, Band.NEGATIVE)] == [
            False,
            False,
            True,
        ]


def test_none_found_is_not_none_there(shipped: list[ModelVersion]) -> None:
    bands = {"negative": {"share_fractured": 0.0, "share_fractured_ci": [0.0, 0.016]}}
    card = card_with(shipped, {"bands": bands})
    assert overlay_trust(Band.NEGATIVE, card).fractured_interval == (0.0, 0.016)


def test_the_shipped_versions_tell(shipped: list[ModelVersion]) -> None:
    assert shipped
    for version in shipped:
        trust = overlay_trust(Band.POSITIVE, version.card)
        assert trust.fractured is not None and trust.fractured_interval is not None
        assert trust.inside is not None
