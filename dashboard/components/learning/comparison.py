"""A comparison of two versions as tables and charts: what differs, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from core.card import ModelVersion
from core.domain import ChampionChange
from core.learning.admin.promotions import RegisteredVersion, Role
from core.learning.evaluation.comparison import Comparison, PointFigures, Side
from core.table import Align, Cell, Column, NumberCell, Row, ShareCell, Table, TextCell, columns
from dashboard.components import charts, html
from dashboard.components.charts import CalibrationBin, RocPoint, Specification
from dashboard.components.format import count, moment, printable, probability, threshold
from dashboard.components.html import Html, el
from dashboard.components.theme import BANDS

SPLITS = {"val": "AUC, tuning", "test": "AUC, test"}
REASON_LETTERS = 300


def versions(standings: Sequence[RegisteredVersion]) -> Html:
    """A row a version: its role, what it is, and its figures on its own card."""
    names = columns("version", "role", "network", "made", *SPLITS.values(), words=4)
    return html.table(Table(names, tuple(_version(standing) for standing in standings)))


def verdict(found: Comparison) -> Html:
    """The plain sentence, and on what it rests."""
    basis = (
        f"{count(found.n, 'radiograph')}, {found.n_fractured:,} fractured. This test was looked at "
        f"{count(found.looks, 'time')}. The challenger may lose {found.margin:g} of AUC at worst."
    )
    style = "supported" if found.supported else "unsupported"
    return el("p", found.sentence, cls=f"advice {style}") + html.note(basis)


def leaks(found: Comparison) -> Html:
    """Why figures do not count, where they do not."""
    reasons = dict.fromkeys((*found.challenger.leaks, *found.champion.leaks))
    return html.bullets(html.join(html.warning("leaks"), f" {printable(reason, REASON_LETTERS)}") for reason in reasons)


def figures(found: Comparison) -> Html:
    """AUC, both operating points and calibration side by side, the difference or its p beside them."""
    ours, theirs = found.challenger, found.champion
    difference = NumberCell(found.auc_difference, 3, found.auc_difference_ci, signed=True)
    rows: list[Row] = [("AUC", *(NumberCell(side.auc, 3, side.auc_ci) for side in (ours, theirs)), difference)]
    for mine, other, test in zip(ours.points, theirs.points, found.points, strict=True):
        name, pair = mine.name.replace("_", " "), (mine, other)
        rows += [
            (f"sensitivity, {name}", *map(_sensitivity, pair), f"p = {test.sensitivity_p:.2g}"),
            (f"specificity, {name}", *map(_specificity, pair), f"p = {test.specificity_p:.2g}"),
            (f"threshold, {name}", *(threshold(point.threshold) for point in pair), ""),
        ]
    sides = (ours, theirs)
    rows += [
        ("calibration error", *map(_calibration_error, sides), ""),
        ("Brier score", *(NumberCell(side.brier, 3) for side in sides), ""),
        ("assessable", *(ShareCell(side.coverage) for side in sides), ""),
    ]
    heads = (
        Column("", align=Align.LEFT),
        *(Column(printable(side.version, 40), mark="leaks" if side.leaks else "") for side in sides),
        Column("difference, or McNemar's p"),
    )
    return html.table(Table(heads, tuple(rows)))


def roc(found: Comparison) -> Specification:
    """Both ROC curves in one chart, with the challenger's operating points."""
    curves = {side.version: side.roc for side in (found.challenger, found.champion)}
    points = [RocPoint(point.name, point.sensitivity, point.specificity) for point in found.challenger.points]
    return charts.roc(curves, points)


def reliability(side: Side) -> Specification:
    """One version's reliability plot."""
    return charts.reliability(
        [CalibrationBin(each.predicted, each.observed, each.observed_ci, each.n) for each in side.reliability]
    )


def disagreement(found: Comparison, index: int) -> tuple[Html, ...]:
    """The lines beneath a picture that the two versions put into different bands."""
    each = found.disagreements[index]
    answers = ((each.challenger_band, each.challenger_probability), (each.champion_band, each.champion_probability))
    names = (found.challenger.version, found.champion.version)
    lines = (
        html.join(
            f"{printable(name, 24)}: ",
            el("b", BANDS[band].label, style=f"color:{BANDS[band].colour}"),
            f" {probability(value)}",
        )
        for name, (band, value) in zip(names, answers, strict=True)
    )
    return (el("b", "fractured" if each.fractured else "not fractured"), *lines)


def history(changes: Sequence[ChampionChange]) -> Html:
    """Who let which version serve, newest first, and why."""
    rows: tuple[Row, ...] = tuple(
        (
            printable(each.version, 40),
            TextCell(str(each.action).replace("_", " "), mark="override" if each.override else ""),
            TextCell(printable(each.reader, 40), note=moment(each.created)),
            printable(each.reason, REASON_LETTERS),
        )
        for each in changes
    )
    return html.scrolling(html.table(Table(columns("version", "how", "by", "why"), rows)))


def _version(standing: RegisteredVersion) -> Row:
    model = standing.model
    role = f"{standing.role}, shipped" if model.shipped else str(standing.role)
    return (
        printable(model.version, 64),
        TextCell(role, strong=standing.role is Role.CHAMPION),
        printable(model.network, 40),
        moment(model.created),
        *(_auc_on_card(model, split) for split in SPLITS),
    )


def _auc_on_card(model: ModelVersion, split: str) -> Cell:
    found = model.card.figures.get(split)
    return NumberCell(found.auc, 3, found.auc_ci, mark="leaks" if found.leaks else "") if found else ""


def _sensitivity(point: PointFigures) -> ShareCell:
    return ShareCell(point.sensitivity, interval=point.sensitivity_ci)


def _specificity(point: PointFigures) -> ShareCell:
    return ShareCell(point.specificity, interval=point.specificity_ci)


def _calibration_error(side: Side) -> Cell:
    chance = side.ece_by_chance
    return NumberCell(side.ece, 3, note=f"by chance {chance[0]:.3f} to {chance[1]:.3f}" if chance else "")
