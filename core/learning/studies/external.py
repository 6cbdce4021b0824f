"""A study on another collection of radiographs: versions measured on one picture of each source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.card import ExternalStudy, SplitFigures
from core.config import Limits
from core.learning.datasets.class_folders import hash_of_examples
from core.learning.evaluation.figures import ExamplePrediction, with_difference
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.studies.copies import one_per_source, read_copies
from core.learning.studies.measure import measure


def measure_external(
    dataset: Path,
    subjects: Sequence[MeasuredVersion],
    limits: Limits,
    on_phase: Callable[[str], None] = lambda _: None,
) -> ExternalStudy:
    """Measure versions on one picture of each source; pictures of FracAtlas are left out.

    Args:
        dataset: splits of class folders, and the table of copies; see `copies`.
        limits: what a file may be.
        on_phase: called with what is being done, in words.

    Returns:
        The figures of each version; from the second version on, the difference from the first one's AUC.

    Raises:
        DatasetError: the table of copies cannot be read.
    """
    copies = read_copies(dataset)
    examples = one_per_source(copies)
    measured: dict[str, SplitFigures] = {}
    answers: dict[str, Sequence[ExamplePrediction]] = {}
    for subject in subjects:
        version = subject.model.version
        on_phase(f"measuring {version}")
        measured[version], answers[version] = measure(subject, examples, limits)
        if first := next((other for other in answers if other != version), None):
            compared = replace(measured[version], compared_with=first)
            measured[version] = with_difference(compared, answers[first], answers[version])
    return ExternalStudy(
        dataset=dataset.resolve().name,
        n_files=len(copies),
        n_sources=len({copy.source for copy in copies}),
        manifest_sha256=hash_of_examples(examples),
        measured=measured,
    )
