"""What a training run keeps in its folder, so that one that was killed goes on as if nothing had happened.

Weights, optimiser, epoch and best figures so far are one file, replaced atomically after each epoch.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.cnn.training.pictures import Boxes
from core.domain import EpochFigures
from core.errors import TrainingError

STATE_FILE = "state.npz"
BEST_FILE, NEXT_BEST_FILE = "best.npz", "best-next.npz"
LabelledFiles = list[tuple[Path, bool, Boxes]]  # path, fractured, boxes of each picture


@dataclass
class RunState:
    """Where a run stands, besides its weights."""

    stage: int = 0
    epoch: int = 0
    best: float = -math.inf
    history: list[EpochFigures] = field(default_factory=list)


def check_same_run(folder: Path, name: str, what: str, described: str) -> None:
    """Check that the run in a folder began with the same settings or pictures; a new run writes them down.

    Args:
        name: the file in the folder that says it.
        what: what it is, in words.
        described: what it is now.

    Raises:
        TrainingError: the folder's run began with another.
    """
    path = folder / name
    if path.exists() and path.read_text() != described:
        raise TrainingError(f"{folder} holds a run with {what}. Choose another folder or delete it.")
    path.write_text(described)


def fingerprint(*splits: LabelledFiles) -> str:
    """Compute a SHA-256 over the names, classes and boxes of each split's pictures, in order."""
    described = [[(path.name, fractured, boxes) for path, fractured, boxes in files] for files in splits]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def keep(folder: Path, state: RunState, values: list[np.ndarray], best: list[np.ndarray] | None) -> None:
    """Save, after an epoch, where the run stands, and the weights where they are the best so far.

    The best weights take their place only once the state that speaks of them is written: however suddenly the run
    ends, both are of one moment.
    """
    if best is not None:
        _save(folder / NEXT_BEST_FILE, {"epochs": len(state.history)}, best)
    described = {**asdict(state), "best": state.best if math.isfinite(state.best) else None}
    _save(folder / STATE_FILE, described, values)
    if best is not None:
        (folder / NEXT_BEST_FILE).replace(folder / BEST_FILE)


def restore(folder: Path) -> tuple[RunState, list[np.ndarray] | None]:
    """Read what `keep` saved last; a new state and None where it saved nothing."""
    path, following = folder / STATE_FILE, folder / NEXT_BEST_FILE
    if not path.exists():
        following.unlink(missing_ok=True)
        return RunState(), None
    description, arrays = _load(path)
    history = [EpochFigures(**item) for item in description["history"]]
    best = -math.inf if description["best"] is None else description["best"]
    if following.exists():
        if _load(following)[0]["epochs"] == len(history):
            following.replace(folder / BEST_FILE)
        else:
            following.unlink()
    return RunState(description["stage"], description["epoch"], best, history), arrays


def best_weights(folder: Path) -> list[np.ndarray]:
    """The weights of the best epoch."""
    return _load(folder / BEST_FILE)[1]


def clear(folder: Path) -> None:
    """Delete what only a resumed run needs; the curves and the log stay."""
    for name in (STATE_FILE, BEST_FILE, NEXT_BEST_FILE):
        (folder / name).unlink(missing_ok=True)


def _save(path: Path, description: dict, arrays: list[np.ndarray]) -> None:
    """Write atomically: a reader sees the old file or the new one, never half of one."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        named: dict[str, Any] = {f"a{i}": array for i, array in enumerate(arrays)}
        np.savez(stream, description=json.dumps(description), **named)
    partial.replace(path)


def _load(path: Path) -> tuple[dict, list[np.ndarray]]:
    with np.load(path, allow_pickle=False) as data:
        arrays = [data[f"a{i}"] for i in range(len(data.files) - 1)]
        return json.loads(str(data["description"])), arrays
