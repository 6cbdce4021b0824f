"""The figures that two studies have in common: those of one version on one list of radiographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.card import SplitFigures
from core.config import Limits
from core.learning.datasets.class_folders import Example
from core.learning.evaluation.figures import ExamplePrediction, summarise
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import predict_examples

EVEN = 0.5  # the probability from which on the accuracy counts a radiograph as fractured


def measure(
    subject: MeasuredVersion, examples: Sequence[Example], limits: Limits
) -> tuple[SplitFigures, Sequence[ExamplePrediction]]:
    """Predict the examples, and summarise the predictions.

    Args:
        limits: what a file may be.

    Returns:
        The figures of `summarise` with their intervals, and `accuracy` at a probability of 0.5 (None without
        predictions); and the predictions. Without radiographs of one class the AUC is None.
    """
    answers = predict_examples(subject.classifier, examples, limits).answers
    figures = summarise(answers, subject.classifier.threshold_low, subject.classifier.threshold_high, whole=False)
    right = sum(answer.fractured == (answer.value >= EVEN) for answer in answers)
    return replace(figures, accuracy=right / len(answers) if answers else None), answers
