"""A comparison of two versions as tables and charts: what differs, by how much, and how sure that is."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.card import ModelVersion
from core.domain import ChampionChange
from core.learning.admin.promotions import RegisteredVersion, Role
from core.learning.evaluation.comparison import Comparison, Side
from dashboard.components import charts
from dashboard.components.format import count, interval, moment, percent, printable, probability, threshold
from dashboard.components.model.card import LEAKS, cell
from dashboard.components.theme import BANDS

OVERRIDE = ' <b class="leaks">override</b>'
SPLITS = {"val": "AUC, tuning", "test": "AUC, test"}


def versions(standings: Sequence[RegisteredVersion]) -> str:
    """A row a version: its role, what it is, and its figures on its own card."""
    lines = "".join(_version(standing) for standing in standings)
    heads = "".join(f"<th>{name}</th>" for name in ("version", "role", "network", "made", *SPLITS.values()))
    return f'<table class="card versions">{f"<tr>{heads}</tr>"}{lines}</table>'


def verdict(found: Comparison) -> str:
    """The plain sentence, and on what it rests."""
    look = "supported" if found.supported else "unsupported"
    said = (
        f"{count(found.n, 'radiograph')}, {found.n_fractured:,} fractured. This test was looked at "
        f"{count(found.looks, 'time')}. The challenger may lose {found.margin:g} of AUC at worst."
    )
    return f'<p class="advice {look}">{html.escape(found.sentence)}</p><p class="note">{html.escape(said)}</p>'


def leaks(found: Comparison) -> str:
    """Why figures do not count, where they do not."""
    reasons = dict.fromkeys((*found.challenger.leaks, *found.champion.leaks))
    if not reasons:
        return ""
    return f'<ul class="card">{"".join(f"<li>{LEAKS} {html.escape(reason)}</li>" for reason in reasons)}</ul>'


def figures(found: Comparison) -> str:
    """AUC, both operating points and calibration side by side, the difference or its p beside them."""
    ours, theirs = found.challenger, found.champion
    low, high = found.auc_difference_ci
    rows = [("AUC", _auc(ours), _auc(theirs), f"{found.auc_difference:+.3f}<small>{low:+.3f} to {high:+.3f}</small>")]
    for mine, other, test in zip(ours.points, theirs.points, found.points, strict=True):
        name = mine.name.replace("_", " ")
        for part, p in (("sensitivity", test.sensitivity_p), ("specificity", test.specificity_p)):
            cells = (_share(getattr(point, part), getattr(point, f"{part}_ci")) for point in (mine, other))
            rows.append((f"{part}, {name}", *cells, f"p = {p:.2g}"))
        rows.append((f"threshold, {name}", threshold(mine.threshold), threshold(other.threshold), ""))
    rows += [
        ("calibration error", _error(ours), _error(theirs), ""),
        ("Brier score", _plain(ours.brier), _plain(theirs.brier), ""),
        ("assessable", percent(ours.coverage), percent(theirs.coverage), ""),
    ]
    heads = ("", _titled(ours), _titled(theirs), "difference, or McNemar's p")
    body = "".join(f"<tr>{''.join(f'<td>{part}</td>' for part in row)}</tr>" for row in rows)
    return f'<table class="card"><tr>{"".join(f"<th>{head}</th>" for head in heads)}</tr>{body}</table>'


def roc(found: Comparison) -> dict:
    """Both ROC curves in one chart, with the challenger's operating points."""
    curves = {
        side.version: {
            "false_positive_rate": [x for x, _ in side.roc],
            "sensitivity": [y for _, y in side.roc],
        }
        for side in (found.challenger, found.champion)
    }
    points = [
        {"name": point.name, "sensitivity": point.sensitivity, "specificity": point.specificity}
        for point in found.challenger.points
    ]
    return charts.roc(curves, points)


def reliability(side: Side) -> dict:
    """One version's reliability plot."""
    return charts.reliability(
        [
            {
                "probability": point.predicted,
                "share_fractured": point.observed,
                "share_fractured_ci": point.observed_ci,
                "count": point.n,
            }
            for point in side.reliability
        ]
    )


def disagreement(found: Comparison, index: int) -> tuple[str, ...]:
    """What stands beneath a picture that the two put into different bands."""
    each = found.disagreements[index]
    said = ((each.challenger_band, each.challenger_probability), (each.champion_band, each.champion_probability))
    names = (found.challenger.version, found.champion.version)
    lines = [
        f'{_safe(name, 24)}: <b style="color:{BANDS[band].colour}">{BANDS[band].label}</b> '
        f"{html.escape(probability(value))}"
        for name, (band, value) in zip(names, said, strict=True)
    ]
    return (f"<b>{'fractured' if each.fractured else 'not fractured'}</b>", *lines)


def _version(standing: RegisteredVersion) -> str:
    model = standing.model
    role = f"<b>{standing.role}</b>" if standing.role is Role.CHAMPION else str(standing.role)
    shipped = ", shipped" if model.shipped else ""
    cells = [_safe(model.version, 64), f"{role}{shipped}", _safe(model.network, 40), moment(model.created)]
    cells += [_on_card(model, split) for split in SPLITS]
    return f"<tr>{''.join(f'<td>{part}</td>' for part in cells)}</tr>"


def _on_card(model: ModelVersion, split: str) -> str:
    figures = model.card.get("figures")
    part = figures.get(split) if isinstance(figures, dict) else None
    if not isinstance(part, dict):
        return ""
    return f"{cell(part, 'auc')}{LEAKS if part.get('leaks') else ''}"


def _titled(side: Side) -> str:
    return f"{_safe(side.version, 40)}{LEAKS if side.leaks else ''}"


def _auc(side: Side) -> str:
    return f"{side.auc:.3f}<small>{side.auc_ci[0]:.3f} to {side.auc_ci[1]:.3f}</small>"


def _share(value: float, bounds: tuple[float, float]) -> str:
    return f"{percent(value)}<small>{interval(bounds)}</small>"


def _error(side: Side) -> str:
    if side.ece is None:
        return ""
    chance = side.ece_by_chance
    return f"{side.ece:.3f}" + (f"<small>by chance {chance[0]:.3f} to {chance[1]:.3f}</small>" if chance else "")


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _safe(text: str, length: int) -> str:
    return html.escape(printable(text, length))


def history(appointments: Sequence[ChampionChange]) -> str:
    """Who let what serve, newest first, and why."""
    lines = "".join(
        f"<tr><td>{_safe(each.version, 40)}</td><td>{str(each.action).replace('_', ' ')}"
        f"{OVERRIDE if each.override else ''}</td>"
        f"<td>{_safe(each.reader, 40)}<small>{moment(each.created)}</small></td>"
        f"<td>{_safe(each.reason, 300)}</td></tr>"
        for each in appointments
    )
    heads = "".join(f"<th>{name}</th>" for name in ("version", "how", "by", "why"))
    return f'<div class="refused"><table class="card"><tr>{heads}</tr>{lines}</table></div>'
