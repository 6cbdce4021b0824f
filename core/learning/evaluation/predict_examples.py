"""Ask a classifier about labelled radiographs: decode and prepare in threads, predict in batches, note the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from core.config import Limits
from core.domain import Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.decode import decode_one
from core.learning.datasets.class_folders import Example
from core.learning.evaluation import saliency
from core.learning.evaluation.figures import ExamplePrediction

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier, Prepared

THREADS = 2
BATCH = 16


@dataclass(frozen=True, eq=False)
class ExamplePredictions:
    """The answers in the examples' order, the gate's features beside, and the files that could not be read."""

    answers: tuple[ExamplePrediction, ...]
    features: np.ndarray
    refused: tuple[Refusal, ...]


def predict_examples(
    classifier: Classifier,
    examples: Sequence[Example],
    on_done: Callable[[int, int], None] | None = None,
    change: Callable[[Radiograph], Radiograph] = lambda radiograph: radiograph,
) -> ExamplePredictions:
    """Read every example once.

    Args:
        on_done: told (done, total).
        change: what is done to each radiograph before it is read.
    """
    answers: list[ExamplePrediction] = []
    features: list[np.ndarray] = []
    refused: list[Refusal] = []

    def prepare(example: Example) -> tuple[Example, Prepared] | Refusal:
        try:
            radiograph = decode_one(example.path.read_bytes(), str(example.path), Limits())
        except RefusedFileError as error:
            return Refusal(error.name, error.reason, error.remedy)
        except OSError as error:
            return Refusal(str(example.path), f"it cannot be read ({error.strerror})", "Check the file.")
        return example, classifier.prepare(change(radiograph))

    with ThreadPoolExecutor(THREADS) as pool:
        for group in _batched(_ahead(pool, prepare, examples), BATCH):
            refused += [item for item in group if isinstance(item, Refusal)]
            read = [item for item in group if not isinstance(item, Refusal)]
            if read:
                prepared = [item for _, item in read]
                explained = classifier.explain(prepared)
                features.append(explained.features)
                predictions = classifier.conclude(prepared, explained)
                for (example, item), prediction, logit in zip(read, predictions, explained.logits, strict=True):
                    noted = prediction.presentation is not None and prediction.probability is not None
                    noted = noted if classifier.notes_presentation else None
                    answers.append(_answer(example, item, prediction, float(logit), noted))
            if on_done:
                on_done(len(answers) + len(refused), len(examples))
    stacked = np.concatenate(features) if features else np.zeros((0, 0), np.float32)
    return ExamplePredictions(tuple(answers), stacked, tuple(refused))


def _answer(example: Example, prepared: Prepared, prediction, logit: float, noted: bool | None) -> ExamplePrediction:
    found, peak, geometry = None, prediction.saliency_xy, prepared.geometry
    if example.boxes:
        found = saliency.pointing(prediction.heatmap.values, peak, example.boxes, geometry, prepared.image)
    at = None if peak is None else ((peak[0] + 0.5) / geometry.width, (peak[1] + 0.5) / geometry.height)
    return ExamplePrediction(example.path.name, example.fractured, logit, prediction.probability, found, at, noted)


def _ahead(pool: ThreadPoolExecutor, work: Callable, items: Iterable) -> Iterator:
    """Results in order, with two batches under way at most, however long the list."""
    waiting = []
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= 2 * BATCH:
            yield waiting.pop(0).result()
    while waiting:
        yield waiting.pop(0).result()


def _batched(items: Iterable, size: int) -> Iterator[list]:
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group
