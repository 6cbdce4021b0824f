"""A model card is shown as far as it can be read, and nothing in it is taken for markup."""

from __future__ import annotations

import pytest

from core.card import ModelCard, read
from dashboard.components.model import card, nested_lists
from tests.dashboard.components.test_html import cells_of

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


NEEDED = {
    "created": "2026-11-22T12:00:00+00:00",
    "network": "compact",
    "input": {"size": 64, "letterbox": True, "channels": 1},
    "sigmoid_means": "fractured",
    "saliency_layer": "last",
    "calibration": {"method": "logistic", "slope": 1.0, "intercept": 0.0},
    "operating_points": [],
    "gate": None,
    "version": "a-1",
    "sha256": "0" * 64,
}


def card_of(**parts: object) -> ModelCard:
    """A card as it is read from a file that holds these parts."""
    return read(ModelCard, {**NEEDED, **parts})


def test_operating_points_say_where_they_were_measured() -> None:
    low = {**POINT, "name": "low", "threshold": 0.0089}
    shown = card.operating_points(card_of(operating_points=[POINT, low]))
    assert cells_of(shown) == [
        ["low", "0.0089", "95 %", "62 %", "FracAtlas val", "20 %"],
        ["high sensitivity", "0.1200", "95 %", "62 %", "FracAtlas val", "20 %"],
    ]
    assert "88 to 98 %" in str(shown)


def test_figures_come_with_intervals_prevalence_subgroups_and_looks() -> None:
    shown = str(card.figures(card_of(figures=FIGURES)))
    for part in ("509", "17.9 %", "0.913", "0.870 to 0.940", "71 %", "88 to 98 %", "tuning (val)"):
        assert part in shown
    assert "without hardware" in str(card.subgroups(card_of(figures=FIGURES)))
    assert shown.index(">test<") < shown.index("tuning (val)")
    assert "Test was looked at 1 time: 2026-11-22." in shown


def test_figures_that_leak_are_marked() -> None:
    clean, leaking = (card_of(figures={"test": {**FIGURES["test"], "leaks": leaks}}) for leaks in (False, True))
    assert "leaks" not in str(card.figures(clean))
    assert 'test <b class="leaks">leaks</b>' in str(card.figures(leaking))


def test_bands_say_how_many_were_fractured() -> None:
    shown = card.bands(card_of(figures=FIGURES))
    assert cells_of(shown) == [["▲ positive", "80", "16 %", "66", "82 %", ""]]
    assert "Counted on test." in str(shown)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"figures": None},
        {"figures": [1]},
        {"figures": {"test": 3, "val": {"points": 1, "subgroups": [2], "bands": 4}}},
        {"studies": "x", "data": 3, "limits": {"a": 1}, "about": [], "training": False},
    ],
)
def test_a_strange_card_is_no_error(broken: dict) -> None:
    strange = card_of(**broken)
    assert not card.figures(strange)
    assert not card.subgroups(strange)
    assert not card.bands(strange)
    assert not card.operating_points(strange)
    assert not card.studies_of(strange)
    assert not card.limits(strange) and not card.data(strange) and not card.purpose(strange)
    assert card.making(strange)


def test_what_is_not_known_is_shown_as_it_is_written() -> None:
    shown = str(card.making(card_of(dose="12 uGy", limits={"of": "another form"})))
    assert "<dt>dose</dt><dd>12 uGy</dd>" in shown and "another form" in shown


def test_what_is_long_is_left_to_programs() -> None:
    shown = str(
        nested_lists.listing(
            {"training": {"history": [{"epoch": 1}], "seed": 7}, "excluded": ["a.jpg"], "mean": [0.5] * 99}
        )
    )
    assert "99 values" in shown
    assert "history" not in shown
    assert "a.jpg" not in shown
    assert "seed" in shown


def test_what_it_is_for_is_told_in_sentences() -> None:
    shown = str(card.purpose(card_of(about={"out_of_scope": ["Diagnosis.", "Children."], "users": "Readers."})))
    assert "<dt>out of scope</dt>" in shown and "<li>Children.</li>" in shown and "<p>Readers.</p>" in shown
    assert not card.purpose(card_of())


def test_nothing_in_a_card_is_markup() -> None:
    attack = "<script>alert(1)</script>"
    nested = {attack: {attack: [attack, {attack: attack}]}}
    test = {**FIGURES["test"], "subgroups": {attack: GROUP}, "points": {attack: POINT}}
    test |= {"looks": [{"at": attack, "why": attack}], "bands": {attack: FIGURES["test"]["bands"]["positive"]}}
    hostile = card_of(
        description=attack,
        figures={attack: FIGURES["val"], "test": test},
        operating_points=[{**POINT, "name": attack, "measured_on": attack}],
        limits=[attack],
        data={"source": attack, attack: attack},
        about={attack: [attack], "users": attack},
        training={"notes": [attack], "recipe": nested},
        studies={"gate": {"note": attack, "measured": {attack: {"n": 1}}}},
        other=nested,
    )
    drawn = [
        draw(hostile)
        for draw in (
            card.figures,
            card.subgroups,
            card.bands,
            card.operating_points,
            card.limits,
            card.data,
            card.purpose,
            card.making,
        )
    ]
    drawn += [body for _, body in card.studies_of(hostile)]
    drawn += [card.lead(hostile, shipped=True, made=attack), nested_lists.sentences(attack)]
    for body in drawn:
        assert "<script" not in str(body)
        assert "&lt;script" in str(body)
