"""A study of the same radiographs saved again with losses, as exports and messengers do: what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2

from core.config import Limits
from core.domain import Band, Radiograph, Window
from core.imaging.overlay import display
from core.learning.card_text.studies import MOVED
from core.learning.datasets.class_folders import find_split, manifest_hash, read_split
from core.learning.evaluation.evaluate import MeasuredVersion
from core.learning.evaluation.figures import ExamplePrediction, labels_and_values, plain
from core.learning.evaluation.predict_examples import predict_examples
from core.statistics import discrimination

QUALITIES = (95, 90, 80)  # of JPEG: what viewers export with, from careful to usual
AS_THEY_ARE = "as they are"


def save_again(radiograph: Radiograph, quality: int) -> Radiograph:
    """The same radiograph as a JPEG: 8 bits over its window, and the losses of that quality, 1 to 100."""
    grey = display(radiograph.pixels, radiograph.window)
    _, saved = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return replace(radiograph, pixels=cv2.imdecode(saved, cv2.IMREAD_GRAYSCALE), bit_depth=8, window=Window(0.0, 255.0))


def measure_saved_again(
    subject: MeasuredVersion, dataset: Path, split: str, limits: Limits, say: Callable[[str], None] = lambda text: None
) -> dict:
    """Compare a version's answers on radiographs saved again with its answers on the radiographs as they are.

    Args:
        limits: what a file may be.

    Returns:
        JSON-ready: `measured`, by how they were saved, as they are first: `n` and `auc`; and of those saved again the
        shares that `moved` by more than `moved_by` and that came into an `other_band`, with Wilson's intervals.
        Whatever the gate declines in one form alone has moved.

    Raises:
        DatasetError: the data set has no such split.
    """
    examples = read_split(find_split(dataset, split))
    say(f"measuring {AS_THEY_ARE}")
    before = predict_examples(subject.classifier, examples, limits).answers
    measured = {AS_THEY_ARE: _figures(before)}
    for quality in QUALITIES:
        name = f"JPEG of quality {quality}"
        say(f"measuring {name}")
        after = predict_examples(
            subject.classifier, examples, limits, change=partial(save_again, quality=quality)
        ).answers
        measured[name] = {**_figures(after), **_compare(subject, before, after)}
    return plain(
        {
            "kind": "saved_again",
            "version": subject.model.version,
            "dataset": dataset.resolve().name,
            "split": split,
            "manifest_sha256": manifest_hash(examples),
            "moved_by": MOVED,
            "measured": measured,
        }
    )


def _figures(answers: Sequence[ExamplePrediction]) -> dict:
    labels, values = labels_and_values(answers)
    return {
        "n": len(answers),
        "auc": discrimination.auc(labels, values),
        "auc_ci": discrimination.auc_interval(labels, values),
    }


def _compare(subject: MeasuredVersion, before: Sequence[ExamplePrediction], after: Sequence[ExamplePrediction]) -> dict:
    low, high = subject.classifier.threshold_low, subject.classifier.threshold_high
    bands = [[Band.of(answer.probability, low, high) for answer in answers] for answers in (before, after)]
    moved = sum(abs(a.value - b.value) > MOVED for a, b in zip(before, after, strict=True))
    other = sum(a is not b for a, b in zip(*bands, strict=True))
    counts, n = {"moved": moved, "other_band": other}, len(before)
    shares = {name: count / n if n else None for name, count in counts.items()}
    return {**shares, **{f"{name}_ci": discrimination.wilson(count, n) for name, count in counts.items()}}
