"""`python -m core models card | describe`: a version's card as a text, and what it says in words brought up to date."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DatasetError

if TYPE_CHECKING:
    from core.bootstrap import Services

ACTIONS = ("card", "describe")
OF_ONE_VERSION = ("gate", "saved_again", "flips")
STUDIES = (*OF_ONE_VERSION, "seeds", "external", "seed_figures")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", nargs="+", type=Path, default=[], metavar="FILE", help="describe: studies to add")
    parser.add_argument("--change", default="", metavar="TEXT", help="describe: a line for the change log")


def main(arguments: argparse.Namespace, services: Services) -> int:
    from core.learning.card_text.render import description, render

    if arguments.action == "card":
        shipped = [model for model in services.model_versions.versions() if model.shipped]
        model = services.model_versions.get(arguments.name) if arguments.name else services.registry.default()
        print(render(model.card, shipped), end="")
        return 0
    found = dict(map(_read, arguments.study))
    name = arguments.name or services.model_versions.champion().version
    for kind in OF_ONE_VERSION:
        if (of := found.get(kind, {}).get("version", name)) != name:
            command = kind.replace("_", "-")
            raise DatasetError(
                f"The study {command} is of {of}, not of {name}. Measure {name} with `study {command} --model {name}`."
            )
    services.registry.amend(
        name,
        lambda card: {**description(card, arguments.change), "studies": {**card.get("studies", {}), **found}},
    )
    print(f"{name}: described" + (f", with {', '.join(found)}" if found else ""))
    return 0


def _read(path: Path) -> tuple[str, dict]:
    try:
        study = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{path} is not JSON. Give a file that `python -m core study` has written.") from error
    if not isinstance(study, dict) or study.get("kind") not in STUDIES:
        raise DatasetError(f"{path} is no study. Give a file that `python -m core study` has written.")
    return study["kind"], study
