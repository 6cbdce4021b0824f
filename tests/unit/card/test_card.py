"""Cards of 0.1.0, of other versions of the product, and damaged ones: what is read, and what is written back."""

from __future__ import annotations

import copy
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from core.card import (
    CalibrationMethod,
    EvaluationDocument,
    Meaning,
    ModelCard,
    Part,
    SplitFigures,
    Studies,
    read,
    read_card,
    read_study,
    to_document,
    with_studies,
    write_card,
)
from core.domain import Presentation
from core.errors import DamagedModelError, RegistryError
from tests.cards import LEAST, card_of

HERE = Path(__file__).parent
SHIPPED = (HERE / "card_0_1_0.json").read_text(encoding="utf-8")
VERSION = "lite0-fpn-5"


@pytest.fixture(scope="module")
def shipped() -> ModelCard:
    return read_card(SHIPPED, VERSION)


def not_understood(part: Any, path: str = "") -> list[str]:
    """The paths of everything that a part keeps as it is written."""
    if isinstance(part, Part):
        own = [f"{path}.{key}" for key in part.extra]
        inside = [(item.name, getattr(part, item.name)) for item in fields(part) if item.name not in ("extra", "order")]
    elif isinstance(part, dict):
        own, inside = [], list(part.items())
    elif isinstance(part, tuple):
        own, inside = [], list(enumerate(part))
    else:
        return []
    return [*own, *(found for key, value in inside for found in not_understood(value, f"{path}.{key}"))]


def test_the_card_of_0_1_0_loads_and_nothing_of_it_is_unknown(shipped: ModelCard) -> None:
    assert not_understood(shipped) == []
    assert shipped.sigmoid_means is Meaning.FRACTURED and shipped.sigmoid_means.sign == 1
    assert shipped.input.size == 384 and shipped.input.mask_collimation
    assert shipped.calibration.method is CalibrationMethod.LOGISTIC
    assert shipped.calibration.slope == pytest.approx(0.7738885771175001)
    assert shipped.point("high_sensitivity").threshold == pytest.approx(0.04612912825809562)
    assert len(shipped.gate.mean) == len(shipped.gate.axes[0]) == 416 and len(shipped.gate.axes) == 32
    assert set(shipped.gate.presentation) == set(Presentation)
    assert shipped.figures["test"].n == 509 and shipped.figures["test"].against["reference-1"].auc is not None
    assert shipped.figures["test"].pointing().hit_rate == shipped.figures["test"].hit_rate
    assert shipped.figures["val"].pointing(of_true_positives=True).n_located == 89
    assert len(shipped.training.history) == 62 and shipped.training.n == {"train": 2381, "val": 474}
    assert shipped.studies.seed_figures.epochs[1].seed_loss is None


def test_what_is_read_is_written_again_letter_by_letter(shipped: ModelCard) -> None:
    assert write_card(shipped) == SHIPPED


def test_an_evaluation_of_0_1_0_is_read_and_written_again() -> None:
    text = (HERE / "evaluation_0_1_0.json").read_text(encoding="utf-8")
    document = read(EvaluationDocument, json.loads(text))
    assert not_understood(document) == []
    assert json.dumps(to_document(document), indent=1) + "\n" == text
    assert document.failures.false_alarms.worst[0].boxes == ()


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("figures", 7),
        ("figures", {"test": [1, 2]}),
        ("studies", "none"),
        ("training", []),
        ("limits", "one sentence"),
        ("limits", [1]),
        ("changes", [{"at": "2026-01-01"}]),
        ("data", None),
        ("parameters", "many"),
        ("parameters", -1),
        ("description", 3),
    ],
)
def test_what_decides_nothing_is_not_there_where_it_cannot_be_read(part: str, value: object) -> None:
    card = card_of(**{part: value})
    assert getattr(card, part) in (None, (), {})
    assert json.loads(write_card(card))[part] == value, "it is kept as it is written"


def test_one_figure_that_cannot_be_read_takes_no_other_with_it() -> None:
    figures = {"n": 9, "auc": "high", "auc_ci": [0.1], "ece": 1.5, "bands": {"positive": {"n": -1, "share": 0.5}}}
    card = card_of(figures={"test": {**figures, "new": {"deep": [1]}}})
    found = card.figures["test"]
    assert (found.n, found.auc, found.auc_ci, found.ece) == (9, None, None, None)
    assert (found.bands["positive"].n, found.bands["positive"].share) == (None, 0.5)
    assert set(found.extra) == {"auc", "auc_ci", "ece", "new"}
    assert json.loads(write_card(card))["figures"]["test"] == {**figures, "new": {"deep": [1]}}


