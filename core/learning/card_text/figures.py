"""What was measured of a version, as tables. A figure that was not measured is an empty cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.card import HIGH_SENSITIVITY, HIGH_SPECIFICITY, OperatingPoint, SplitFigures
from core.domain import Band
from core.learning.card_text.cells import Kind, Measure, number, share, words
from core.table import (
    Align,
    BandCell,
    Cell,
    Column,
    CountCell,
    IntervalCell,
    NumberCell,
    Row,
    Table,
    TextCell,
    columns,
)

POINTS = (HIGH_SENSITIVITY, HIGH_SPECIFICITY)
AT_A_POINT = ("sensitivity", "specificity")
PREVALENCE, COVERAGE, NOTED = "prevalence", "coverage: not declined by the gate", "noted as inverted or turned"
AUC, PRECISION, AT_90 = "AUC", "average precision", "sensitivity at 90 % specificity"
CALIBRATION_ERROR, PEAK_INSIDE = "calibration error, 15 bins", "peak inside a box"
DIFFERENCE = "AUC is less by"
SHARE_FRACTURED = "of the band"
CHOSEN_AT = "prevalence there"
BEFORE_POINTS = (
    Measure("radiographs", "n"),
    Measure("fractured", "n_fractured"),
    Measure(PREVALENCE, "prevalence", Kind.SHARE, 3),
    Measure(COVERAGE, "coverage", Kind.SHARE, 3),
    Measure(NOTED, "noted", Kind.SHARE, 3),
    Measure(AUC, "auc", Kind.NUMBER, 3),
    Measure(PRECISION, "average_precision", Kind.NUMBER, 3),
    Measure(AT_90, "sensitivity_at_90_specificity", Kind.SHARE),
    Measure(CALIBRATION_ERROR, "ece", Kind.NUMBER, 3),
    Measure(PEAK_INSIDE, "hit_rate", Kind.SHARE),
)

Titled = Sequence[tuple[str | TextCell, SplitFigures]]  # what was measured on or by, and its figures


def figures(titled: Titled, head: str = "measured on") -> Table:
    """A row of figures each: size, discrimination, both operating points. What nobody has is left out.

    Args:
        titled: what the rows are called, and their figures.
        head: what the rows are.
    """
    points = list(dict.fromkeys(name for _, part in titled for name in part.points))
    rows: list[Row] = []
    for title, part in titled:
        before = (measure.of(part) for measure in BEFORE_POINTS)
        at_points = (share(part.points.get(point), name) for point in points for name in AT_A_POINT)
        rows.append((title, *before, *at_points, number(part, "auc_difference", 3)))
    heads = (
        Column(head, align=Align.LEFT),
        *(measure.column for measure in BEFORE_POINTS),
        *(Column(name, group=words(point)) for point in points for name in AT_A_POINT),
        Column(DIFFERENCE),
    )
    return Table(heads, tuple(rows)).compact()


def calibration(titled: Titled, head: str = "split") -> Table:
    """A row each: calibration error beside what chance gives a perfect model, slope, intercept, Brier score."""
    rows: tuple[Row, ...] = tuple(
        (
            title,
            number(part, "ece", 3),
            IntervalCell(part.ece_by_chance, 3),
            number(part, "calibration_slope"),
            number(part, "calibration_intercept"),
            number(part, "brier", 3),
        )
        for title, part in titled
    )
    return Table(
        columns(head, CALIBRATION_ERROR, "of a perfect one, by chance", "slope", "intercept", "Brier"),
        rows,
    )


def operating_points(points: Iterable[OperatingPoint]) -> Table:
    """Threshold, sensitivity and specificity, on what they were chosen, and how many there were fractured."""
    rows: tuple[Row, ...] = tuple(
        (
            words(point.name),
            NumberCell(point.threshold, 4),
            share(point, "sensitivity"),
            share(point, "specificity"),
            point.measured_on or "",
            share(point, "prevalence"),
        )
        for point in points
    )
    return Table(columns("operating point", "from", *AT_A_POINT, "chosen on", CHOSEN_AT), rows)


def bands(part: SplitFigures, head: str = "band on test") -> Table:
    """What stood in each band, and how often a band that takes a side was wrong."""
    known = {str(band): BandCell(band) for band in Band}
    order = [*(name for name in known if name in part.bands), *(name for name in part.bands if name not in known)]
    rows: list[Row] = []
    for name in order:
        found = part.bands[name]
        share_of_all, wrong = share(found, "share"), share(found, "error_rate", 3)
        fractured = (CountCell(found.n_fractured), share(found, "share_fractured"))
        rows.append((known.get(name, words(name)), CountCell(found.n), share_of_all, *fractured, wrong))
    return Table(columns(head, "radiographs", "of all", "fractured", SHARE_FRACTURED, "wrong"), tuple(rows))


def subgroups(part: SplitFigures, head: str = "subgroup of test") -> Table:
    """AUC, both points and the pointing game by subgroup, with the AUC of the versions measured beside."""
    rows: list[Row] = []
    for name, group in part.subgroups.items():
        beside = (number(other.subgroups.get(name), "auc", 3) for other in part.against.values())
        at_points = (share(group.points.get(point), measure) for point in POINTS for measure in AT_A_POINT)
        counts: tuple[Cell, ...] = (CountCell(group.n), CountCell(group.n_fractured))
        own = (number(group, "auc", 3), *beside, *at_points, share(group, "hit_rate"))
        rows.append((words(name), *counts, *own))
    heads = (
        *columns(head, "radiographs", "fractured", AUC, *(f"AUC, {version}" for version in part.against)),
        *(Column(measure, group=words(point)) for point in POINTS for measure in AT_A_POINT),
        Column(PEAK_INSIDE),
    )
    return Table(heads, tuple(rows))


def failures(part: SplitFigures) -> Table:
    """How many were missed or falsely called, and the sensitivity at the size of the largest box."""
    kinds = (
        ("fractures in the band negative, or declined", part.failures.missed if part.failures else None),
        (
            "radiographs without a fracture in the band positive",
            part.failures.false_alarms if part.failures else None,
        ),
    )
    rows: list[Row] = [
        (text, f"{found.n:,} of {found.of:,}", share(found, "rate", 3)) for text, found in kinds if found
    ]
    for name, group in part.subgroups.items():
        if group.axis == "largest box":
            at_point = share(group.points.get(HIGH_SPECIFICITY), "sensitivity")
            rows.append((f"found at high specificity, {name}", f"of {group.n_fractured:,}", at_point))
    return Table(columns("on test", "how many", "rate"), tuple(rows))
