"""The table of a data set's copies: which of its files come from one source picture.

The table is `groups.csv` in the data set's folder. Its columns are `split`, `class`, `file`, `source_group` (files with
one number come from one source picture) and `fracatlas` (filled in where it is a picture of FracAtlas, on which the
shipped versions were trained).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DatasetError
from core.learning.datasets.class_folders import Example, class_of

FILE = "groups.csv"
COLUMNS = ("split", "class", "file", "source_group", "fracatlas")


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of a data set.

    Attributes:
        split: the name of its folder, such as `train`.
        source: names the source picture that it is a copy of.
        in_fracatlas: whether FracAtlas holds the source picture too.
    """

    split: str
    example: Example
    source: str
    in_fracatlas: bool


def read_copies(dataset: Path) -> list[Copy]:
    """Read the table of a data set, in its order.

    Raises:
        DatasetError: the table is missing or lacks a column.
    """
    path = dataset / FILE
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise DatasetError(f"The table of copies {path} cannot be read: {error.strerror}.") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise DatasetError(f"The table of copies {path} must be a CSV with the columns {', '.join(COLUMNS)}.")
    return [_copy(dataset, row) for row in rows]


def _copy(dataset: Path, row: dict[str, str]) -> Copy:
    path = dataset / row["split"] / row["class"] / row["file"]
    example = Example(path, class_of(row["class"]) is True)
    return Copy(row["split"], example, row["source_group"], bool(row["fracatlas"]))


def one_per_source(copies: Sequence[Copy]) -> list[Example]:
    """Take the first file of each source picture.

    Sources that FracAtlas holds too are left out, and sources whose copies carry both classes.
    """
    left_out = {copy.source for copy in copies if copy.in_fracatlas}
    classes: dict[str, set[bool]] = {}
    for copy in copies:
        classes.setdefault(copy.source, set()).add(copy.example.fractured)
    left_out |= {source for source, found in classes.items() if len(found) > 1}
    first: dict[str, Example] = {}
    for copy in copies:
        if copy.source not in left_out:
            first.setdefault(copy.source, copy.example)
    return list(first.values())


def without_copies_of_train(copies: Sequence[Copy], split: str) -> list[Example]:
    """Take the first file of each source picture of a split that has no copy in `train`."""
    trained = {copy.source for copy in copies if copy.split == "train"}
    first: dict[str, Example] = {}
    for copy in copies:
        if copy.split == split and copy.source not in trained:
            first.setdefault(copy.source, copy.example)
    return list(first.values())
