"""Documents are read as they were written; what an older file lacks has a default, what is wrong is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from core.documents import from_json, from_plain, to_json, to_plain


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Spot:
    colour: Colour
    at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    width: float
    is_blank: bool
    title: str
    file: Path
    created: datetime | None = None
    spots: tuple[Spot, ...] = ()
    colour: Colour | None = None


PAGE = Page(
    1, 10, False, "first", Path("/data/a.png"), datetime(2026, 1, 31, tzinfo=UTC), (Spot(Colour.RED, (0.5, 1)),), None
)
PLAIN = {
    "number": 1,
    "width": 10,
    "is_blank": False,
    "title": "first",
    "file": "/data/a.png",
    "created": "2026-01-31T00:00:00+00:00",
    "spots": [{"colour": "red", "at": [0.5, 1]}],
    "colour": None,
}


def test_what_is_written_is_plain_json_and_read_as_it_was() -> None:
    text = to_json(PAGE)
    assert json.loads(text) == PLAIN
    assert to_json(PAGE, sort_keys=True) == json.dumps(PLAIN, sort_keys=True)
    assert from_json(Page, text) == PAGE
    assert type(to_plain(PAGE)["spots"][0]["colour"]) is str
    assert to_json(from_json(Page, text)) == text  # a whole number in a place for fractions stays as it is


def test_what_an_older_file_lacks_has_its_default() -> None:
    older = {name: value for name, value in PLAIN.items() if name not in ("created", "spots", "colour")}
    assert from_plain(Page, older) == Page(1, 10, False, "first", Path("/data/a.png"))


@pytest.mark.parametrize(
    "change",
    [
        {"number": "1"},
        {"number": True},
        {"number": 1.5},
        {"width": "10"},
        {"width": None},
        {"is_blank": "false"},
        {"is_blank": 0},
        {"title": 5},
        {"file": 5},
        {"created": "yesterday"},
        {"created": 5},
        {"spots": 5},
        {"spots": ["red"]},
        {"spots": [{"colour": "green", "at": [0, 0]}]},
        {"spots": [{"colour": "red", "at": [0]}]},
        {"spots": [{"colour": "red", "at": [0, 0, 0]}]},
        {"spots": [{"colour": "red"}]},
        {"colour": "green"},
        {"shape": "round"},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused(change: dict) -> None:
    with pytest.raises(ValueError):
        from_plain(Page, {**PLAIN, **change})


@pytest.mark.parametrize("text", ["", "{}", "[]", "5", "null", '"text"', b"\xff"])
def test_what_is_no_such_document_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        from_json(Page, text)


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(ValueError, match="'number' is missing"):
        from_plain(Page, {name: value for name, value in PLAIN.items() if name != "number"})
    with pytest.raises(ValueError, match="'shape' is not known"):
        from_plain(Page, {**PLAIN, "shape": "round"})


@pytest.mark.parametrize(
    "change", [{"width": math.nan}, {"width": math.inf}, {"number": 1.5}, {"title": None}], ids=str
)
def test_what_could_not_be_read_back_is_not_written(change: dict) -> None:
    with pytest.raises(ValueError):
        to_json(replace(PAGE, **change))
