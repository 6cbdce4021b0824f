"""The studies of a card as tables, and the radiographs that were changed on purpose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.card import (
    HIGH_SENSITIVITY,
    ChangedFigures,
    ExternalStudy,
    FlipsStudy,
    GateStudy,
    Part,
    ReferenceStudy,
    SavedAgainStudy,
    SeedsStudy,
    SplitFigures,
    Studies,
    Study,
)
from core.learning.card_text.cells import Kind, Measure, number, share
from core.table import CountCell, NumberCell, Row, Table, columns, plain_number

CHANGED = (
    Measure("radiographs", "n"),
    Measure("declined", "declined", Kind.SHARE),
    Measure("noted", "noted", Kind.SHARE),
    Measure("neither", "neither", Kind.SHARE),
    Measure("AUC", "auc", Kind.NUMBER, 3),
)
GATE = (
    Measure("pictures", "n"),
    Measure("declined", "declined", Kind.SHARE),
    Measure("files that were none", "n_unreadable"),
)
SAVED_AGAIN = (
    Measure("radiographs", "n"),
    Measure("AUC", "auc", Kind.NUMBER, 3),
    Measure("moved", "moved", Kind.SHARE),
    Measure("in another band", "other_band", Kind.SHARE),
)
FLIPS = (
    Measure("radiographs", "n"),
    Measure("AUC of the scores", "auc", Kind.NUMBER, 3),
    Measure("peak inside a box", "hit_rate", Kind.SHARE),
    Measure("time", "time", Kind.NUMBER),
)
MEASURED = (
    Measure("radiographs", "n"),
    Measure("fractured", "n_fractured"),
    Measure("coverage", "coverage", Kind.SHARE, 3),
    Measure("noted", "noted", Kind.SHARE, 3),
    Measure("accuracy at 0.5", "accuracy", Kind.SHARE),
    Measure("AUC", "auc", Kind.NUMBER, 3),
)
MOVED = 0.02  # of probability; more is called moved
POINT = "Sensitivity and specificity are those of the point of high sensitivity."
# What each study's table was measured on, and how it is to be read; the names are the study's, `place` its data set.
CAPTIONS: Mapping[str, str] = MappingProxyType(
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
GATE_TITLE = "The gate"
CHANGED_CAPTION = (
    "The radiographs of `val`, changed on purpose: the shares that the gate declines, that are noted as what they "
    "are (as they are and upside down: mistaken for inverted or turned), and that get a probability and no word; "
    "and the AUC of the scores. The thresholds that note were chosen on other radiographs."
)
# What is compared between seeds, and in which words.
SPREAD: Mapping[str, str] = MappingProxyType(
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

Section = tuple[str, tuple[Table, ...]]


def sections(studies: Studies | None, changed_radiographs: Mapping[str, ChangedFigures]) -> list[Section]:
    """Title and tables of each study that was made, in the order in which they are read."""
    made = studies or Studies()
    titled: tuple[Section, ...] = (
        (GATE_TITLE, (gate(made.gate),) if made.gate else ()),
        ("Inverted and turned radiographs", (changed(changed_radiographs),)),
        ("Saved again with losses", (saved_again(made.saved_again),) if made.saved_again else ()),
        ("Test-time flips", (flips(made.flips),) if made.flips else ()),
        ("Several seeds", (seeds(made.seeds),) if made.seeds else ()),
        ("External test", (external(made.external),) if made.external else ()),
        ("The seed's own figures, repeated", seed_figures(made.seed_figures) if made.seed_figures else ()),
    )
    found = ((title, tuple(table for table in tables if table)) for title, tables in titled)
    return [(title, tables) for title, tables in found if tables]


def gate(study: GateStudy) -> Table:
    """A row a kind of pictures: the share of them that the gate declines."""
    return _rows(GATE, study.measured, study.note or "")


def changed(found: Mapping[str, ChangedFigures]) -> Table:
    """A row a change made to radiographs: whether they are declined, noted, or pass without a word."""
    return _rows(CHANGED, found, CHANGED_CAPTION)


def saved_again(study: SavedAgainStudy) -> Table:
    """A row a way of saving the radiographs of one split."""
    return _rows(SAVED_AGAIN, study.measured, caption(study))


def flips(study: FlipsStudy) -> Table:
    """A row a way of reading the radiographs of one split."""
    return _rows(FLIPS, study.measured, caption(study))


def seeds(study: SeedsStudy) -> Table:
    """A row a figure: mean, standard deviation, and what each seed gave."""
    rows: tuple[Row, ...] = tuple(
        (SPREAD.get(name, name), NumberCell(part.mean, 3), NumberCell(part.sd, 3), _each(part.values))
        for name, part in study.figures.items()
    )
    return Table(columns("", "mean", "standard deviation", "each"), rows, caption(study))


def external(study: ExternalStudy) -> Table:
    """A row a version, on radiographs of another collection."""
    return _measured("version", study.measured, caption(study))


def seed_figures(study: ReferenceStudy) -> tuple[Table, Table]:
    """Where the reference CNN was measured, and its epochs beside the seed's own figures."""
    names, digits = ("accuracy", "seed_accuracy", "loss", "seed_loss"), 4
    rows: tuple[Row, ...] = tuple(
        (CountCell(each.epoch), *(number(each, name, digits) for name in names)) for each in study.epochs
    )
    heads = columns("epoch", "accuracy", "the seed's", "loss", "the seed's")
    return _measured("measured on", study.measured, caption(study)), Table(heads, rows)


def caption(study: Study) -> str:
    """A study's entry of `CAPTIONS`, with its figures; what the study lacks is left out."""
    counts = ("n_files", "n_sources", "n_train", "n_sources_in_train", "best_epoch")
    figures = {name: plain_number(getattr(study, name, None)) for name in counts}
    place = f"{getattr(study, 'dataset', None) or ''} {getattr(study, 'split', None) or ''}".strip()
    versions = ", ".join(getattr(study, "versions", ()))
    return CAPTIONS[study.kind].format_map(defaultdict(str, figures, place=place, versions=versions))


def _rows(measures: Sequence[Measure], measured: Mapping[str, Part], caption: str) -> Table:
    rows: tuple[Row, ...] = tuple(
        (name, *(measure.of(part) for measure in measures)) for name, part in measured.items()
    )
    return Table(columns("", *(measure.head for measure in measures)), rows, caption)


def _measured(head: str, measured: Mapping[str, SplitFigures], caption: str) -> Table:
    rows: list[Row] = []
    for name, part in measured.items():
        point = part.points.get(HIGH_SENSITIVITY)
        others = part.n is None or part.n_fractured is None or part.n > part.n_fractured
        specificity = share(point if others else None, "specificity")
        figures = (measure.of(part) for measure in MEASURED)
        rows.append((name, *figures, share(point, "sensitivity"), specificity))
    heads = columns(head, *(measure.head for measure in MEASURED), "sensitivity", "specificity")
    return Table(heads, tuple(rows), caption)


def _each(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
