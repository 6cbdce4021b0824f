"""A study of the spread of figures over several evaluations, such as those of one recipe with several seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.card import EvaluationDocument, SeedSpread, SeedsStudy, read
from core.errors import DatasetError

# The figures that are compared, where all evaluations have them.
COMPARED = (
    "auc",
    "average_precision",
    "sensitivity_at_90_specificity",
    "ece",
    "brier",
    "hit_rate",
    "near_rate",
)


def measure_spread(documents: Sequence[Path]) -> SeedsStudy:
    """Mean and standard deviation of the figures of several evaluations.

    Args:
        documents: what `evaluate --json` wrote, one a version.

    Returns:
        `figures`, by name the `mean`, the sample's standard deviation `sd` (None for one evaluation), and
        the `values` in the order of `versions`.

    Raises:
        DatasetError: they were not all measured on the same radiographs.
    """
    evaluations = [read(EvaluationDocument, json.loads(path.read_text(encoding="utf-8"))) for path in documents]
    if len({evaluation.manifest_sha256 for evaluation in evaluations}) != 1:
        raise DatasetError("The evaluations must be of the same radiographs to be compared. Measure them again.")
    figures = {}
    for name in COMPARED:
        values = tuple(found for evaluation in evaluations if (found := getattr(evaluation, name)) is not None)
        if len(values) == len(evaluations):
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
            figures[name] = SeedSpread(mean=float(np.mean(values)), sd=deviation, values=values)
    first = evaluations[0]
    return SeedsStudy(
        dataset=first.dataset,
        split=first.split,
        versions=tuple(evaluation.model_version or "" for evaluation in evaluations),
        figures=figures,
    )
