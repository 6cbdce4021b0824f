"""Whom a training run tells how far it is, and whom it asks whether it is still wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.domain import EpochFigures
from core.errors import TrainingError


class RunCancelledError(TrainingError):
    """The run was cancelled; its last finished epoch can be resumed."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom a run tells, and whom it asks. All optional.

    Attributes:
        on_start: told the epochs that a resumed run has behind it; none for a new one.
    """

    on_load: Callable[[int, int], None] = lambda done, total: None
    on_step: Callable[[int, int, float], None] = lambda done, total, loss: None
    on_epoch: Callable[[EpochFigures], None] = lambda figures: None
    cancelled: Callable[[], bool] = lambda: False
    on_start: Callable[[tuple[EpochFigures, ...]], None] = lambda history: None

    def report_loaded(self, done: int, total: int) -> None:
        self.stop_if_cancelled()
        self.on_load(done, total)

    def stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise RunCancelledError("The training run was cancelled. It can be resumed at its last finished epoch.")
