"""A model card is shown as far as it can be read, and nothing in it is taken for markup."""

from __future__ import annotations

import pytest

from dashboard.components.model import card

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
GROUP = {"n": 120, "n_fractured": 30, "auc": 0.9, "points": {"high_sensitivity": POINT}}
FIGURES = {
    "val": {"n": 474, "auc": 0.88, "prevalence": 0.196},
    "test": {
        "n": 509,
        "n_fractured": 91,
        "auc": 0.913,
        "auc_ci": [0.87, 0.94],
        "prevalence": 0.179,
        "points": {"high_sensitivity": POINT, "high_specificity": {**POINT, "sensitivity": 0.71}},
        "bands": {"positive": {"n": 80, "share": 0.157, "n_fractured": 66, "share_fractured": 0.825}},
        "subgroups": {"without hardware": GROUP},
        "looks": [{"at": "2026-11-22T12:00:00+00:00", "why": "after everything was chosen"}],
    },
}


def test_operating_points_say_where_they_were_measured() -> None:
    shown = card.operating_points({"operating_points": [POINT]})
    for part in ("high sensitivity", "0.12", "95 %", "88 to 98 %", "FracAtlas val", "20 %"):
        assert part in shown


def test_figures_come_with_intervals_prevalence_subgroups_and_looks() -> None:
    shown = card.figures({"figures": FIGURES})
    for part in ("509", "18 %", "0.91", "0.87 to 0.94", "71 %", "88 to 98 %", "tuning (val)"):
        assert part in shown
    assert "without hardware" in card.subgroups({"figures": FIGURES})
    assert shown.index(">test<") < shown.index("tuning (val)")
    assert "Test was looked at 1 time: 2026-11-22." in shown


def test_figures_that_leak_are_marked() -> None:
    clean, leaking = ({"figures": {"test": {**FIGURES["test"], "leaks": leaks}}} for leaks in (False, True))
    assert "leaks" not in card.figures(clean)
    assert 'test <b class="leaks">leaks</b>' in card.figures(leaking)


def test_bands_say_how_many_were_fractured() -> None:
    shown = card.bands({"figures": FIGURES})
    for part in ("▲ positive", ">80<", "16 %", ">66<", "82 %", "Counted on test."):
        assert part in shown
    assert "doubt" not in shown


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"figures": None},
        {"figures": [1]},
        {"figures": {"test": 3, "val": {"points": 1, "subgroups": [2], "bands": 4}}},
        {"operating_points": "x"},
    ],
)
def test_a_strange_card_is_no_error(broken: dict) -> None:
    assert not card.figures(broken)
    assert not card.bands(broken)
    assert not card.operating_points(broken)


def test_what_is_long_is_left_to_programs() -> None:
    shown = card.listing(
        {"training": {"history": [{"epoch": 1}], "seed": 7}, "excluded": ["a.jpg"], "mean": [0.5] * 99}
    )
    assert "99 values" in shown
    assert "history" not in shown
    assert "a.jpg" not in shown
    assert "seed" in shown


def test_what_it_is_for_is_told_in_sentences() -> None:
    shown = card.purpose({"about": {"out_of_scope": ["Diagnosis.", "Children."], "users": "Readers."}})
    assert "<dt>out of scope</dt>" in shown and "<li>Children.</li>" in shown and "<p>Readers.</p>" in shown
    assert card.purpose({}) == card.purpose({"about": "nothing"}) == ""


def test_nothing_in_a_card_is_markup() -> None:
    attack = "<script>alert(1)</script>"
    nested = {attack: {attack: [attack, {attack: attack}]}}
    test = {**FIGURES["test"], "subgroups": {attack: GROUP}, "points": {attack: POINT}, "looks": [{"at": attack}]}
    everything = (
        card.listing(nested)
        + card.sentences([attack])
        + card.sentences(attack)
        + card.figures({"figures": {attack: FIGURES["val"], "test": test}})
        + card.subgroups({"figures": {"test": test}})
        + card.bands({"figures": {attack: FIGURES["test"]}})
        + card.purpose({"about": {attack: [attack], "users": attack}})
        + card.operating_points({"operating_points": [{**POINT, "name": attack, "measured_on": attack}]})
    )
    assert "<script" not in everything
    assert "&lt;script" in everything
