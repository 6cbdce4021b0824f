"""The card as a text: what ships is what the card says, and every figure in it is one of the card's."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.card import About, DataSource, ModelCard, read, to_document
from core.config import SHIPPED_MODELS
from core.learning.card_text.description import description
from core.learning.card_text.render import render
from core.learning.training.provenance import ABOUT, FRACATLAS
from core.registry import Registry

NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![\w])")
# Numbers of the text itself: the interval, the calibration error's bins, the pointing game, the years of what is cited.
OF_THE_TEXT = frozenset({"95", "15", "90", "512", "256", "2018", "2019", "2024"})


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(SHIPPED_MODELS, tmp_path_factory.mktemp("none"))


@pytest.fixture(scope="module")
def document(registry: Registry) -> dict:
    """The shipped card.json, with every study that a text can hold."""
    card = copy.deepcopy(to_document(registry.default().card))
    test = card["figures"]["test"]
    part = {**test, "n": 321, "n_fractured": 123, "auc": 0.7654, "auc_ci": [0.7111, 0.8222], "accuracy": 0.5432}
    checks = {"ssim": 0.4321, "rank_correlation": 0.1234, "share_empty": 0.25}
    card["studies"] = {
        "seeds": {
            "dataset": "FracAtlas",
            "split": "test",
            "versions": ["a-1", "a-2"],
            "figures": {"auc": {"mean": 0.9137, "sd": 0.0042, "values": [0.9167, 0.9107]}},
        },
        "gate": {
            "version": "a-1",
            "note": "Of one hospital.",
            "measured": {"chest": {"n": 24, "declined": 0.8765, "declined_ci": [0.6789, 0.9567], "n_unreadable": 3}},
        },
        "saved_again": {
            "dataset": "FracAtlas",
            "split": "val",
            "moved_by": 0.02,
            "measured": {"JPEG of quality 85": {"n": 477, "auc": 0.9271, "moved": 0.2713, "other_band": 0.0931}},
        },
        "flips": {
            "dataset": "FracAtlas",
            "split": "val",
            "measured": {"read twice": {"n": 478, "auc": 0.9372, "hit_rate": 0.7312, "time": 1.8437}},
        },
        "external": {"dataset": "elsewhere", "n_files": 10509, "n_sources": 617, "measured": {"a-1": part}},
        "seed_figures": {
            "dataset": "elsewhere",
            "n_train": 9207,
            "n_sources_in_train": 601,
            "best_epoch": 13,
            "epochs": [{"epoch": 1, "accuracy": 0.6172, "loss": 0.9871, "seed_accuracy": 0.5729, "seed_loss": 1.1869}],
            "measured": {"val": part},
        },
    }
    shares = {"declined": 0.1234, "noted": 0.8321, "noted_ci": [0.7912, 0.8643], "neither": 0.0445}
    changed = {"n": 474, **shares, "auc": 0.6127}
    card["figures"]["val"]["changed"] = {"turned left": changed, "inverted": {**changed, "auc": 0.5876}}
    card["changes"] = [{"at": "2026-01-02T00:00:00+00:00", "what": "made"}]
    test["against"] = {"reference-1": {**part, "auc_difference": 0.1357, "auc_difference_ci": [0.1011, 0.1717]}}
    test["failures"] = {"missed": {"n": 7, "of": 91, "rate": 7 / 91, "rate_ci": [0.0378, 0.1507]}}
    test["saliency_checks"] = {
        "plain_grad_cam": {"layer": "block15_bn2", "hit_rate": 0.1379, "hit_rate_ci": [0.0837, 0.2246]},
        "randomisation": {
            "n": 24,
            "between_radiographs": checks,
            "steps": [{"randomised_down_to": f"part{i}", **checks, "ssim": 0.3 + i / 37} for i in range(11)],
        },
    }
    return card


@pytest.fixture(scope="module")
def card(document: dict) -> ModelCard:
    return read(ModelCard, document)


def values_of(part: object) -> Iterator[float | str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield name
            yield from values_of(value)
    elif isinstance(part, list):
        yield str(len(part))
        for value in part:
            yield from values_of(value)
    elif isinstance(part, (int, float, str)) and not isinstance(part, bool):
        yield part


def numbers_in(text: str) -> set[str]:
    return {number.rstrip(",") for number in NUMBER.findall(text)}


def unknown_numbers(text: str, card: dict) -> set[str]:
    """The numbers of a text that are no number of the card, to the digits in which they are written."""
    known = set(OF_THE_TEXT) | numbers_in(json.dumps(to_document(ABOUT)))
    told = {key: value for key, value in card.items() if key != "gate"}  # thousands of numbers that no text gives
    told["training"] = {key: value for key, value in card["training"].items() if key != "history"}
    for value in values_of(told):
        if isinstance(value, str):
            known |= numbers_in(value) | numbers_in(value[: len("2026-01-01")])
        else:
            known |= {f"{value:.{digits}f}" for digits in range(5)} | {f"{value:,}", str(value)}
    return numbers_in(text) - known


def test_what_ships_is_the_text_of_the_card(registry: Registry) -> None:
    """After a change: `python -m core models card > models/README.md`."""
    shipped = (SHIPPED_MODELS / "README.md").read_text(encoding="utf-8")
    assert shipped == render(registry.default().card, registry.versions())


def test_every_figure_is_one_of_the_card(registry: Registry, card: ModelCard, document: dict) -> None:
    assert unknown_numbers(render(card), document) == set()
    champion = registry.default().card
    text = render(champion, registry.versions())
    others = {f"{model.card.figures['test'].auc:.3f}" for model in registry.versions()}
    assert unknown_numbers(text, to_document(champion)) <= others | {
        f"{m.created:%Y-%m-%d}" for m in registry.versions()
    }
    assert len(numbers_in(text)) > 100


def test_the_check_notices_a_figure_that_is_not_the_cards(document: dict) -> None:
    changed = copy.deepcopy(document)
    changed["figures"]["test"]["n"] = 987_654  # no figure of the card is this one by chance
    assert unknown_numbers(render(read(ModelCard, changed)), document) == {"987,654"}


@pytest.mark.parametrize(
    ("label", "path", "digits"),
    [
        ("AUC", ("auc",), 3),
        ("average precision", ("average_precision",), 3),
        ("sensitivity at 90 % specificity", ("sensitivity_at_90_specificity",), 2),
        ("sensitivity at the point of high sensitivity", ("points", "high_sensitivity", "sensitivity"), 2),
        ("specificity at the point of high specificity", ("points", "high_specificity", "specificity"), 2),
    ],
)
def test_each_column_is_of_its_own_split(
    label: str, path: tuple[str, ...], digits: int, card: ModelCard, document: dict
) -> None:
    row = next(line for line in render(card).splitlines() if line.startswith(f"| {label} |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    figures = document["figures"]
    columns = (figures["val"], figures["test"], figures["test"]["against"]["reference-1"])
    for cell, part in zip(cells, columns, strict=True):
        value = part
        for name in path:
            value = value[name]
        assert cell.split(" ")[0] == f"{value:.{digits}f}"


def test_everything_asked_of_a_card_is_there(card: ModelCard) -> None:
    text = render(card)
    for title in (
        "Intended use", "Data", "Recipe", "Figures", "Operating points and bands", "Calibration", "Subgroups",
        "Known failures", "Saliency, and when not to trust an overlay", "The gate", "Inverted and turned radiographs",
        "Saved again with losses", "Test-time flips", "Several seeds", "External test",
        "The seed's own figures, repeated", "Limits", "Human oversight", "Looks at test", "Changes",
    ):  # fmt: skip
        assert f"\n## {title}\n" in text
    assert text.index("Not a medical device") < 80
    for said in (FRACATLAS.attribution, "CC BY 4.0", "orthopaedic surgeon", "reference-1", "part10"):
        assert said in text


def test_what_a_card_does_not_hold_is_left_out(document: dict) -> None:
    kept = ("version", "created", "network", "input", "sha256", "calibration", "sigmoid_means", "saliency_layer")
    bare = {key: document[key] for key in kept}
    text = render(read(ModelCard, {**bare, "operating_points": []}))
    assert "## Figures" not in text and "## Subgroups" not in text and "None" not in text


def test_words_are_brought_up_to_date_and_figures_are_not(card: ModelCard) -> None:
    old = replace(card, about=About(users="nobody"), data=replace(card.data, covered="little", body_parts=()))
    parts = description(old, "measured anew")
    assert parts["about"] == ABOUT
    assert parts["data"] == replace(card.data, covered=FRACATLAS.covered, body_parts=FRACATLAS.body_parts)
    assert [change.what for change in parts["changes"]] == ["made", "measured anew"]
    assert parts.keys() == {"about", "data", "changes"}
    assert description(replace(card, data=DataSource(source="elsewhere"))) == {"about": ABOUT}
