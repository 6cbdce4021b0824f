"""What is said of a version in words, brought up to date without touching a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.card import Change, ModelCard
from core.learning.training.provenance import ABOUT, FRACATLAS


def described(card: ModelCard, change: str = "") -> ModelCard:
    """The card with the words of today; for `Registry.amend`.

    Args:
        change: a line for the list of changes, where there is something to say.
    """
    data = card.data
    if data and data.source == FRACATLAS.source:
        data = replace(
            data, covered=FRACATLAS.covered, not_covered=FRACATLAS.not_covered, body_parts=FRACATLAS.body_parts
        )
    changes = card.changes
    if change:
        changes = (*changes, Change(at=datetime.now(UTC).isoformat(timespec="seconds"), what=change))
    return replace(card, about=ABOUT, data=data, changes=changes)
