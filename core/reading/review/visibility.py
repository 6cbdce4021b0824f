"""What a reader may see, and when: the model's answer, and what other readers say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from core.domain import ReadingMode
from core.store.batch_records import ReadingPlan
from core.store.records import WorklistRow

MOST_SHARE = 1 << 64


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether a reader may see what the model, and what other readers say of a radiograph."""

    model: bool
    others: bool


def visibility(row: WorklistRow) -> Visibility:
    """What the reader that a row was made for may see of it.

    A batch that was signed once hides nothing any more: what was seen cannot be unseen, and verdicts that are given
    after it was reopened say so by carrying the prediction.
    """
    shows_after = row.mode is ReadingMode.AI_FIRST or (row.mode is ReadingMode.UNAIDED_FIRST and row.has_read)
    owes = row.mode is ReadingMode.UNAIDED_FIRST and row.has_read and not row.has_confirmed and bool(row.prediction_id)
    together = not owes and (row.has_read or row.disputed or row.adjudicated)  # nobody shall lean on a colleague
    return Visibility(model=row.revealed or shows_after, others=row.revealed or row.wanted == 1 or together)


def redact(row: WorklistRow) -> WorklistRow:
    """The row without what may not be seen of it."""
    seen = visibility(row)
    if not seen.model:
        row = replace(
            row,
            prediction_id=None,
            model_sha256="",
            band=None,
            reason="",
            presentation=None,
            probability=None,
            score=None,
            threshold_low=None,
            threshold_high=None,
            saliency_xy=None,
            predicted_at=None,
            redacted=True,
        )
    if not seen.others:
        row = replace(row, verdict=None, reviewer="", comment="", reviewed_at=None, reviewed_prediction_id=None)
    return row


def readers_wanted(plan: ReadingPlan, sha256: str, page: int) -> int:
    """1 or 2: the same radiographs get a second reader whenever the same plan is asked, in whatever order they come."""
    digest = hashlib.sha256(f"{plan.seed}|{sha256}|{page}".encode()).digest()
    return 2 if int.from_bytes(digest[:8], "big") < plan.second_share * MOST_SHARE else 1
