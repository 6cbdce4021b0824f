"""Marks lie on their radiograph, travel as JSON, and come back from the store as they were drawn."""

from __future__ import annotations

import json
import math

import pytest

from core.bootstrap import Services
from core.domain import Mark, MarkKind, Verdict
from core.errors import MarkError
from core.reading.review.marks import MOST_MARKS, as_fractions, from_json, normalised, to_json
from core.reading.worklist import WorklistFilter
from tests.fakes import picture, read_all, take_in

BOX = Mark(MarkKind.BOX, 10, 20, 30, 25, "distal radius")
ARROW = Mark(MarkKind.ARROW, 40, 5, 12, 21)
POINT = Mark(MarkKind.POINT, 0, 40, 0, 40)


def test_they_come_back_from_json() -> None:
    assert from_json(json.loads(json.dumps(to_json([BOX, ARROW, POINT])))) == (BOX, ARROW, POINT)
    assert from_json([{"kind": "point", "x": 3, "y": 4}]) == (Mark(MarkKind.POINT, 3, 4, 3, 4),)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "box",
        {"kind": "box"},
        [3],
        [{"kind": "circle", "x": 1, "y": 1}],
        [{"kind": "box", "x": 1}],
        [{"kind": "box", "x": "left", "y": 1, "x2": 2, "y2": 2}],
        [{"kind": "point", "x": 1, "y": 1}] * (MOST_MARKS + 1),
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(MarkError):
        from_json(value)


def test_they_are_brought_into_one_form() -> None:
    drawn = (Mark(MarkKind.BOX, 30, 25, 10, 20, " distal\n radius "), Mark(MarkKind.POINT, 0, 40, 7, 7))
    assert normalised(drawn, 48, 40) == (BOX, POINT)
    assert normalised((ARROW,), 48, 40) == (ARROW,)
    assert len(normalised((Mark(MarkKind.POINT, 1, 1, 1, 1, "x" * 9999),), 48, 40)[0].note) == 500


@pytest.mark.parametrize(
    "mark",
    [
        Mark(MarkKind.BOX, -1, 0, 5, 5),
        Mark(MarkKind.BOX, 0, 0, 48.5, 5),
        Mark(MarkKind.BOX, 0, 0, 5, 41),
        Mark(MarkKind.BOX, 0, 0, math.nan, 5),
        Mark(MarkKind.BOX, 5, 0, 5, 5),
        Mark(MarkKind.ARROW, 5, 5, 5, 5),
        Mark(MarkKind.POINT, math.inf, 5, 5, 5),
    ],
)
def test_what_lies_outside_or_has_no_extent_is_refused(mark: Mark) -> None:
    with pytest.raises(MarkError):
        normalised([mark], 48, 40)


def test_a_box_in_fractions() -> None:
    assert as_fractions(BOX, 100, 50) == pytest.approx((0.1, 0.4, 0.2, 0.1))


def test_they_are_kept_with_the_review(services: Services) -> None:
    take_in(services, ("a.png", picture(0.2)))  # 48 x 40 pixels
    read_all(services)
    (entry_id,) = services.worklist.freeze(WorklistFilter()).entry_ids
    given = services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED, marks=(BOX, ARROW))
    again = services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED, marks=(POINT,))
    assert services.reviews.history(entry_id) == [given, again]
    assert [review.marks for review in services.reviews.history(entry_id)] == [(BOX, ARROW), (POINT,)]
    with pytest.raises(MarkError, match="outside 48 x 40"):
        services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED, marks=(Mark(MarkKind.POINT, 49, 1, 49, 1),))
    assert len(services.reviews.history(entry_id)) == 2
