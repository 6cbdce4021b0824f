"""Copies in two public collections, against lists that others made of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from core.config import Limits
from core.learning.datasets.audit import audit
from core.learning.datasets.sources import read_folder


def pairs_across(labels: dict[str, object]) -> int:
    """How many pairs of files carry the same label and stand in different splits."""
    within: dict[object, Counter[str]] = {}
    for file, label in labels.items():
        within.setdefault(label, Counter())[file.partition("/")[0]] += 1
    return sum((sum(c.values()) ** 2 - sum(n * n for n in c.values())) // 2 for c in within.values())


@pytest.mark.realdata
def test_the_contradictions_of_fracatlas(real_data: Path) -> None:
    found = audit(read_folder(real_data / "fracatlas").pictures, Limits()).audit
    numbers = {tuple(sorted(int(Path(file).stem[3:]) for file in group)) for group in found.contradictions}
    assert numbers == {(2952, 4262), (2886, 4243), (2998, 4280), (3034, 4314, 4341)}


def number_of(file: str) -> str:
    """The picture that a file of the collection says it is: `train/fractured/79-rotated3.jpg` is 79 of fractured."""
    _, kind, name = file.split("/")
    return f"{kind}/{match[0]}" if (match := re.match(r"\d+(?=\.|-rotated| \(| - Copy)", name)) else file


@pytest.mark.realdata
def test_copies_across_splits_of_the_multi_region_collection(real_data: Path) -> None:
    """What its list knows is found; and what is found beyond it are copies by the collection's own file names.

    The list keeps some originals apart from their turned copies. No threshold can follow it there: those pairs agree
    better than many that it joins. Two pairs of numbers name one picture twice, which their markers and bones show.
    """
    with (real_data / "multi-region" / "groups.csv").open(newline="") as stream:
        rows = {f"{row['split']}/{row['class']}/{row['file']}": row for row in csv.DictReader(stream)}
    found = audit(read_folder(real_data / "multi-region").pictures, Limits()).audit
    group_of = {file: number for number, group in enumerate(found.copy_groups) for file in group}
    for known in ("near_group", "source_group"):
        truth = {file: row[known] for file, row in rows.items()}
        assert pairs_across({file: (group, truth[file]) for file, group in group_of.items()}) >= 0.95 * pairs_across(
            truth
        )
    twice = {"not fractured/69": "not fractured/3", "not fractured/47": "not fractured/30"}
    named = {file: twice.get(number_of(file), number_of(file)) for file in group_of}
    listed, by_name, both = (
        pairs_across({file: (group, *(label[file] for label in labels)) for file, group in group_of.items()})
        for labels in ((truth,), (named,), (truth, named))
    )
    assert listed >= 0.97 * pairs_across(group_of)
    assert listed + by_name - both >= 0.99 * pairs_across(group_of)
