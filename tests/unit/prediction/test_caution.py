"""What a reader is told of an answer that may not hold."""

from __future__ import annotations

import pytest

from core.domain import Presentation
from core.prediction.caution import OUTSIDE, SHORT, SHORT_DECLINED, cautions, in_short
from tests.cards import card_of

CARD = card_of(data={"body_parts": ["HAND"]})


@pytest.mark.parametrize("presentation", Presentation)
def test_each_presentation_is_named_with_what_to_do(presentation: Presentation) -> None:
    (said,) = cautions(presentation, "HAND", True, CARD)
    assert said.startswith(SHORT[presentation])
    assert "neither the probability nor the overlay holds" in said and "not the view" in said


def test_both_cautions_are_given() -> None:
    first, second = cautions(Presentation.TURNED, "JAW", True, CARD)
    assert "turned" in first and "JAW" in second


def test_without_a_probability_there_is_none_to_doubt() -> None:
    (said,) = cautions(Presentation.INVERTED, "JAW", False, CARD)
    assert said.startswith("If it is a bone radiograph, it may be inverted")
    assert cautions(None, "JAW", False, CARD) == ()


def test_what_is_as_it_should_be_is_not_spoken_of() -> None:
    assert cautions(None, "HAND", True, CARD) == cautions(None, None, True, None) == ()


def test_in_short_nothing_is_left_out() -> None:
    assert in_short(Presentation.TURNED, "HAND", True, CARD) == SHORT[Presentation.TURNED]
    assert in_short(None, "JAW", True, CARD) == OUTSIDE
    both = in_short(Presentation.INVERTED, "JAW", True, CARD)
    assert SHORT[Presentation.INVERTED] in both and "not validated" in both
    assert in_short(Presentation.INVERTED, "JAW", False, CARD) == SHORT_DECLINED[Presentation.INVERTED]
    assert in_short(None, "HAND", True, CARD) == in_short(None, "JAW", False, CARD) == ""
