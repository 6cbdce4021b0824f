"""The tables of a card's text that come of studies, and of radiographs that were changed on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.learning.card_figures import at, figures_of, plain_number, table

SHARES = ("declined", "noted", "neither")
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


def seeds(card: Mapping) -> str:
    study = card.get("studies", {}).get("seeds")
    if not study:
        return ""
    rows = [
        (SPREAD.get(name, name), at(part, "mean", 3), at(part, "sd", 3), ", ".join(f"{v:.3f}" for v in part["values"]))
        for name, part in study["figures"].items()
    ]
    said = f"{', '.join(study['versions'])}, on {study['dataset']} {study['split']}."
    return f"{said}\n\n{table(('', 'mean', 'standard deviation', 'each'), rows)}"


def changed(card: Mapping) -> str:
    """What becomes of radiographs that are presented otherwise than those it was trained on."""
    rows = [
        (name, plain_number(part["n"]), *(at(part, share) for share in SHARES), at(part, "auc", 3))
        for name, part in figures_of(card, "val").get("changed", {}).items()
    ]
    if not rows:
        return ""
    said = (
        "The radiographs of `val`, changed on purpose: the shares that the gate declines, that are noted as what they "
        "are (as they are and upside down: mistaken for inverted or turned), and that get a probability and no word; "
        "and the AUC of the scores. The thresholds that note were chosen on other radiographs."
    )
    return f"{said}\n\n{table(('', 'radiographs', 'declined', 'noted', 'neither', 'AUC'), rows)}"


def gate(card: Mapping) -> str:
    study = card.get("studies", {}).get("gate")
    if not study:
        return ""
    rows = [
        (name, plain_number(part["n"]), at(part, "declined"), plain_number(part["n_unreadable"]))
        for name, part in study["measured"].items()
    ]
    said = "What it declines of `val` and `test` stands under Figures, as their coverage."
    said = " ".join(filter(None, (said, study.get("note"))))
    return f"{said}\n\n{table(('', 'pictures', 'declined', 'files that were none'), rows)}"


def saved_again(card: Mapping) -> str:
    study = card.get("studies", {}).get("saved_again")
    if not study:
        return ""
    rows = [
        (name, plain_number(part["n"]), at(part, "auc", 3), at(part, "moved"), at(part, "other_band"))
        for name, part in study["measured"].items()
    ]
    said = (
        f"The radiographs of {study['dataset']} {study['split']}, saved again with losses: their AUC, and the shares "
        f"whose probability moved by more than {study['moved_by']} and that came into another band."
    )
    return f"{said}\n\n{table(('', 'radiographs', 'AUC', 'moved', 'in another band'), rows)}"


def external(card: Mapping) -> str:
    study = card.get("studies", {}).get("external")
    if not study:
        return ""
    said = (
        f"One picture a source of {study['dataset']}, FracAtlas pictures left out: of {study['n_files']:,} files from "
        f"{study['n_sources']:,} sources."
    )
    return f"{said}\n\n{_measured(study['measured'])}"


def seed_figures(card: Mapping) -> str:
    study = card.get("studies", {}).get("seed_figures")
    if not study:
        return ""
    said = (
        f"The reference CNN, trained the seed's way on {study['dataset']}: {study['n_train']:,} files from "
        f"{study['n_sources_in_train']:,} sources. Measured with the weights of epoch {study['best_epoch']}."
    )
    rows = [
        (e["epoch"], at(e, "accuracy", 4), at(e, "seed_accuracy", 4), at(e, "loss", 4), at(e, "seed_loss", 4))
        for e in study["epochs"]
    ]
    epochs = table(("epoch", "accuracy", "the seed's", "loss", "the seed's"), rows)
    return f"{said}\n\n{epochs}\n\n{_measured(study['measured'])}"


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
