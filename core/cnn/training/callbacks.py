"""How a training run reports its progress, and how it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.domain import EpochFigures
from core.errors import TrainingError


class RunCancelledError(TrainingError):
    """The run was cancelled; its last finished epoch can be resumed."""


def _ignore(*_: object) -> None:
    """For what nobody listens to."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """What a training run tells, and where it asks whether to go on. Each is optional.

    Attributes:
        on_load: told (done, total) of the pictures that are decoded.
        on_step: told (done, total) of an epoch's steps, and the loss of the last one.
        on_epoch: told the figures of an epoch that has ended and whose state is saved.
        cancelled: asked before each picture and each step.
        on_start: told the epochs that a resumed run has behind it; none for a new one.
    """

    on_load: Callable[[int, int], None] = _ignore
    on_step: Callable[[int, int, float], None] = _ignore
    on_epoch: Callable[[EpochFigures], None] = _ignore
    cancelled: Callable[[], bool] = lambda: False
    on_start: Callable[[tuple[EpochFigures, ...]], None] = _ignore

    def report_loaded(self, done: int, total: int) -> None:
        """Tell that so many pictures are decoded. Raises RunCancelledError."""
        self.stop_if_cancelled()
        self.on_load(done, total)

    def stop_if_cancelled(self) -> None:
        """Raises RunCancelledError."""
        if self.cancelled():
            raise RunCancelledError("The training run was cancelled. It can be resumed at its last finished epoch.")
