"""Every reviewed radiograph with its reviews, for training."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.domain import Review
from core.store import reviews
from core.store.batches import radiograph_record
from core.store.records import RadiographRecord
from core.store.schema import entry, radiograph, review

ENTRIES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A radiograph with every review of it, in any batch, the oldest first."""

    radiograph: RadiographRecord
    reviews: tuple[Review, ...]


def reviewed(connection: Connection) -> list[Reviewed]:
    """Every radiograph that has a review, in the order of intake."""
    entries = connection.execute(
        select(entry.c.id, entry.c.radiograph_id).where(entry.c.id.in_(select(review.c.entry_id))).order_by(entry.c.id)
    ).all()
    reviews_of: dict[int, list[Review]] = defaultdict(list)
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        part = entries[start : start + ENTRIES_AT_ONCE]
        by_entry = reviews.of_entries(connection, [row.id for row in part])
        for row in part:
            reviews_of[row.radiograph_id] += by_entry.get(row.id, [])
    found = []
    for start in range(0, len(reviews_of), ENTRIES_AT_ONCE):
        ids = sorted(reviews_of)[start : start + ENTRIES_AT_ONCE]
        rows = connection.execute(select(radiograph).where(radiograph.c.id.in_(ids)).order_by(radiograph.c.id))
        for row in rows:
            ordered = sorted(reviews_of[row.id], key=lambda each: each.id)
            found.append(Reviewed(radiograph_record(row), tuple(ordered)))
    return found
