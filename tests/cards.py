"""Cards for tests: the least that a card must hold, and whatever a test is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.card import ModelCard, read_card

LEAST: Mapping[str, Any] = {
    "version": "tiny-1",
    "sha256": "a" * 64,
    "created": "2026-01-01T00:00:00+00:00",
    "network": "tiny",
    "input": {"size": 32, "letterbox": True, "channels": 1},
    "sigmoid_means": "fractured",
    "saliency_layer": "features",
    "calibration": {"method": "logistic", "slope": 1.0, "intercept": 0.0},
    "operating_points": [
        {"name": "high_sensitivity", "threshold": 0.3},
        {"name": "high_specificity", "threshold": 0.7},
    ],
    "gate": None,
}


def card_of(**parts: Any) -> ModelCard:
    """A card that holds these parts, as `card.json` has them. Raises DamagedModelError."""
    document = {**LEAST, **parts}
    return read_card(json.dumps(document), document["version"])
