"""Marks that a reader draws on a radiograph: read from and written as JSON, validated, and given as fractions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from core.domain import Mark, MarkKind
from core.errors import MarkError
from core.imaging.names import display_name

MOST_MARKS = 50  # of one review
NOTE_LENGTH = 500


def from_json(values: object) -> tuple[Mark, ...]:
    """Read marks as the viewer sends them: `[{"kind": "box", "x": 1, "y": 2, "x2": 9, "y2": 8, "note": ""}, ...]`.

    Raises:
        MarkError: the value is not of that form, or holds more than `MOST_MARKS`.
    """
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) > MOST_MARKS:
        raise MarkError(f"Marks must be a list of at most {MOST_MARKS}. Take some away.")
    return tuple(_mark(value) for value in values)


def to_json(marks: Sequence[Mark]) -> list[dict[str, str | float]]:
    """Write marks in the form that `from_json` reads."""
    return [asdict(mark) for mark in marks]


def normalised(marks: Sequence[Mark], width: int, height: int) -> tuple[Mark, ...]:
    """Validate marks on a radiograph, and bring them into their standard form: boxes from left top to right bottom.

    Raises:
        MarkError: a mark lies outside the radiograph, or a box or an arrow has no extent.
    """
    if len(marks) > MOST_MARKS:
        raise MarkError(f"There are {len(marks)} marks, and at most {MOST_MARKS} are kept. Take some away.")
    return tuple(_normalised(mark, width, height) for mark in marks)


def as_fractions(mark: Mark, width: int, height: int) -> tuple[float, float, float, float]:
    """Give left, top, width and height of a mark as fractions of the radiograph's size."""
    left, top = min(mark.x, mark.x2), min(mark.y, mark.y2)
    return left / width, top / height, abs(mark.x2 - mark.x) / width, abs(mark.y2 - mark.y) / height


def _mark(value: object) -> Mark:
    if not isinstance(value, Mapping) or value.get("kind") not in tuple(MarkKind):
        raise MarkError(f"A mark is a {', a '.join(MarkKind)} with x and y, but this is {value!r:.80}.")
    try:
        x, y = float(value["x"]), float(value["y"])
        x2, y2 = float(value.get("x2", x)), float(value.get("y2", y))
    except (KeyError, TypeError, ValueError) as error:
        raise MarkError(f"A mark has numbers for x, y, x2 and y2, but this is {value!r:.80}.") from error
    return Mark(MarkKind(value["kind"]), x, y, x2, y2, str(value.get("note") or ""))


def _normalised(mark: Mark, width: int, height: int) -> Mark:
    x, y, x2, y2 = mark.x, mark.y, mark.x2, mark.y2
    if not (0 <= min(x, x2) <= max(x, x2) <= width and 0 <= min(y, y2) <= max(y, y2) <= height):  # nor a NaN
        raise MarkError(
            f"A {mark.kind} from ({x:g}, {y:g}) to ({x2:g}, {y2:g}) lies outside {width} x {height} pixels."
        )
    match mark.kind:
        case MarkKind.BOX:
            x, x2, y, y2 = min(x, x2), max(x, x2), min(y, y2), max(y, y2)
            if x == x2 or y == y2:
                raise MarkError("A box needs a width and a height. Draw it larger.")
        case MarkKind.ARROW:
            if math.hypot(x2 - x, y2 - y) == 0:
                raise MarkError("An arrow needs a length. Draw it longer.")
        case MarkKind.POINT:
            x2, y2 = x, y
    note = display_name(" ".join(mark.note.split()))[:NOTE_LENGTH]
    return Mark(mark.kind, x, y, x2, y2, note)
