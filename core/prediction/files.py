"""Files to predictions without the store: one row a radiograph, in the order given, however many there are."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.card import ModelCard
from core.config import MEBIBYTE, Limits
from core.csv_text import number_text
from core.domain import DicomAttributes, Prediction, Radiograph, Refusal
from core.errors import FractureReviewError, RefusedFileError
from core.imaging.archive import Member, expand, walk
from core.imaging.decode import as_refusal, decode_pages
from core.imaging.overlay import display
from core.prediction import anatomy
from core.prediction.caution import cautions

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier, Prepared

    Ask = Callable[[list[Prepared]], list[Prediction]]

THREADS = 2
BATCH = 32
AHEAD_BYTES = 256 * MEBIBYTE  # of files that are read and not yet predicted
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
    "outside_validated_anatomy",
    "presentation",
)


@dataclass(frozen=True, eq=False)
class PredictedFile:
    """What came of one radiograph: a prediction, a refusal, or a failure's reason.

    Attributes:
        name: the radiograph's, or the refused file's.
        sha256, page, width, height, warnings, facts: as in `Radiograph`, whose pixels are not kept.
        picture: (H, W) uint8, the radiograph as it is shown; only where heatmaps are asked for.
    """

    name: str
    sha256: str = ""
    page: int = 0
    width: int = 0
    height: int = 0
    warnings: tuple[str, ...] = ()
    facts: DicomAttributes = field(default_factory=DicomAttributes)
    picture: np.ndarray | None = None
    prepared: Prepared | None = None
    prediction: Prediction | None = None
    refusal: Refusal | None = None
    failure: str = ""


@dataclass
class ProgressListener:
    """How far a run over files has come: `done` of `total` files, archives counting as one."""

    total: int = 0
    done: int = 0
    on_change: Callable[[ProgressListener], None] = field(default=lambda progress: None)

    def advance(self) -> None:
        self.done += 1
        self.on_change(self)


def read_paths(
    classifier: Classifier,
    paths: Iterable[Path],
    limits: Limits,
    progress: ProgressListener | None = None,
    heatmaps: bool = False,
    saliency: bool = True,
    leave_out: Path | None = None,
) -> Iterator[PredictedFile]:
    """Predict every radiograph below the paths, in order; decoding runs ahead in threads, a bounded way.

    Whatever one radiograph does, the others are read: what goes wrong with it is its own `failure`.

    Args:
        paths: files, folders and ZIPs. A path that does not exist is a refusal.
        heatmaps, saliency: see `Classifier.predict`.
        leave_out: a file that is passed over, such as the one the results go to.
    """
    progress = progress or ProgressListener()
    salt = secrets.token_bytes(16)
    kept_out = leave_out.absolute() if leave_out else None
    files = [(name, path) for name, path in walk(paths) if path.absolute() != kept_out]
    progress.total = len(files)
    ask = partial(classifier.predict, heatmaps=heatmaps, saliency=saliency)

    def begin(member: Member) -> Iterator[PredictedFile]:
        pages = _pages(classifier, member, limits, salt, heatmaps)
        # Two at once, so that a file of one page is done with; the other pages of a TIFF wait for their turn.
        return chain(list(islice(pages, 2)), pages)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="prepare") as pool:
        readings = (reading for group in _ahead(pool, begin, _members(files, limits, progress)) for reading in group)
        while batch := list(islice(readings, BATCH)):
            yield from _predict(ask, batch)


def _members(
    files: Iterable[tuple[str, Path]], limits: Limits, progress: ProgressListener
) -> Iterator[Member | Refusal]:
    for name, path in files:
        yield from expand(name, path, limits)
        progress.advance()


def _pages(
    classifier: Classifier, member: Member, limits: Limits, salt: bytes, heatmaps: bool
) -> Iterator[PredictedFile]:
    """Decode and prepare one file, page by page."""
    try:
        for page in decode_pages(member.data, member.name, limits, salt):
            if isinstance(page, RefusedFileError):
                yield PredictedFile(page.name, refusal=as_refusal(page))
            else:
                yield _prepare(classifier, page, heatmaps)
    except RefusedFileError as error:
        yield PredictedFile(error.name, refusal=as_refusal(error))
    except Exception as error:  # noqa: BLE001  whatever one file does, the others are read
        yield PredictedFile(member.name, failure=_describe(error))


def _prepare(classifier: Classifier, radiograph: Radiograph, heatmaps: bool) -> PredictedFile:
    reading = PredictedFile(
        radiograph.name,
        radiograph.sha256,
        radiograph.page,
        radiograph.width,
        radiograph.height,
        radiograph.warnings,
        radiograph.facts,
        display(radiograph.pixels, radiograph.window) if heatmaps else None,
    )
    try:
        return replace(reading, prepared=classifier.prepare(radiograph))
    except Exception as error:  # noqa: BLE001  as above
        return replace(reading, failure=_describe(error))


def _ahead(
    pool: ThreadPoolExecutor,
    begin: Callable[[Member], Iterator[PredictedFile]],
    members: Iterable[Member | Refusal],
) -> Iterator[Iterable[PredictedFile]]:
    """Results in order; at most two batches of files are in memory, and fewer where they are large."""
    waiting: deque[tuple[int, Future[Iterator[PredictedFile]] | list[PredictedFile]]] = deque()
    held = 0
    for member in members:
        if isinstance(member, Refusal):
            waiting.append((0, [PredictedFile(member.name, refusal=member)]))
        else:
            waiting.append((len(member.data), pool.submit(begin, member)))
        held += waiting[-1][0]
        while len(waiting) >= 2 * BATCH or held > AHEAD_BYTES:
            size, item = waiting.popleft()
            held -= size
            yield _result(item)
    for _, item in waiting:
        yield _result(item)


def _result(item: Future[Iterator[PredictedFile]] | list[PredictedFile]) -> Iterable[PredictedFile]:
    return item if isinstance(item, list) else item.result()


def _predict(ask: Ask, batch: list[PredictedFile]) -> Iterator[PredictedFile]:
    """The batch in its order, predicted together, or one by one where that fails."""
    ready = [reading for reading in batch if reading.prepared is not None]
    outcomes = iter(_outcomes(ask, [reading.prepared for reading in ready]))
    for reading in batch:
        if reading.prepared is None:
            yield reading
            continue
        outcome = next(outcomes)
        if isinstance(outcome, str):
            yield replace(reading, prepared=None, failure=outcome)
        else:
            yield replace(reading, prepared=None, prediction=outcome)


def _outcomes(ask: Ask, prepared: list[Prepared]) -> list[Prediction | str]:
    """For each, its prediction or why there is none."""
    if not prepared:
        return []
    try:
        return list(ask(prepared))
    except Exception as error:  # noqa: BLE001  as above
        if len(prepared) == 1:
            return [_describe(error)]
        return [outcome for item in prepared for outcome in _outcomes(ask, [item])]


def _describe(error: Exception) -> str:
    known = isinstance(error, FractureReviewError)
    return str(error) if known else f"it could not be predicted ({type(error).__name__})"


def row_of(
    reading: PredictedFile, model_version: str, overlay: str = "", card: ModelCard | None = None
) -> dict[str, str]:
    """One CSV row, by `COLUMNS`. A radiograph that the gate declined is predicted, with its reason in `error`.

    Args:
        card: of the version, for what it was validated on.
    """
    row = dict.fromkeys(COLUMNS, "") | {"file": reading.name, "model_version": model_version, "overlay": overlay}
    if reading.sha256:
        row |= {
            "sha256": reading.sha256,
            "width": str(reading.width),
            "height": str(reading.height),
            "warnings": " ".join(reading.warnings),
        }
    if reading.refusal is not None:
        return row | {"status": "refused", "error": f"{reading.refusal.reason}. {reading.refusal.remedy}"}
    prediction = reading.prediction
    if prediction is None:
        return row | {"status": "failed", "error": reading.failure}
    assessed = prediction.probability is not None
    x, y = (prediction.saliency_xy if assessed else None) or ("", "")
    part = reading.facts.body_part
    said = cautions(prediction.presentation, part, assessed, card)
    return row | {
        "status": "predicted",
        "probability": number_text(prediction.probability),
        "band": str(prediction.band),
        "saliency_x": str(x),
        "saliency_y": str(y),
        "error": prediction.reason,
        "score": number_text(prediction.score if assessed else None),
        "threshold_low": number_text(prediction.threshold_low),
        "threshold_high": number_text(prediction.threshold_high),
        "model_sha256": prediction.model_sha256,
        "warnings": " ".join((*reading.warnings, *said)),
        "outside_validated_anatomy": anatomy.cell(anatomy.outside_validated(part, card)),
        "presentation": prediction.presentation or "",
    }
