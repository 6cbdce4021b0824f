"""When a reader may see the model's answer, and when the verdicts of other readers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from core.domain import ReadingMode
from core.store.batch_records import ReadingPlan
from core.store.records import WorklistRow

HASH_RANGE = 1 << 64  # of the first eight bytes of a digest


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether a reader may see the model's answer on an entry, and other readers' reviews of it."""

    model: bool
    others: bool


def visibility(row: WorklistRow) -> Visibility:
    """Decide what the reader that a row was made for may see of it.

    The model's answer is visible at once in a batch that is read AI first, and after the reader's own verdict in one
    that is read unaided first. Other readers' reviews are visible where the entry is for one reader only. Otherwise
    they are visible after the reader's own verdict, or where the readers differ; never while that verdict is still to
    be confirmed, so that nobody follows a colleague. A batch that was ever signed hides nothing: its readers have seen
    everything, and a verdict given after it was reopened counts as aided.
    """
    unaided_first = row.mode is ReadingMode.UNAIDED_FIRST
    model = row.mode is ReadingMode.AI_FIRST or (unaided_first and row.has_read)
    must_confirm = unaided_first and row.has_read and not row.has_confirmed and bool(row.prediction_id)
    others = not must_confirm and (row.has_read or row.disputed or row.adjudicated)
    return Visibility(model=row.revealed or model, others=row.revealed or row.readers_wanted == 1 or others)


def redact(row: WorklistRow) -> WorklistRow:
    """Take out of a row what the reader that it was made for may not see."""
    visible = visibility(row)
    if not visible.model:
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
    if not visible.others:
        row = replace(row, verdict=None, reviewer="", comment="", reviewed_at=None, reviewed_prediction_id=None)
    return row


def readers_wanted(plan: ReadingPlan, sha256: str, page: int) -> int:
    """Draw whether a radiograph gets one reader or two.

    The draw is a hash of the plan's seed and the radiograph, so it is the same whatever the order of the files.
    """
    digest = hashlib.sha256(f"{plan.seed}|{sha256}|{page}".encode()).digest()
    return 2 if int.from_bytes(digest[:8], "big") < plan.second_share * HASH_RANGE else 1
