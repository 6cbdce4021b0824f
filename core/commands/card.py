"""`python -m core models card | describe`: a version's card as a text, and what it says in words brought up to date."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from core.card import FlipsStudy, GateStudy, SavedAgainStudy, Studies, Study, read_study, with_studies
from core.commands.services import add_action
from core.errors import DatasetError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.commands.services import Actions

OF_ONE_VERSION = (GateStudy, SavedAgainStudy, FlipsStudy)


def add_actions(actions: Actions) -> None:
    """Add `card` and `describe` to the actions of `models`."""
    card = add_action(actions, "card", _card, "Write a version's card as a text (Markdown).")
    card.add_argument("version", nargs="?", metavar="VERSION", help="which one; default: the one that ships")

    describe = add_action(actions, "describe", _describe, "Put studies on a card, and bring its words up to date.")
    describe.add_argument("version", nargs="?", metavar="VERSION", help="which one; default: the champion")
    describe.add_argument("--study", nargs="+", type=Path, default=[], metavar="FILE", help="written by `study --json`")
    describe.add_argument("--change", default="", metavar="TEXT", help="a line for the card's list of changes")


def _card(arguments: argparse.Namespace, services: Services) -> int:
    from core.learning.card_text.render import render

    shipped = [model for model in services.model_versions.versions() if model.shipped]
    model = services.model_versions.get(arguments.version) if arguments.version else services.registry.default()
    print(render(model.card, shipped), end="")
    return 0


def _describe(arguments: argparse.Namespace, services: Services) -> int:
    from core.learning.card_text.description import description

    found = dict(map(_read, arguments.study))
    name = arguments.version or services.model_versions.champion().version
    for kind, study in found.items():
        of = study.version if isinstance(study, OF_ONE_VERSION) else None
        if of is not None and of != name:
            command = kind.replace("_", "-")
            raise DatasetError(
                f"The study {command} is of {of}, not of {name}. Measure {name} with `study {command} --model {name}`."
            )
    services.registry.amend(
        name,
        lambda card: {
            **description(card, arguments.change),
            "studies": with_studies(card.studies or Studies(), found.values()),
        },
    )
    print(f"{name}: described" + (f", with {', '.join(found)}" if found else ""))
    return 0


def _read(path: Path) -> tuple[str, Study]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{path} is not JSON. Give a file that `python -m core study` has written.") from error
    try:
        study = read_study(document)
    except ValueError as error:
        raise DatasetError(f"{path} is no study. Give a file that `python -m core study` has written.") from error
    return study.kind, study
