"""The worst errors of a version on labelled radiographs: fractures that it misses, and its surest false positives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.learning.datasets.class_folders import Example
from core.learning.evaluation.figures import ExamplePrediction
from core.prediction.classifier import Classifier
from core.registry import file_sha256
from core.statistics.intervals import wilson

FAILURES = 24  # of either kind that are listed


def find_failures(
    classifier: Classifier, dataset: Path, examples: Sequence[Example], answers: Sequence[ExamplePrediction]
) -> dict[str, dict]:
    """Fractures in the band negative or declined, the least probable first, and the surest false positives."""
    both = list(zip(examples, answers, strict=True))
    missed = sorted((p for p in both if p[1].fractured and p[1].value < classifier.threshold_low), key=_value)
    alarms = [p for p in both if not p[1].fractured and p[1].value >= classifier.threshold_high]
    return {
        "missed": _listed(missed, dataset, sum(a.fractured for a in answers)),
        "false_alarms": _listed(sorted(alarms, key=_value)[::-1], dataset, sum(not a.fractured for a in answers)),
    }


def _value(pair: tuple[Example, ExamplePrediction]) -> float:
    return pair[1].value


def _listed(pairs: Sequence[tuple[Example, ExamplePrediction]], dataset: Path, of: int) -> dict:
    worst = [
        {
            "file": example.path.relative_to(dataset).as_posix(),
            "sha256": file_sha256(example.path),
            "probability": answer.probability,
            "peak": answer.peak,
            "boxes": example.boxes,
        }
        for example, answer in pairs[:FAILURES]
    ]
    n = len(pairs)
    return {"n": n, "of": of, "rate": n / of if of else None, "rate_ci": wilson(n, of), "worst": worst}
