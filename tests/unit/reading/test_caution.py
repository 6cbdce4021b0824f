"""What a reader is told of an answer that may not hold."""

from __future__ import annotations

import pytest

from core.domain import Presentation
from core.reading.caution import SHORT, cautions

CARD = {"data": {"body_parts": ["HAND"]}}


@pytest.mark.parametrize("presentation", Presentation)
def test_each_presentation_is_named_with_what_to_do(presentation: Presentation) -> None:
    (said,) = cautions(presentation, "HAND", True, CARD)
    assert said.startswith(SHORT[presentation])
    assert "the probability does not hold" in said and "drop it again" in said


def test_both_cautions_are_given() -> None:
    first, second = cautions(Presentation.TURNED, "JAW", True, CARD)
    assert "turned" in first and "JAW" in second


def test_without_a_probability_there_is_none_to_doubt() -> None:
    (said,) = cautions(Presentation.INVERTED, "JAW", False, CARD)
    assert said == "If it is a bone radiograph, it may be inverted."
    assert cautions(None, "JAW", False, CARD) == ()


def test_what_is_as_it_should_be_is_not_spoken_of() -> None:
    assert cautions(None, "HAND", True, CARD) == cautions(None, None, True, {}) == ()
