"""What is said of a version in words, brought up to date without touching a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.card import Change, ModelCard, Part
from core.learning.training.provenance import ABOUT, FRACATLAS


def description(card: ModelCard, change: str = "") -> dict[str, Part | tuple[Part, ...]]:
    """The parts of a card that are words, as they are said today; for `Registry.amend`.

    Args:
        change: a line for the list of changes, where there is something to say.
    """
    parts: dict[str, Part | tuple[Part, ...]] = {"about": ABOUT}
    if card.data and card.data.source == FRACATLAS.source:
        parts["data"] = replace(
            card.data, covered=FRACATLAS.covered, not_covered=FRACATLAS.not_covered, body_parts=FRACATLAS.body_parts
        )
    if change:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        parts["changes"] = (*card.changes, Change(at=now, what=change))
    return parts
