"""The studies of a card as tables, in the order in which the Model screen shows them."""

from __future__ import annotations

from collections.abc import Mapping

from core.learning.card_text.studies import COLUMNS, SPREAD, note
from dashboard.components.model.card import cell, escaped, mapping, table_of, whole

CHANGED = "As they are, and upside down, none should be noted; of the others, neither is a probability without a word."
OF_AN_EPOCH = ("accuracy", "seed_accuracy", "loss", "seed_loss")


def sections(card: Mapping[str, object]) -> list[tuple[str, str]]:
    """Title and tables of each study that the card has."""
    titled = (
        ("The gate", gate(card)),
        ("Inverted and turned radiographs", changed(card)),
        ("Saved again with losses", on_a_split(card, "saved_again")),
        ("Test-time flips", on_a_split(card, "flips")),
        ("Several seeds", seeds(card)),
        ("External test", external(card)),
        ("The seed's own figures, repeated", seed_figures(card)),
    )
    return [(title, body) for title, body in titled if body]


def gate(card: Mapping[str, object]) -> str:
    """One row a kind of pictures, with the share of them that the gate declines; then what must be known of them."""
    study = _study(card, "gate")
    return _rows("gate", study.get("measured")) + _note(study.get("note"))


def changed(card: Mapping[str, object]) -> str:
    """One row a change made to tuning radiographs: whether they are declined, noted, or pass without a word."""
    table = _rows("changed", mapping(mapping(card.get("figures")).get("val")).get("changed"))
    return table and table + _note(CHANGED)


def on_a_split(card: Mapping[str, object], kind: str) -> str:
    """One row a way of saving or of reading the radiographs of one split."""
    study = _study(card, kind)
    return _noted(kind, study, _rows(kind, study.get("measured")))


def seeds(card: Mapping[str, object]) -> str:
    """One row a figure: mean, standard deviation, and what each seed gave."""
    study = _study(card, "seeds")
    rows = []
    for name, part in mapping(study.get("figures")).items():
        each = mapping(part).get("values")
        values = ", ".join(_number(value, ".3f") for value in each) if isinstance(each, (list, tuple)) else ""
        figures = (_number(mapping(part).get(key), ".3f") for key in ("mean", "sd"))
        rows.append((escaped(SPREAD.get(name, name)), *figures, values))
    return _noted("seeds", study, table_of(("", "mean", "standard deviation", "each"), rows))


def external(card: Mapping[str, object]) -> str:
    """One row a version, on radiographs of another collection."""
    study = _study(card, "external")
    return _noted("external", study, _measured(study, "version"))


def seed_figures(card: Mapping[str, object]) -> str:
    """The reference CNN trained the seed's way: epoch by epoch beside the seed's own, then where it was measured."""
    study = _study(card, "seed_figures")
    epochs = study.get("epochs")
    rows = [
        (whole(epoch, "epoch"), *(_number(epoch.get(name), ".4f") for name in OF_AN_EPOCH))
        for epoch in (map(mapping, epochs) if isinstance(epochs, (list, tuple)) else ())
    ]
    trained = table_of(("epoch", "accuracy", "the seed's", "loss", "the seed's"), rows)
    return _noted("seed_figures", study, _measured(study, "measured on")) + trained


def _rows(kind: str, measured: object) -> str:
    columns, rows = COLUMNS[kind], []
    for name, part in mapping(measured).items():
        found = mapping(part)
        figures = (cell(found, key) if digits else whole(found, key) for _, key, digits in columns)
        rows.append((escaped(name), *figures))
    return table_of(("", *(head for head, _, _ in columns)), rows)


def _noted(kind: str, study: Mapping[str, object], table: str) -> str:
    return table and table + _note(note(kind, study))


def _note(text: object) -> str:
    return f'<p class="note">{escaped(str(text))}</p>' if text else ""


def _measured(study: Mapping[str, object], what: str) -> str:
    rows = []
    for name, figures in mapping(study.get("measured")).items():
        found = mapping(figures)
        point = mapping(mapping(found.get("points")).get("high_sensitivity"))
        of_all = (cell(found, name) for name in ("coverage", "noted", "accuracy", "auc"))
        at_point = (cell(point, name) for name in ("sensitivity", "specificity"))
        rows.append((escaped(name), whole(found, "n"), whole(found, "n_fractured"), *of_all, *at_point))
    heads = (what, "radiographs", "fractured", "coverage", "noted", "right at 0.5", "AUC", "sensitivity", "specificity")
    return table_of(heads, rows)


def _study(card: Mapping[str, object], kind: str) -> Mapping[str, object]:
    return mapping(mapping(card.get("studies")).get(kind))


def _number(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
