"""A study of test-time flips: whether reading each radiograph a second time, mirrored, pays for its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.config import Limits
from core.learning.datasets.class_folders import find_split, manifest_hash, read_split
from core.learning.evaluation import saliency
from core.learning.evaluation.evaluate import MeasuredVersion
from core.learning.evaluation.figures import plain
from core.learning.evaluation.predict_examples import BATCH, ExampleClassifier, predict_examples
from core.prediction.engine import EngineOutput
from core.statistics import discrimination

if TYPE_CHECKING:
    from core.domain import Prediction
    from core.prediction.classifier import Classifier, Prepared


class ReadTwice:
    """A classifier that takes the mean of the logits, and of the heatmaps, of a radiograph and of its mirror image.

    What the gate looks at stays that of the radiograph as it is.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.prepare, self.notes_presentation = classifier.prepare, classifier.notes_presentation

    def explain(self, prepared: Sequence[Prepared]) -> EngineOutput:
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
        return self._classifier.conclude(prepared, explained)


def measure_flips(
    subject: MeasuredVersion,
    dataset: Path,
    split: str,
    limits: Limits,
    boxes: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """Read every radiograph once, and twice.

    Args:
        limits: what a file may be.
        boxes: see `read_split`; without them nothing is said of heatmaps.

    Returns:
        JSON-ready: `measured`, by how often they are read: `n`, `auc` of the scores before the gate, `hit_rate` where
        there are boxes, and `time` with decoding, in times of what one reading takes.

    Raises:
        DatasetError: the data set has no such split, or the boxes cannot be read.
    """
    examples = read_split(find_split(dataset, split), boxes)
    readers: dict[str, ExampleClassifier] = {
        "read once": subject.classifier,
        "read twice, mirrored": ReadTwice(subject.classifier),
    }
    predict_examples(readers["read once"], examples[:BATCH], limits)  # the first batch of all also compiles
    measured, seconds = {}, {}
    for name, reader in readers.items():
        say(f"measuring {name}")
        began = time.perf_counter()
        answers = predict_examples(reader, examples, limits).answers
        seconds[name] = time.perf_counter() - began
        labels, logits = np.array([a.fractured for a in answers]), np.array([a.logit for a in answers])
        located = [a for a in answers if a.pointing is not None]
        pointing = saliency.summarise([a.pointing for a in located], [a.probability is not None for a in located])
        measured[name] = {
            "n": len(answers),
            "auc": discrimination.auc(labels, logits),
            "auc_ci": discrimination.auc_interval(labels, logits),
            **{key: pointing[key] for key in ("hit_rate", "hit_rate_ci") if key in pointing},
            "time": seconds[name] / seconds["read once"],
        }
    return plain(
        {
            "kind": "flips",
            "version": subject.model.version,
            "dataset": dataset.resolve().name,
            "split": split,
            "manifest_sha256": manifest_hash(examples),
            "measured": measured,
        }
    )
