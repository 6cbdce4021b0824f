"""The evaluations of a version, to be looked at: on its card and beside it, with their worst errors as pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.card import EvaluationDocument, Failure, read, to_document
from core.config import Limits
from core.errors import DatasetError, RefusedFileError
from core.imaging.decode import decode
from core.imaging.overlay import display
from core.registry import Registry

KIND = "evaluation"
PICTURE_SIZE = 320  # pixels of the longer side
BOX_COLOUR, PEAK_COLOUR = (95, 179, 212), (227, 163, 65)  # RGB: the reference standard, the model
PEAK_RADIUS = 7
ON_THE_CARD = "card: "
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class EvaluationTitle:
    """One evaluation: what to ask for it by, and what to call it."""

    name: str
    title: str


class EvaluationCatalogue:
    """Reads what `python -m core evaluate` wrote.

    Args:
        datasets: the folder below which the measured radiographs may lie, or None.
    """

    def __init__(self, registry: Registry, datasets: Path | None, limits: Limits) -> None:
        self._registry, self._datasets, self._limits = registry, datasets, limits

    def documents(self, version: str) -> list[EvaluationTitle]:
        """List the evaluation files beside a version, `test` first, then the splits whose figures only its card has.

        Raises:
            UnknownVersionError, DamagedModelError: see `Registry.get`.
        """
        files = [
            EvaluationTitle(p.name, p.stem.removeprefix("evaluation-")) for p in self._registry.evaluations(version)
        ]
        known = {listed.title for listed in files}
        splits = self._registry.get(version).card.figures
        listed = [*files, *(EvaluationTitle(ON_THE_CARD + split, split) for split in splits if split not in known)]
        return sorted(listed, key=lambda one: one.title != "test")

    def read(self, version: str, name: str) -> EvaluationDocument:
        """One evaluation.

        Args:
            name: as `documents` gave it.

        Raises:
            UnknownVersionError, DamagedModelError: see `Registry.get`.
            DatasetError: there is none of this name, or it cannot be read.
        """
        if name.startswith(ON_THE_CARD):
            split, model = name.removeprefix(ON_THE_CARD), self._registry.get(version)
            if split in model.card.figures:
                figures = to_document(model.card.figures[split])
                return read(EvaluationDocument, {"model_version": version, "split": split, **figures})
        for path in self._registry.evaluations(version):
            if path.name == name:
                return _read(path)
        raise DatasetError(f"{version} has no evaluation {name!r}. `python -m core evaluate --record` makes one.")

    def picture(self, document: EvaluationDocument, failure: Failure) -> bytes | None:
        """One of the worst errors as PNG, the boxes of the reference standard and the heatmap's peak drawn in.

        None where the data set is not below FRACTURE_DATASETS, or the file is another one than was measured.
        """
        path = self._find(document.dataset or "", failure.file)
        if path is None:
            return None
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != failure.sha256:
            return None
        try:
            radiograph = decode(data, path.name, self._limits)[0]
        except RefusedFileError:
            return None
        grey = display(radiograph.pixels, radiograph.window)
        return _draw(grey, failure.boxes, failure.peak)

    def _find(self, dataset: str, file: str) -> Path | None:
        if self._datasets is None or not file:
            return None
        below = self._datasets.resolve()
        for folder in (below / dataset, below):
            path = (folder / file).resolve()
            if path.is_relative_to(below) and path.is_file():
                return path
        return None


def _read(path: Path) -> EvaluationDocument:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path.name} cannot be read: {error}. Write it again with `evaluate --record`.") from error
    if not isinstance(document, Mapping) or document.get("kind") != KIND:
        raise DatasetError(f"{path.name} is no evaluation. Write it again with `evaluate --record`.")
    return read(EvaluationDocument, document)


def _draw(grey: np.ndarray, boxes: Sequence[Box], peak: tuple[float, float] | None) -> bytes:
    """PNG of (H, W) uint8, the boxes (left, top, width, height) and the peak (x, y) given as fractions of it."""
    scale = PICTURE_SIZE / max(grey.shape)
    width, height = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    for left, top, wide, high in boxes:
        begin, end = (left * width, top * height), ((left + wide) * width, (top + high) * height)
        corners = (round(begin[0]), round(begin[1])), (round(end[0]), round(end[1]))
        cv2.rectangle(picture, *corners, BOX_COLOUR[::-1], 1)
    if peak:
        centre = round(peak[0] * width), round(peak[1] * height)
        cv2.circle(picture, centre, PEAK_RADIUS, PEAK_COLOUR[::-1], 1, cv2.LINE_AA)
    return cv2.imencode(".png", picture)[1].tobytes()
