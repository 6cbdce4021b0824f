"""What lies outside the anatomy that a version was validated on."""

from __future__ import annotations

import pytest

from core.card import ModelCard
from core.learning.training.provenance import FRACATLAS, GENERIC
from core.prediction.anatomy import outside_validated, warning
from tests.cards import card_of

CARD = card_of(data={"body_parts": list(FRACATLAS.body_parts)})


@pytest.mark.parametrize("part", ["HAND", "KNEE", "TIBIA FIBULA", "TIBIA_FIBULA", "HIP JOINT", "LEFT FOOT", "SHOULDER"])
def test_what_was_validated_is_not_marked(part: str) -> None:
    assert outside_validated(part, CARD) is False
    assert warning(part, CARD) == ""


@pytest.mark.parametrize("part", ["THORAX", "CHEST", "ABDOMEN", "JAW", "TEETH", "SKULL", "ELBOW", "CSPINE", "BREAST"])
def test_what_was_not_is_marked_with_the_headers_word(part: str) -> None:
    assert outside_validated(part, CARD) is True
    assert f"the header says {part}" in warning(part, CARD)


@pytest.mark.parametrize("part", [None, "", "EXTREMITY", "LOWER EXTREMITY", "UNKNOWN", "LEFT"])
def test_what_names_no_part_is_not_known(part: str | None) -> None:
    assert outside_validated(part, CARD) is None


@pytest.mark.parametrize(
    "card",
    [None, card_of(), card_of(data={"body_parts": "HAND"}), card_of(data={"body_parts": list(GENERIC.body_parts)})],
)
def test_a_card_without_a_list_marks_nothing(card: ModelCard | None) -> None:
    assert outside_validated("THORAX", card) is None
