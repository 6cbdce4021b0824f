"""A model card as the Model screen shows it: the tables of its text, its sentences, and the rest as it is written."""

from __future__ import annotations

from core.card import ModelCard, SplitFigures, to_document
from core.learning.card_text import figures as measured
from core.learning.card_text import studies
from core.table import TextCell
from dashboard.components import html
from dashboard.components.format import count, printable
from dashboard.components.html import Html, el
from dashboard.components.model import nested_lists

TEST = "test"
SPLITS = {"val": "tuning (val)"}
INTERVALS = "Small numbers are 95 % confidence intervals."
OF_THE_TEXT = (measured.COVERAGE, measured.NOTED, measured.PRECISION, measured.AT_90, measured.DIFFERENCE)
NAMED_LENGTH = 200


def figures(card: ModelCard) -> Html:
    """A row a split, `test` first: size, prevalence, discrimination, calibration and both operating points."""
    splits = sorted(card.figures, key=lambda name: name != TEST)
    titled = [
        (TextCell(SPLITS.get(name, name), mark="leaks" if card.figures[name].leaks else ""), card.figures[name])
        for name in splits
    ]
    table = html.table(measured.figures(titled).without(OF_THE_TEXT))
    return table + html.note(f"{INTERVALS} {_looks(card.figures.get(TEST))}".strip()) if table else table


def subgroups(card: ModelCard) -> Html:
    """A row a subgroup of `test`."""
    return html.table(measured.subgroups(card.figures.get(TEST, SplitFigures())))


def studies_of(card: ModelCard) -> list[tuple[str, Html]]:
    """Title and tables of each study that the card has."""
    changed = card.figures["val"].changed if "val" in card.figures else {}
    return [(title, html.join(*map(html.table, tables))) for title, tables in studies.sections(card.studies, changed)]


def operating_points(card: ModelCard) -> Html:
    """A row an operating point, the lowest threshold first."""
    return html.table(measured.operating_points(sorted(card.operating_points, key=lambda point: point.threshold)))


def bands(card: ModelCard) -> Html:
    """What stood in each band: how many radiographs, and how many of them were fractured."""
    split = TEST if TEST in card.figures else next(iter(card.figures), "")
    table = html.table(measured.bands(card.figures.get(split, SplitFigures()), "band"))
    return table + html.note(f"Counted on {printable(SPLITS.get(split, split))}.") if table else table


def limits(card: ModelCard) -> Html:
    """Where the version must not be trusted."""
    return nested_lists.sentences(card.limits)


def data(card: ModelCard) -> Html:
    """What it was trained on."""
    return nested_lists.listing(to_document(card.data) if card.data else None)


def purpose(card: ModelCard) -> Html:
    """What the version is for, for whom, under whose eyes, and when not to trust its overlay."""
    parts = to_document(card.about) if card.about else {}
    return html.definitions(
        ((nested_lists.name(key), nested_lists.sentences(part)) for key, part in parts.items()), "card"
    )


def making(card: ModelCard) -> Html:
    """How the version was made, and what its card holds beyond what this version of the product knows."""
    parts = {
        "parameters": card.parameters,
        "training": card.training,
        "calibration": card.calibration,
        "gate": card.gate,
        "input": card.input,
        "weights_sha256": card.sha256,
    }
    return nested_lists.listing({**to_document(parts), **card.extra})


def lead(card: ModelCard, *, shipped: bool, made: str) -> Html:
    """One sentence: which version serves, what it is, and where it was made."""
    return el(
        "p",
        el("b", printable(card.version)),
        f" reads new batches. {printable(card.description or card.network, NAMED_LENGTH)}, "
        f"{'shipped with the product' if shipped else 'trained here'}, made {made}.",
        cls="lead",
    )


def _looks(test: SplitFigures | None) -> str:
    """How often `test` was looked at."""
    if test is None or not test.looks:
        return ""
    days = ", ".join(dict.fromkeys(look.at[:10] for look in test.looks))
    return f"Test was looked at {count(len(test.looks), 'time')}: {days}."
