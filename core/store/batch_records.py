"""The records that the store returns of batches and of their intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain import BatchState, IntakeState, ReadingMode


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """How people read a batch.

    Attributes:
        second_share: the share of its radiographs that get a second reader, in [0, 1].
        seed: determines which.
    """

    mode: ReadingMode = ReadingMode.AI_FIRST
    second_share: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A named set of radiographs, all predicted by one model version.

    Attributes:
        reader: the one who made it.
        entries: the number of radiographs in it.
        revealed: it was signed once, so predictions and verdicts are visible to everybody.
    """

    id: int
    name: str
    state: BatchState
    model_version: str
    created: datetime
    signed_at: datetime | None
    signed_by: str
    reader: str
    entries: int
    plan: ReadingPlan
    revealed: bool


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """A change of a batch's state: who made it, why and when."""

    state: BatchState
    reader: str
    reason: str
    created: datetime


@dataclass(frozen=True, slots=True)
class IntakeProgress:
    """The progress of intake over all drops into a batch; received == taken + known + refused, always.

    Attributes:
        files: how many were handed in, an archive counted as one; None where an older version did not count them.
        total: how many images are expected; it grows where a file turns out to hold more.
        received: how many are done.
        taken, known, refused: of these, the new ones, those that were stored already, and the refused.
    """

    batch_id: int
    files: int | None
    total: int
    received: int
    taken: int
    known: int
    refused: int
    state: IntakeState

    @property
    def fraction(self) -> float:
        """The share of the expected images that are done, in [0, 1]."""
        return 1.0 if self.total == 0 else min(1.0, self.received / self.total)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How many of a batch's radiographs are predicted or failed."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose image was stored already.

    Attributes:
        first_name: the name under which the image was stored first.
        first_batch: the name of the batch that brought it; None where it was this one.
    """

    name: str
    first_name: str
    first_batch: str | None
