"""A study of radiographs saved again with losses, as exports and messengers do: how much the prediction changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from core.card import SavedAgainFigures, SavedAgainStudy
from core.config import Limits
from core.domain import Band, Radiograph, Window
from core.imaging.overlay import display
from core.learning.datasets.class_folders import find_split, hash_of_examples, read_split
from core.learning.evaluation.figures import ExamplePrediction, finite, labels_and_values
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import predict_examples
from core.statistics import discrimination
from core.statistics.intervals import wilson

QUALITIES = (95, 90, 80)  # of JPEG: what viewers export with, from careful to usual
AS_THEY_ARE = "as they are"
MOVED = 0.02  # of probability; more is called moved


def save_again(radiograph: Radiograph, quality: int) -> Radiograph:
    """Save a radiograph as a JPEG, and read it back.

    Args:
        quality: of JPEG, 1 to 100.

    Returns:
        The same radiograph with (H, W) uint8 pixels, the old window spread over 0 to 255.
    """
    grey = display(radiograph.pixels, radiograph.window)
    _, saved = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    pixels = np.asarray(cv2.imdecode(saved, cv2.IMREAD_GRAYSCALE))
    return replace(radiograph, pixels=pixels, bit_depth=8, window=Window(0.0, 255.0))


def measure_saved_again(
    subject: MeasuredVersion,
    dataset: Path,
    split: str,
    limits: Limits,
    on_phase: Callable[[str], None] = lambda _: None,
) -> SavedAgainStudy:
    """Compare a version's predictions of radiographs saved again with those of the radiographs as they are.

    Args:
        limits: what a file may be.
        on_phase: called with what is being done, in words.

    Returns:
        `measured`, by how the radiographs were saved, first as they are: `n` and `auc`; and for those saved
        again the shares whose probability `moved` by more than `moved_by` and that came into an `other_band`, with
        Wilson intervals. A radiograph that the gate declines in one of both forms counts as moved.

    Raises:
        DatasetError: the data set has no such split.
    """
    examples = read_split(find_split(dataset, split))
    on_phase(f"measuring {AS_THEY_ARE}")
    before = predict_examples(subject.classifier, examples, limits).answers
    measured = {AS_THEY_ARE: _figures(before)}
    for quality in QUALITIES:
        name = f"JPEG of quality {quality}"
        on_phase(f"measuring {name}")
        again = partial(save_again, quality=quality)
        after = predict_examples(subject.classifier, examples, limits, change=again).answers
        measured[name] = _compare(subject, before, after)
    return SavedAgainStudy(
        version=subject.model.version,
        dataset=dataset.resolve().name,
        split=split,
        manifest_sha256=hash_of_examples(examples),
        moved_by=MOVED,
        measured=measured,
    )


def _figures(answers: Sequence[ExamplePrediction]) -> SavedAgainFigures:
    labels, values = labels_and_values(answers)
    return SavedAgainFigures(
        n=len(answers),
        auc=finite(discrimination.auc(labels, values)),
        auc_ci=discrimination.auc_interval(labels, values),
    )


def _compare(
    subject: MeasuredVersion, before: Sequence[ExamplePrediction], after: Sequence[ExamplePrediction]
) -> SavedAgainFigures:
    low, high = subject.classifier.threshold_low, subject.classifier.threshold_high
    bands = [[Band.of(answer.probability, low, high) for answer in answers] for answers in (before, after)]
    moved = sum(abs(a.value - b.value) > MOVED for a, b in zip(before, after, strict=True))
    other = sum(a is not b for a, b in zip(*bands, strict=True))
    n = len(before)
    return replace(
        _figures(after),
        moved=moved / n if n else None,
        other_band=other / n if n else None,
        moved_ci=wilson(moved, n),
        other_band_ci=wilson(other, n),
    )
