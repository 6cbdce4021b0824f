"""What a classifier says of labelled radiographs, in their order: predictions, logits, and the gate's features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.config import Limits
from core.domain import Prediction, Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.decode import as_refusal, decode_one
from core.learning.datasets.class_folders import Example
from core.learning.evaluation import saliency
from core.learning.evaluation.figures import ExamplePrediction
from core.prediction.pipeline import Input, Pipeline, decoding_threads

if TYPE_CHECKING:
    from core.prediction.classifier import Prepared
    from core.prediction.engine import EngineOutput

BATCH = 16


class ExampleClassifier(Protocol):
    """What `predict_examples` needs of a classifier; see `Classifier`."""

    @property
    def notes_presentation(self) -> bool:
        """Whether the version can tell that a radiograph is inverted or turned."""
        ...

    def prepare(self, radiograph: Radiograph) -> Prepared:
        """From a radiograph to what the network takes."""
        ...

    def explain(self, prepared: Sequence[Prepared]) -> EngineOutput:
        """Logits, heatmaps and features of a batch."""
        ...

    def conclude(self, prepared: Sequence[Prepared], explained: EngineOutput) -> list[Prediction]:
        """From these to predictions."""
        ...


@dataclass(frozen=True, eq=False)
class ExamplePredictions:
    """What came of every example.

    Attributes:
        answers: of those that could be predicted, in the examples' order.
        features: (N, F) float32, the gate's, of the same N examples.
        refused: the others.
        answered: the N examples.
    """

    answers: tuple[ExamplePrediction, ...]
    features: np.ndarray
    refused: tuple[Refusal, ...]
    answered: tuple[Example, ...]


@dataclass(frozen=True, eq=False)
class _Answer:
    """What the classifier says of one example; `features` are (F,) float32."""

    prepared: Prepared
    prediction: Prediction
    logit: float
    features: np.ndarray


def predict_examples(
    classifier: ExampleClassifier,
    examples: Sequence[Example],
    limits: Limits,
    on_done: Callable[[int, int], None] | None = None,
    change: Callable[[Radiograph], Radiograph] = lambda radiograph: radiograph,
) -> ExamplePredictions:
    """Predict every example once; one that cannot be read or predicted is refused and keeps no other back.

    Args:
        limits: what a file may be.
        on_done: told (done, total).
        change: what is done to each radiograph before it is predicted.

    Raises:
        Exception: what the first of them met, where not one could be predicted though files could be read: then it is
            the network that fails, not the files.
    """
    answers: list[ExamplePrediction] = []
    answered: list[Example] = []
    features: list[np.ndarray] = []
    refused: list[Refusal] = []
    failures: list[Exception] = []

    def predict(prepared: list[Prepared]) -> list[_Answer]:
        output = classifier.explain(prepared)
        predictions = classifier.conclude(prepared, output)
        parts = zip(prepared, predictions, output.logits, output.features, strict=True)
        return [_Answer(item, prediction, float(logit), row) for item, prediction, logit, row in parts]

    with decoding_threads() as pool:
        pipeline: Pipeline[Example, None, _Answer] = Pipeline(
            pool=pool,
            decode=lambda data, example, limits: [change(decode_one(data, str(example.path), limits))],
            prepare=classifier.prepare,
            predict=predict,
            keep=lambda _: None,
            limits=limits,
            batch=BATCH,
        )
        for outcome in pipeline.run(Input(example, example.path.read_bytes) for example in examples):
            if outcome.answer is not None:
                answers.append(_note(outcome.source, outcome.answer, classifier.notes_presentation))
                answered.append(outcome.source)
                features.append(outcome.answer.features)
            elif outcome.error is not None:
                refused.append(_refuse(outcome.source, outcome.error))
                if not isinstance(outcome.error, (RefusedFileError, OSError)):
                    failures.append(outcome.error)
            if on_done:
                on_done(len(answers) + len(refused), len(examples))
    if failures and not answers:
        raise failures[0]
    stacked = np.stack(features) if features else np.zeros((0, 0), np.float32)
    return ExamplePredictions(tuple(answers), stacked, tuple(refused), tuple(answered))


def _refuse(example: Example, error: Exception) -> Refusal:
    if isinstance(error, RefusedFileError):
        return as_refusal(error)
    if isinstance(error, OSError):
        reason = f"it cannot be read ({error.strerror})"
    else:
        reason = f"it could not be predicted ({type(error).__name__})"
    return Refusal(str(example.path), reason, "Check the file.")


def _note(example: Example, answer: _Answer, notes_presentation: bool) -> ExamplePrediction:
    prediction, geometry = answer.prediction, answer.prepared.geometry
    found, peak = None, prediction.saliency_xy
    if example.boxes and prediction.heatmap is not None:
        image = answer.prepared.image
        found = saliency.pointing(prediction.heatmap.values, peak, example.boxes, geometry, image)
    at = None if peak is None else ((peak[0] + 0.5) / geometry.width, (peak[1] + 0.5) / geometry.height)
    noted = prediction.presentation is not None and prediction.probability is not None
    return ExamplePrediction(
        example.path.name,
        example.fractured,
        answer.logit,
        prediction.probability,
        found,
        at,
        noted if notes_presentation else None,
    )
