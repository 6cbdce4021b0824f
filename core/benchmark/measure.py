"""What one line of the table is, and how two ways are measured side by side."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]  # where `python -m core` and `python -m dashboard.benchmark` work


class SideBySide(StrEnum):
    """How the medians of the two series are held against each other, and on which side of `required` to stay."""

    RATIO_AT_LEAST = "ratio_at_least"
    RATIO_AT_MOST = "ratio_at_most"
    DIFFERENCE_AT_MOST = "difference_at_most"


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One line of the table.

    Attributes:
        key: the name that `--only` knows it by.
        title: what is measured, in words.
        unit: of both series.
        ours, other: every repeat's figure, in the order measured.
        other_name: what `other` is.
        comparison, required: what must hold of the two medians.
        facts: further figures, by name.
    """

    key: str
    title: str
    unit: str
    ours: tuple[float, ...]
    other: tuple[float, ...]
    other_name: str
    comparison: SideBySide
    required: float
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The ratio or the difference of the medians."""
        ours, other = median(self.ours), median(self.other)
        return ours - other if self.comparison is SideBySide.DIFFERENCE_AT_MOST else ours / other

    @property
    def kept(self) -> bool:
        """Whether the value is on the right side of `required`."""
        at_least = self.comparison is SideBySide.RATIO_AT_LEAST
        return self.value >= self.required if at_least else self.value <= self.required

    def as_json(self) -> dict:
        """The row with its medians, for `--json`."""
        medians = {"ours_median": median(self.ours), "other_median": median(self.other)}
        return {**asdict(self), **medians, "value": self.value, "kept": self.kept}


@dataclass(frozen=True, slots=True)
class Plan:
    """What every measurement is given.

    Attributes:
        images: the pictures, sorted.
        workspace: a temporary folder, emptied afterwards.
        repeats: how often each way is measured, in turn.
        keys: of the rows to measure.
        report: takes a line of progress.
    """

    images: tuple[Path, ...]
    workspace: Path
    repeats: int
    keys: frozenset[str]
    report: Callable[[str], None] = lambda _: None


def alternate(ways: Mapping[str, Callable[[], float]], plan: Plan) -> dict[str, tuple[float, ...]]:
    """Measure every way `plan.repeats` times, taking turns, so that a slow minute of the machine hits all alike."""
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(plan.repeats):
        for name, measure in ways.items():
            figures[name].append(measure())
            plan.report(f"{name}, {repeat + 1} of {plan.repeats}: {figures[name][-1]:.4g}")
    return {name: tuple(values) for name, values in figures.items()}


def per_second(work: Callable[[], int]) -> float:
    """How many a second `work` gets through; it returns how many it did."""
    began = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - began)


def link(image: Path, target: Path) -> None:
    """Put a picture at another place, without taking space where links can be made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(image, target)
    except OSError:  # another file system, or one that has no links
        shutil.copy(image, target)
