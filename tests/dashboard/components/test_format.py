"""Words and numbers of the screens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain import Band
from dashboard.components.format import as_markdown, moment, printable, probability, threshold
from dashboard.components.theme import BANDS


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (0.0, "<0.01"),
        (0.0099, "<0.01"),
        (0.01, "0.01"),
        (0.5, "0.50"),
        (0.986, "0.99"),
        (0.99, "0.99"),
        (0.9901, ">0.99"),
        (1.0, ">0.99"),
    ],
)
def test_a_probability_has_two_digits(value: float | None, written: str) -> None:
    assert probability(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.468, "0.47"), (0.0089, "0.0089"), (0.012, "0.012"), (0.0, "0"), (1.0, "1.00")]
)
def test_a_small_threshold_keeps_its_digits(value: float, written: str) -> None:
    assert threshold(value) == written


def test_a_name_cannot_turn_break_or_fill_the_line() -> None:
    assert printable("a\x00b\nc\u202ed") == "a\ufffdb\ufffdc\ufffdd"
    long = printable("A" * 2000 + "the end.png")
    assert len(long) == 120
    assert long.startswith("AAA")
    assert long.endswith("the end.png")


@pytest.mark.parametrize("text", ["*bold*", "[a](https://x)", "<b>x</b>", "# h", ":red[x]", "$x$", "![i](u)", "`c`"])
def test_markdown_is_escaped(text: str) -> None:
    escaped = as_markdown(text)
    assert escaped.replace("\\", "") == text
    for index, character in enumerate(escaped):
        if character in "*[]()<>#:$!`":
            assert escaped[index - 1] == "\\"


def test_times_are_utc() -> None:
    assert moment(datetime(2026, 11, 22, 9, 5, tzinfo=UTC)) == "2026-11-22 09:05 UTC"
    assert moment(None) == ""


def test_bands_differ_in_word_shape_and_colour() -> None:
    assert set(BANDS) == set(Band)
    for part in ("word", "shape", "colour"):
        assert len({getattr(look, part) for look in BANDS.values()}) == len(Band)
