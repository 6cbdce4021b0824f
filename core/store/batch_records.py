"""What the store says of batches and of what is taken into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain import BatchState, IntakeState, ReadingMode


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """How people read a batch.

    Attributes:
        second_share: the share of its radiographs that get a second reader, in [0, 1].
        seed: decides which.
    """

    mode: ReadingMode = ReadingMode.AI_FIRST
    second_share: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A named pile of radiographs, all read by one model version.

    Attributes:
        reader: who made it.
        entries: how many radiographs are in it.
        revealed: it was signed once, so the model's answer and all verdicts are known to everybody.
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
    """A batch came into a state: by whom, why and when."""

    state: BatchState
    reader: str
    reason: str
    created: datetime


@dataclass(frozen=True, slots=True)
class IntakeProgress:
    """How far taking in has come, over all drops into a batch; received == taken + known + refused, always.

    `total` is what is expected, and grows where a file turns out to hold more. `files` were handed in, an archive
    counted as one; None where an older version did not count them.
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
        """In [0, 1]."""
        return 1.0 if self.total == 0 else min(1.0, self.received / self.total)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How many of a batch's radiographs are read, for better or worse."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose picture was there already: the name it came under first, and in which batch; None is its own."""

    name: str
    first_name: str
    first_batch: str | None
