"""Class folders: the pictures in them, the class of each picture, and the boxes of its fractures.

A data set is a folder of splits (`train/`, `val/`, `test/`) that each hold two class folders; or two class folders.
Which class is which comes from the folders' names, never from their order.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import DatasetError
from core.imaging.names import is_litter

# All accepted spellings. Names are compared in lower case, every run of other characters as one blank.
FRACTURED_SPELLINGS = ("fractured", "fracture", "fractures", "positive")
NOT_FRACTURED_SPELLINGS = (
    "not fractured",
    "notfractured",
    "non fractured",
    "nonfractured",
    "unfractured",
    "no fracture",
    "not fracture",
    "non fracture",
    "negative",
    "normal",
)
ACCEPTED_NAMES = f"Accepted names, in any case: {', '.join(FRACTURED_SPELLINGS)}; {', '.join(NOT_FRACTURED_SPELLINGS)}."
BOX_COLUMNS = ("file", "left", "top", "width", "height")
BOX_MARGIN = 0.01  # how far beyond the picture a box may reach, for rounding


@dataclass(frozen=True, slots=True)
class Example:
    """One picture of a data set.

    Attributes:
        path: the file.
        fractured: its class.
        boxes: left, top, width, height of each fracture, as fractions of the picture.
    """

    path: Path
    fractured: bool
    boxes: tuple[tuple[float, float, float, float], ...] = ()


def class_of(folder_name: str) -> bool | None:
    """The class that a folder's name stands for: True for fractured, False for not fractured, None for neither."""
    words = re.sub(r"[^a-z0-9]+", " ", folder_name.lower()).strip()
    if words in FRACTURED_SPELLINGS:
        return True
    if words in NOT_FRACTURED_SPELLINGS:
        return False
    return None


def read_split(folder: Path, boxes: Path | None = None, exclude: frozenset[str] = frozenset()) -> list[Example]:
    """List the pictures of one split, sorted by path.

    Args:
        folder: holds the two class folders.
        boxes: a CSV with the columns `file,left,top,width,height`; other columns are ignored.
        exclude: file names to leave out.

    Raises:
        DatasetError: the folder is missing, its class folders are not exactly one of each, or one is empty.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder. A data set has train/ and val/, two class folders in each.")
    children = [child for child in sorted(folder.iterdir()) if child.is_dir() and not _is_ignored(child.name)]
    found = {child: class_of(child.name) for child in children}
    named = ", ".join(repr(child.name) for child in found) or "no folders"
    if len(found) != 2 or set(found.values()) != {False, True}:
        raise DatasetError(
            f"{folder} must hold one folder of fractured and one of not fractured radiographs, but holds {named}. "
            f"{ACCEPTED_NAMES}"
        )
    by_file = read_boxes(boxes) if boxes else {}
    examples = []
    for child, fractured in found.items():
        below = (p for p in sorted(child.rglob("*")) if not any(map(_is_ignored, p.relative_to(child).parts)))
        files = [p for p in below if p.is_file() and p.name not in exclude]
        if not files:
            raise DatasetError(f"{child} holds no files. Add radiographs to it.")
        examples += [Example(p, bool(fractured), by_file.get(p.name, ()) if fractured else ()) for p in files]
    return examples


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or is_litter(name)


def find_split(dataset: Path, split: str) -> Path:
    """The folder of one split; the data set itself where it holds class folders and no splits. Raises DatasetError."""
    if (dataset / split).is_dir():
        return dataset / split
    if dataset.is_dir() and any(class_of(child.name) is not None for child in dataset.iterdir() if child.is_dir()):
        return dataset
    raise DatasetError(f"{dataset} has neither a folder '{split}' nor two class folders.")


def read_boxes(path: Path) -> dict[str, tuple[tuple[float, float, float, float], ...]]:
    """Read the boxes of each file name: left, top, width, height, as fractions of the picture.

    Raises:
        DatasetError: the file is missing, lacks a column, or holds a row that is no box within the picture.
    """
    columns = ", ".join(BOX_COLUMNS)
    boxes: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if not set(BOX_COLUMNS) <= set(rows.fieldnames or ()):
                raise DatasetError(f"The boxes {path} must be a CSV with the columns {columns}.")
            for row in rows:
                boxes[row["file"]].append(_box(row))
    except OSError as error:
        raise DatasetError(f"The boxes {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"The boxes {path} must be a CSV in UTF-8 with the columns {columns}.") from error
    except (TypeError, ValueError, csv.Error) as error:
        raise DatasetError(f"Line {rows.line_num} of the boxes {path} cannot be used: {error}.") from error
    return {name: tuple(found) for name, found in boxes.items()}


def _box(row: dict[str, str]) -> tuple[float, float, float, float]:
    left, top, width, height = (float(row[column]) for column in BOX_COLUMNS[1:])
    inside = min(left, top) >= -BOX_MARGIN and max(left + width, top + height) <= 1 + BOX_MARGIN
    if not (inside and width > 0 and height > 0):  # a NaN is not, either
        raise ValueError(f"{left:g}, {top:g}, {width:g}, {height:g} is not a box in fractions of the picture")
    return left, top, width, height


def hash_of_examples(examples: list[Example]) -> str:
    """The SHA-256 of a list of examples: over their bytes and classes, in any order.

    The files' names and places do not count. A file that cannot be read counts as an empty one.
    """
    return hash_of_pictures((sha256_or_empty(example.path), example.fractured) for example in examples)


def hash_of_pictures(pictures: Iterable[tuple[str, bool]]) -> str:
    """The same as `hash_of_examples`, from the SHA-256 and the class of each file."""
    lines = sorted(f"{sha256} {fractured}\n" for sha256, fractured in pictures)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def sha256_or_empty(path: Path) -> str:
    """The SHA-256 of a file's bytes; that of an empty file where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256().hexdigest()
