"""Subgroups of a data set: region, view, hardware, size of the fracture, so that figures can be given for each."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from core.errors import DatasetError
from core.learning.datasets.class_folders import Example

# Columns that stand beside others of their kind: what is no hand is no group of its own.
AXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "region": ("hand", "leg", "hip", "shoulder", "mixed"),
        "view": ("frontal", "lateral", "oblique"),
    }
)
BOX_SIZES = (0.0, 0.002, 0.005, 0.01, 1.0)  # quarters of FracAtlas' fractures, about, as shares of the radiograph
BOX_AXIS = "largest box"


def read_subgroups(path: Path) -> dict[str, frozenset[str]]:
    """Name of a subgroup to the file names in it.

    Args:
        path: a CSV with a column `file`. Each column that holds only 0 and 1 makes a subgroup; one that is neither a
            region nor a view makes two: `hardware` and `without hardware`.

    Raises:
        DatasetError: the file cannot be read or has no column `file`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise DatasetError(f"The subgroups {path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"The subgroups {path} must be a CSV in UTF-8 with a column named file.") from error
    if not rows or "file" not in rows[0]:
        raise DatasetError(f"The subgroups {path} must be a CSV with a column named file.")
    groups: dict[str, set[str]] = defaultdict(set)
    for column in rows[0]:
        if column == "file" or not {row[column] for row in rows} <= {"0", "1"}:
            continue
        for row in rows:
            if row[column] == "1":
                groups[column].add(row["file"])
            elif axis_of(column) == column:
                groups[f"without {column}"].add(row["file"])
    return {name: frozenset(files) for name, files in groups.items()}


def by_box_size(examples: Sequence[Example]) -> dict[str, frozenset[str]]:
    """Fractured radiographs by the size of their largest box, each group beside all that are not fractured."""
    others = {example.path.name for example in examples if not example.fractured}
    largest = {e.path.name: max(width * height for _, _, width, height in e.boxes) for e in examples if e.boxes}
    groups = {}
    for low, high in pairwise(BOX_SIZES):
        inside = {name for name, size in largest.items() if low <= size < high or size == high == BOX_SIZES[-1]}
        if inside:
            groups[f"{BOX_AXIS} {_range(low, high)}"] = frozenset(inside | others)
    return groups


def _range(low: float, high: float) -> str:
    if low == BOX_SIZES[0]:
        return f"below {high * 100:g} %"
    return f"{low * 100:g} % and more" if high == BOX_SIZES[-1] else f"{low * 100:g} to {high * 100:g} %"


def axis_of(name: str) -> str:
    """What a subgroup is one of: `hand` of `region`, `without hardware` of `hardware`."""
    if name.startswith(BOX_AXIS):
        return BOX_AXIS
    column = name.removeprefix("without ")
    return next((axis for axis, columns in AXES.items() if column in columns), column)
