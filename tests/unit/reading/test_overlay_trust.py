"""How far an overlay can be believed, by band."""

from __future__ import annotations

import pytest

from core.config import SHIPPED_MODELS, Settings
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


def test_it_misleads_where_few_are_fractured() -> None:
    card = {"figures": {"test": FIGURES}}
    assert overlay_trust(Band.POSITIVE, card) == OverlayTrust(False, 0.76, None, 0.7, (0.6, 0.8), "somewhere test")
    assert overlay_trust(Band.DOUBT, card) == OverlayTrust(True, 0.08, (0.05, 0.13), 0.7, (0.6, 0.8), "somewhere test")
    assert overlay_trust(Band.NEGATIVE, card) == OverlayTrust(True, where="somewhere test")


@pytest.mark.parametrize("card", [{}, {"figures": None}, {"figures": {"test": {"bands": 1}}}])
def test_where_nothing_was_measured_only_the_negative_band_is_known(card: dict) -> None:
    assert [overlay_trust(band, card).misleads for band in (Band.POSITIVE, Band.DOUBT, Band.NEGATIVE)] == [
        False,
        False,
        True,
    ]


def test_none_found_is_not_none_there() -> None:
    bands = {"negative": {"share_fractured": 0.0, "share_fractured_ci": [0.0, 0.016]}}
    assert overlay_trust(Band.NEGATIVE, {"figures": {"test": {"bands": bands}}}).fractured_interval == (0.0, 0.016)


def test_the_shipped_versions_tell(tmp_path) -> None:
    registry = Registry(SHIPPED_MODELS, Settings.from_environment({"FRACTURE_HOME": str(tmp_path)}).models)
    for version in registry.versions():
        trust = overlay_trust(Band.POSITIVE, version.card)
        assert trust.fractured is not None and trust.fractured_interval is not None
        assert trust.inside is not None
