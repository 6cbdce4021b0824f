"""A study of test-time flips: whether predicting each radiograph a second time, mirrored, is worth its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.card import FlipFigures, FlipsStudy
from core.config import Limits
from core.learning.datasets.class_folders import find_split, hash_of_examples, read_split
from core.learning.evaluation import saliency
from core.learning.evaluation.figures import ExamplePrediction, finite
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import BATCH, ExampleClassifier, predict_examples
from core.prediction.engine import EngineOutput
from core.statistics import discrimination

if TYPE_CHECKING:
    from core.domain import Prediction
    from core.prediction.classifier import Classifier, Prepared

ONCE = "read once"


class ReadTwice:
    """A classifier whose logits and heatmaps are the mean of those of the radiograph and of its mirror image.

    The features that the gate measures are those of the radiograph alone.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.prepare, self.notes_presentation = classifier.prepare, classifier.notes_presentation

    def explain(self, prepared: Sequence[Prepared]) -> EngineOutput:
        """See `Classifier.explain`; the network runs twice."""
        from core.prediction.classifier import Prepared

        once = self._classifier.explain(prepared)
        mirrored = [Prepared(np.ascontiguousarray(item.image[:, ::-1]), item.geometry) for item in prepared]
        again = self._classifier.explain(mirrored)
        return EngineOutput(
            (once.logits + again.logits) / 2,
            (once.heatmaps + again.heatmaps[:, :, ::-1]) / 2,
            once.has_evidence | again.has_evidence,
            once.features,
        )

    def conclude(self, prepared: Sequence[Prepared], explained: EngineOutput) -> list[Prediction]:
        """See `Classifier.conclude`."""
        return self._classifier.conclude(prepared, explained)


def measure_flips(
    subject: MeasuredVersion,
    dataset: Path,
    split: str,
    limits: Limits,
    boxes: Path | None = None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> FlipsStudy:
    """Predict every radiograph once, and then again with its mirror image.

    Args:
        limits: what a file may be.
        boxes: see `read_split`; without them the heatmaps are not measured.
        on_phase: called with what is being done, in words.

    Returns:
        `measured`, by how often each radiograph is read: `n`, the `auc` of the scores before the gate, the
        `hit_rate` where there are boxes, and the `time` with decoding, as a multiple of reading once.

    Raises:
        DatasetError: the data set has no such split, or the boxes cannot be read.
    """
    examples = read_split(find_split(dataset, split), boxes)
    classifiers: dict[str, ExampleClassifier] = {
        ONCE: subject.classifier,
        "read twice, mirrored": ReadTwice(subject.classifier),
    }
    predict_examples(subject.classifier, examples[:BATCH], limits)  # the first batch of all also compiles
    measured, seconds = {}, {}
    for name, classifier in classifiers.items():
        on_phase(f"measuring {name}")
        began = time.perf_counter()
        answers = predict_examples(classifier, examples, limits).answers
        seconds[name] = time.perf_counter() - began
        measured[name] = replace(_figures(answers), time=seconds[name] / seconds[ONCE])
    return FlipsStudy(
        version=subject.model.version,
        dataset=dataset.resolve().name,
        split=split,
        manifest_sha256=hash_of_examples(examples),
        measured=measured,
    )


def _figures(answers: Sequence[ExamplePrediction]) -> FlipFigures:
    labels, logits = np.array([a.fractured for a in answers]), np.array([a.logit for a in answers])
    located = [(a.pointing, a.probability is not None) for a in answers if a.pointing is not None]
    pointing = saliency.summarise([found for found, _ in located], [is_shown for _, is_shown in located])
    return FlipFigures(
        n=len(answers),
        auc=finite(discrimination.auc(labels, logits)),
        auc_ci=discrimination.auc_interval(labels, logits),
        hit_rate=pointing.hit_rate,
        hit_rate_ci=pointing.hit_rate_ci,
    )
