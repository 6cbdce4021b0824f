"""A study of the spread of figures over several evaluations, such as those of one recipe with several seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import DatasetError
from core.learning.evaluation.figures import plain

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


def measure_spread(documents: Sequence[Path]) -> dict:
    """Mean and standard deviation of the figures of several evaluations.

    Args:
        documents: what `evaluate --json` wrote, one a version.

    Returns:
        JSON-ready: `figures`, by name the `mean`, the sample's standard deviation `sd` (None for one evaluation), and
        the `values` in the order of `versions`.

    Raises:
        DatasetError: they were not all measured on the same radiographs.
    """
    evaluations = [json.loads(path.read_text(encoding="utf-8")) for path in documents]
    if len({evaluation["manifest_sha256"] for evaluation in evaluations}) != 1:
        raise DatasetError("The evaluations must be of the same radiographs to be compared. Measure them again.")
    figures = {}
    for name in COMPARED:
        values = [evaluation.get(name) for evaluation in evaluations]
        if None not in values:
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
            figures[name] = {"mean": float(np.mean(values)), "sd": deviation, "values": values}
    first = evaluations[0]
    return plain(
        {
            "kind": "seeds",
            "dataset": first["dataset"],
            "split": first["split"],
            "versions": [evaluation["model_version"] for evaluation in evaluations],
            "figures": figures,
        }
    )
