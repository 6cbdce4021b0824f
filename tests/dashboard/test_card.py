"""A model card is shown as far as it can be read, and nothing in it is taken for markup."""

from __future__ import annotations

import pytest

from dashboard.components import card

POINT = {
    "name": "high_sensitivity",
    "threshold": 0.12,
    "sensitivity": 0.951,
    "sensitivity_ci": [0.88, 0.98],
    "specificity": 0.62,
    "specificity_ci": [0.57, 0.67],
    "measured_on": "FracAtlas val",
    "prevalence": 0.196,
}
FIGURES = {
    "test": {
        "n": 509,
        "n_fractured": 91,
        "auc": {"value": 0.913, "ci": [0.87, 0.94]},
        "sensitivity": 0.8,
        "sensitivity_ci": [0.7, 0.87],
        "prevalence": 0.179,
        "subgroups": {"region": {"hand": {"n": 200, "auc": 0.9}}},
    },
    "test_looks": 1,
}


def test_operating_points_say_where_they_were_measured() -> None:
    shown = card.operating_points({"operating_points": [POINT]})
    for part in ("high sensitivity", "0.12", "95 %", "88 to 98 %", "FracAtlas val", "20 %"):
        assert part in shown


def test_figures_come_with_intervals_prevalence_and_subgroups() -> None:
    shown = card.figures({"figures": FIGURES})
    for part in (
        "509",
        "91 fractured",
        "0.91",
        "0.87 to 0.94",
        "80 %",
        "70 to 87 %",
        "18 %",
        "region hand",
        "test looks: 1",
    ):
        assert part in shown


@pytest.mark.parametrize(
    "broken", [{}, {"figures": None}, {"figures": [1]}, {"figures": {"test": 3}}, {"operating_points": "x"}]
)
def test_a_strange_card_is_no_error(broken: dict) -> None:
    assert "<td>" not in card.figures(broken)
    assert not card.operating_points(broken)


def test_nothing_in_a_card_is_markup() -> None:
    attack = "<script>alert(1)</script>"
    nested = {attack: {attack: [attack, {attack: attack}]}}
    everything = (
        card.listing(nested)
        + card.sentences([attack])
        + card.sentences(attack)
        + card.figures({"figures": {attack: FIGURES["test"], "note": attack}})
        + card.operating_points({"operating_points": [{**POINT, "name": attack, "measured_on": attack}]})
    )
    assert "<script" not in everything
    assert "&lt;script" in everything
