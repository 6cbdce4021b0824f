"""Subgroups of a data set: which pictures show hardware, which a hand, so that figures can be given for each."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from core.errors import DatasetError


def read_subgroups(path: Path) -> dict[str, frozenset[str]]:
    """Name of a subgroup to the file names in it.

    Args:
        path: a CSV with a column `file`. Each column that holds only 0 and 1 makes two subgroups: `hardware` and
            `without hardware`.

    Raises:
        DatasetError: the file cannot be read or has no column `file`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise DatasetError(f"The subgroups {path} cannot be read: {error.strerror}.") from error
    if not rows or "file" not in rows[0]:
        raise DatasetError(f"The subgroups {path} must be a CSV with a column named file.")
    groups: dict[str, set[str]] = defaultdict(set)
    for column in rows[0]:
        if column == "file" or not {row[column] for row in rows} <= {"0", "1"}:
            continue
        for row in rows:
            groups[column if row[column] == "1" else f"without {column}"].add(row["file"])
    return {name: frozenset(files) for name, files in groups.items()}