def test_what_a_newer_product_adds_stays(shipped: ModelCard) -> None:
    document = json.loads(SHIPPED)
    document["input"]["bit_depth"] = 12
    document["calibration"]["note"] = ["a", {"b": None}]
    document["figures"]["test"]["against"]["reference-1"]["energy"] = 0.5
    document["audience"] = "readers"
    card = read_card(json.dumps(document), VERSION)
    assert card.input.extra == {"bit_depth": 12} and card.extra == {"audience": "readers"}
    assert json.loads(write_card(card)) == document
    assert card != shipped and replace(card, extra={}).calibration != shipped.calibration


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "other-1"}, "lacks its own name"),
        ({"sha256": None}, "sha256 must be a text, but is None"),
        ({"created": "yesterday"}, "created must be a time in ISO 8601, but is 'yesterday'"),
        ({"network": 5}, "network must be a text"),
        ({"input": {"size": 32, "letterbox": True}}, "input.channels must be there, but is missing"),
        ({"input": {"size": 32.5, "letterbox": True, "channels": 1}}, "input.size must be a whole number"),
        ({"input": {"size": True, "letterbox": True, "channels": 1}}, "input.size must be a whole number"),
        ({"input": {"size": 32, "letterbox": 1, "channels": 1}}, "input.letterbox must be true or false"),
        ({"sigmoid_means": "broken"}, "sigmoid_means must be one of fractured, not_fractured, but is 'broken'"),
        ({"saliency_layer": None}, "saliency_layer must be a text"),
        ({"calibration": []}, r"calibration must be an object, but is \[\]"),
        ({"calibration": {"method": "logistic", "slope": "1", "intercept": 0}}, "calibration.slope must be a finite"),
        ({"operating_points": {"name": "x"}}, "operating_points must be a list"),
        ({"operating_points": [{"name": "x"}]}, r"operating_points\[0\].threshold must be there"),
        ({"operating_points": [{"name": "x", "threshold": float("inf")}]}, r"operating_points\[0\].threshold must be"),
        ({"gate": {"layers": ["a"], "mean": [0.0]}}, "gate must have scale, axes, residual and threshold"),
        ({"gate": {"layers": ["a", 1]}}, r"gate.layers\[1\] must be a text"),
        ({"gate": {"layers": ["a"], "presentation": {"sideways": {}}}}, "gate.presentation.*must be one of inverted"),
    ],
)
def test_what_decides_a_prediction_must_be_right_and_its_path_is_named(change: dict, said: str) -> None:
    with pytest.raises(DamagedModelError, match=f"The card of tiny-1 .*{said}"):
        read_card(json.dumps({**LEAST, **change}), "tiny-1")


@pytest.mark.parametrize("key", [key for key in LEAST if key != "gate"])
def test_a_part_that_decides_must_be_there(key: str) -> None:
    with pytest.raises(DamagedModelError, match=f"{key} must be there, but is missing"):
        read_card(json.dumps({name: value for name, value in LEAST.items() if name != key}), "tiny-1")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "[" * 100_000, '{"a": ' * 100_000])
def test_what_is_no_card_is_damage(text: str) -> None:
    with pytest.raises(DamagedModelError, match="The card of x cannot be read"):
        read_card(text, "x")


def test_every_error_is_told_at_once() -> None:
    with pytest.raises(DamagedModelError) as raised:
        read_card(json.dumps({**LEAST, "network": 1, "saliency_layer": 2}), "tiny-1")
    assert "network must" in str(raised.value) and "saliency_layer must" in str(raised.value)


def test_an_operating_point_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="must hold high_sensitivity, but hold"):
        card_of(operating_points=[]).point("high_sensitivity")


@pytest.mark.parametrize(
    "figures",
    [SplitFigures(auc=float("nan")), SplitFigures(n=-1), SplitFigures(ece=1.01), SplitFigures(leak_reasons=(1,))],
)
def test_figures_that_are_none_are_never_written(figures: SplitFigures) -> None:
    with pytest.raises(RegistryError, match=r"figures\['test'\]"):
        write_card(replace(card_of(), figures={"test": figures}))


def test_a_share_may_miss_its_range_by_a_rounding() -> None:
    assert "1.0000000000000002" in write_card(replace(card_of(), figures={"test": SplitFigures(auc=1 + 2**-52)}))


def test_reading_changes_nothing_of_what_it_is_given() -> None:
    document = json.loads(SHIPPED)
    before = copy.deepcopy(document)
    read(ModelCard, document)
    assert document == before


def test_a_study_is_read_by_its_kind_and_takes_the_place_of_the_one_before(shipped: ModelCard) -> None:
    again = read_study({"kind": "gate", "note": "new", "measured": {"chest": {"n": 3, "declined": 1.0}}})
    found = with_studies(shipped.studies, [again])
    assert found.gate.measured["chest"].declined == 1.0 and found.seeds == shipped.studies.seeds
    assert to_document(with_studies(Studies(), [again])) == {"gate": to_document(again)}
    for document in ({"kind": "evaluation"}, {}, [], None, {"kind": ["gate"]}):
        with pytest.raises(ValueError, match="kind must be one of"):
            read_study(document)
