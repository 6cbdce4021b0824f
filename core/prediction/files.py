"""Files to predictions without the store: one row a radiograph, in the order given, however many there are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.card import ModelCard
from core.config import Limits
from core.csv_text import number_text
from core.domain import DicomAttributes, Prediction, Radiograph, Refusal
from core.errors import FractureReviewError, RefusedFileError
from core.imaging.archive import Member, expand, walk
from core.imaging.decode import as_refusal, decode_pages
from core.imaging.overlay import display
from core.prediction import anatomy
from core.prediction.caution import cautions
from core.prediction.pipeline import Input, Outcome, Pipeline, decoding_threads

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier

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
        sha256, page, width, height, warnings, dicom: as in `Radiograph`, whose pixels are not kept.
        picture: (H, W) uint8, the radiograph as it is shown; only where heatmaps are asked for.
    """

    name: str
    sha256: str = ""
    page: int = 0
    width: int = 0
    height: int = 0
    warnings: tuple[str, ...] = ()
    dicom: DicomAttributes = field(default_factory=DicomAttributes)
    picture: np.ndarray | None = None
    prediction: Prediction | None = None
    refusal: Refusal | None = None
    failure: str = ""


@dataclass
class FileProgress:
    """How far a run over files has come: `done` of `total` files, archives counting as one."""

    total: int = 0
    done: int = 0
    on_change: Callable[[FileProgress], None] = field(default=lambda _: None)

    def advance(self) -> None:
        """One file more is done."""
        self.done += 1
        self.on_change(self)


def read_paths(
    classifier: Classifier,
    paths: Iterable[Path],
    limits: Limits,
    progress: FileProgress | None = None,
    heatmaps: bool = False,
    saliency: bool = True,
    leave_out: Path | None = None,
) -> Iterator[PredictedFile]:
    """Predict every radiograph below the paths, in order; see `core.prediction.pipeline`.

    Whatever one radiograph does, the others are read: what goes wrong with it is its own `failure`.

    Args:
        paths: files, folders and ZIPs. A path that does not exist is a refusal.
        heatmaps, saliency: see `Classifier.predict`.
        leave_out: a file that is passed over, such as the one the results go to.
    """
    progress = progress or FileProgress()
    salt = secrets.token_bytes(16)
    kept_out = leave_out.absolute() if leave_out else None
    files = [(name, path) for name, path in walk(paths) if path.absolute() != kept_out]
    progress.total = len(files)
    with decoding_threads() as pool:
        pipeline: Pipeline[str, PredictedFile, Prediction] = Pipeline(
            pool=pool,
            decode=lambda data, name, limits: decode_pages(data, name, limits, salt),
            prepare=classifier.prepare,
            predict=partial(classifier.predict, heatmaps=heatmaps, saliency=saliency),
            keep=partial(_describe, with_picture=heatmaps),
            limits=limits,
        )
        for outcome in pipeline.run(_inputs(files, limits, progress)):
            yield _predicted(outcome)


def _inputs(files: Iterable[tuple[str, Path]], limits: Limits, progress: FileProgress) -> Iterator[Input[str]]:
    for name, path in files:
        for member in expand(name, path, limits):
            yield _refuse(member) if isinstance(member, Refusal) else _give(member)
        progress.advance()


def _give(member: Member) -> Input[str]:
    return Input(member.name, lambda: member.data, len(member.data))


def _refuse(refusal: Refusal) -> Input[str]:
    def read() -> bytes:
        raise RefusedFileError(refusal.name, refusal.reason, refusal.remedy)

    return Input(refusal.name, read)


def _describe(radiograph: Radiograph, with_picture: bool) -> PredictedFile:
    return PredictedFile(
        radiograph.name,
        radiograph.sha256,
        radiograph.page,
        radiograph.width,
        radiograph.height,
        radiograph.warnings,
        radiograph.dicom,
        display(radiograph.pixels, radiograph.window) if with_picture else None,
    )


def _predicted(outcome: Outcome[str, PredictedFile, Prediction]) -> PredictedFile:
    file, error = outcome.kept, outcome.error
    if file is None and isinstance(error, RefusedFileError):
        return PredictedFile(error.name, refusal=as_refusal(error))
    file = file or PredictedFile(outcome.source)
    return replace(file, prediction=outcome.answer) if error is None else replace(file, failure=_explain(error))


def _explain(error: Exception) -> str:
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
    part = reading.dicom.body_part
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
