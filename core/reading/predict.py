"""Files to predictions without the store: one row a radiograph, in the order given, however many there are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Limits
from core.domain import Prediction, Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.archive import Member, expand, walk
from core.imaging.decode import decode

if TYPE_CHECKING:
    from core.cnn.classifier import Classifier, Prepared

THREADS = 2
BATCH = 16
COLUMNS = (
    "file",
    "sha256",
    "probability",
    "band",
    "saliency_x",
    "saliency_y",
    "model_version",
    "status",
    "error",
    "score",
    "threshold_low",
    "threshold_high",
    "model_sha256",
    "width",
    "height",
    "warnings",
    "overlay",
)


@dataclass(frozen=True, eq=False)
class Reading:
    """What came of one radiograph: a prediction, a refusal, or a failure's reason."""

    name: str
    radiograph: Radiograph | None = None
    prepared: Prepared | None = None
    prediction: Prediction | None = None
    refusal: Refusal | None = None
    failure: str = ""


@dataclass
class Progress:
    """How far a run over files has come: `done` of `total` files, archives counting as one."""

    total: int = 0
    done: int = 0
    on_change: Callable[[Progress], None] = field(default=lambda progress: None)

    def advance(self) -> None:
        self.done += 1
        self.on_change(self)


def read_paths(
    classifier: Classifier,
    paths: Iterable[Path],
    limits: Limits,
    progress: Progress | None = None,
    heatmaps: bool = False,
) -> Iterator[Reading]:
    """Predict every radiograph below the paths, in order; decoding runs ahead in threads, a bounded way.

    Args:
        paths: files, folders and ZIPs. A path that does not exist is a refusal.
    """
    progress = progress or Progress()
    salt = secrets.token_bytes(16)
    files = list(walk(paths))
    progress.total = len(files)

    def prepare(member: Member) -> list[Reading]:
        try:
            radiographs = decode(member.data, member.name, limits, salt)
        except RefusedFileError as error:
            return [Reading(member.name, refusal=Refusal(error.name, error.reason, error.remedy))]
        return [Reading(r.name, radiograph=r, prepared=classifier.prepare(r)) for r in radiographs]

    with ThreadPoolExecutor(THREADS, thread_name_prefix="prepare") as pool:
        readings = (reading for group in _ahead(pool, prepare, _members(files, limits, progress)) for reading in group)
        while batch := list(islice(readings, BATCH)):
            yield from _predict(classifier, batch, heatmaps)


def _members(files: Iterable[tuple[str, Path]], limits: Limits, progress: Progress) -> Iterator[Member | Refusal]:
    for name, path in files:
        yield from expand(name, path, limits)
        progress.advance()


def _ahead(
    pool: ThreadPoolExecutor, prepare: Callable[[Member], list[Reading]], members: Iterable[Member | Refusal]
) -> Iterator[list[Reading]]:
    """Results in order; at most two batches of files are in memory."""
    waiting: list[Any] = []
    for member in members:
        if isinstance(member, Refusal):
            waiting.append([Reading(member.name, refusal=member)])
        else:
            waiting.append(pool.submit(prepare, member))
        if len(waiting) >= 2 * BATCH:
            yield _result(waiting.pop(0))
    while waiting:
        yield _result(waiting.pop(0))


def _result(item: Any) -> list[Reading]:
    return item if isinstance(item, list) else item.result()


def _predict(classifier: Classifier, batch: list[Reading], heatmaps: bool) -> Iterator[Reading]:
    ready = [reading for reading in batch if reading.prepared is not None]
    predictions = iter(classifier.predict([r.prepared for r in ready], heatmaps) if ready else [])
    for reading in batch:
        if reading.prepared is None:
            yield reading
        else:
            yield Reading(reading.name, reading.radiograph, prediction=next(predictions))


def row_of(reading: Reading, model_version: str, overlay: str = "") -> dict[str, str]:
    """One CSV row, by `COLUMNS`. A radiograph that the gate declined is predicted, with its reason in `error`."""
    row = dict.fromkeys(COLUMNS, "") | {"file": reading.name, "model_version": model_version, "overlay": overlay}
    if reading.radiograph is not None:
        row |= {
            "sha256": reading.radiograph.sha256,
            "width": str(reading.radiograph.width),
            "height": str(reading.radiograph.height),
            "warnings": " ".join(reading.radiograph.warnings),
        }
    if reading.refusal is not None:
        return row | {"status": "refused", "error": f"{reading.refusal.reason}. {reading.refusal.remedy}"}
    prediction = reading.prediction
    if prediction is None:
        return row | {"status": "failed", "error": reading.failure}
    x, y = prediction.saliency_xy or ("", "")
    return row | {
        "status": "predicted",
        "probability": "" if prediction.probability is None else f"{prediction.probability:.6f}",
        "band": str(prediction.band),
        "saliency_x": str(x),
        "saliency_y": str(y),
        "error": prediction.reason,
        "score": f"{prediction.score:.6f}",
        "threshold_low": f"{prediction.threshold_low:.6f}",
        "threshold_high": f"{prediction.threshold_high:.6f}",
        "model_sha256": prediction.model_sha256,
    }
