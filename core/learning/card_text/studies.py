"""The tables of a card's text that come of studies, and of radiographs that were changed on purpose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

from core.learning.card_text.figures import at, figures_of, plain_number, table

# The columns of what is measured row by row: head, name of the figure, digits; without digits it is a count.
COLUMNS: Mapping[str, tuple[tuple[str, str, int], ...]] = MappingProxyType(
    {
        "changed": (
            ("radiographs", "n", 0),
            ("declined", "declined", 2),
            ("noted", "noted", 2),
            ("neither", "neither", 2),
            ("AUC", "auc", 3),
        ),
        "gate": (("pictures", "n", 0), ("declined", "declined", 2), ("files that were none", "n_unreadable", 0)),
        "saved_again": (
            ("radiographs", "n", 0),
            ("AUC", "auc", 3),
            ("moved", "moved", 2),
            ("in another band", "other_band", 2),
        ),
        "flips": (
            ("radiographs", "n", 0),
            ("AUC of the scores", "auc", 3),
            ("peak inside a box", "hit_rate", 2),
            ("time", "time", 2),
        ),
    }
)
MOVED = 0.02  # of probability; more is called moved
POINT = "Sensitivity and specificity are those of the point of high sensitivity."
# What each study's table was measured on, and how it is to be read; the names are the study's, `place` its data set.
NOTES: Mapping[str, str] = MappingProxyType(
    {
        "saved_again": (
            "On {place}. The same radiographs saved again with losses: their AUC, and the shares whose probability "
            f"moved by more than {MOVED} and that came into another band. FracAtlas holds JPEGs, so what the first "
            "such saving does to a lossless radiograph is not measured on it."
        ),
        "flips": (
            "On {place}. Each radiograph read once, as the product does, and twice, the second time mirrored, with the "
            "mean of both scores and of both heatmaps; the time is in readings of the first kind."
        ),
        "seeds": "{versions}, on {place}.",
        "external": (
            "One picture a source of {place}, FracAtlas pictures left out: of {n_files} files from {n_sources} "
            f"sources. {POINT}"
        ),
        "seed_figures": (
            "The reference CNN, trained the seed's way on {place}: {n_train} files from {n_sources_in_train} sources. "
            f"Measured with the weights of epoch {{best_epoch}}. {POINT}"
        ),
    }
)
# What is compared between seeds, and in which words.
SPREAD = MappingProxyType(
    {
        "auc": "AUC",
        "average_precision": "average precision",
        "sensitivity_at_90_specificity": "sensitivity at 90 % specificity",
        "ece": "calibration error, 15 bins",
        "brier": "Brier score",
        "hit_rate": "peak inside a box",
        "near_rate": "peak within 15 pixels of one, at 512",
    }
)


def note(kind: str, study: Mapping) -> str:
    """A study's entry of `NOTES`, with its figures; what the study lacks is left out."""
    figures = {name: plain_number(value) for name, value in study.items() if isinstance(value, int)}
    place = f"{study.get('dataset', '')} {study.get('split', '')}".strip()
    versions = ", ".join(study.get("versions", ()))
    return NOTES[kind].format_map(defaultdict(str, figures, place=place, versions=versions))


def seeds(card: Mapping) -> str:
    study = card.get("studies", {}).get("seeds")
    if not study:
        return ""
    rows = [
        (SPREAD.get(name, name), at(part, "mean", 3), at(part, "sd", 3), ", ".join(f"{v:.3f}" for v in part["values"]))
        for name, part in study["figures"].items()
    ]
    return f"{note('seeds', study)}\n\n{table(('', 'mean', 'standard deviation', 'each'), rows)}"


def changed(card: Mapping) -> str:
    """What becomes of radiographs that are presented otherwise than those it was trained on."""
    found = figures_of(card, "val").get("changed", {})
    if not found:
        return ""
    said = (
        "The radiographs of `val`, changed on purpose: the shares that the gate declines, that are noted as what they "
        "are (as they are and upside down: mistaken for inverted or turned), and that get a probability and no word; "
        "and the AUC of the scores. The thresholds that note were chosen on other radiographs."
    )
    return f"{said}\n\n{_rows('changed', found)}"


def gate(card: Mapping) -> str:
    study = card.get("studies", {}).get("gate")
    if not study:
        return ""
    said = "What it declines of `val` and `test` stands under Figures, as their coverage."
    said = " ".join(filter(None, (said, study.get("note"))))
    return f"{said}\n\n{_rows('gate', study['measured'])}"


def on_a_split(card: Mapping, kind: str) -> str:
    """A study of one version on the radiographs of one split."""
    study = card.get("studies", {}).get(kind)
    if not study:
        return ""
    return f"{note(kind, study)}\n\n{_rows(kind, study['measured'])}"


def external(card: Mapping) -> str:
    study = card.get("studies", {}).get("external")
    if not study:
        return ""
    return f"{note('external', study)}\n\n{_measured(study['measured'])}"


def seed_figures(card: Mapping) -> str:
    study = card.get("studies", {}).get("seed_figures")
    if not study:
        return ""
    rows = [
        (e["epoch"], at(e, "accuracy", 4), at(e, "seed_accuracy", 4), at(e, "loss", 4), at(e, "seed_loss", 4))
        for e in study["epochs"]
    ]
    epochs = table(("epoch", "accuracy", "the seed's", "loss", "the seed's"), rows)
    return f"{note('seed_figures', study)}\n\n{epochs}\n\n{_measured(study['measured'])}"


def _rows(kind: str, measured: Mapping) -> str:
    columns = COLUMNS[kind]
    rows = [
        (name, *(at(part, key, digits) if digits else plain_number(part[key]) for _, key, digits in columns))
        for name, part in measured.items()
    ]
    return table(("", *(head for head, _, _ in columns)), rows)


def _measured(measured: Mapping) -> str:
    rows = [
        (
            name,
            plain_number(part["n"]),
            plain_number(part["n_fractured"]),
            at(part, "coverage", 3),
            at(part, "noted", 3),
            at(part, "accuracy"),
            at(part, "auc", 3),
            at(part["points"]["high_sensitivity"], "sensitivity"),
            at(part["points"]["high_sensitivity"], "specificity") if part["n"] > part["n_fractured"] else "",
        )
        for name, part in measured.items()
    ]
    counts = ("", "radiographs", "fractured", "coverage", "noted")
    heads = (*counts, "accuracy at 0.5", "AUC", "sensitivity", "specificity")
    return table(heads, rows)
