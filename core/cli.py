"""Every use case from the command line: `python -m core COMMAND --help`. The commands are in `core.commands`.

Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from core import __version__
from core.commands import FAILED, WRONG_USAGE, audit, benchmark, evaluate, export, predict, study, train, worker
from core.commands import card as card_command
from core.errors import (
    ConfigurationError,
    DamagedModelError,
    DatasetError,
    FractureReviewError,
    NotFoundError,
    RegistryError,
)

DESCRIPTION = "Fracture Review from the command line. Not a medical device."
EXIT_CODES = "Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage."


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run one command."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except FractureReviewError as error:
        print(f"{parsed.command}: {error}", file=sys.stderr)
        return WRONG_USAGE if _is_wrong_usage(error) else FAILED
    except OSError as error:
        print(f"{parsed.command}: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(f"{parsed.command}: stopped", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=DESCRIPTION, epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(run=run)
        return added

    for name, module, description in (
        ("predict", predict, "Predict files, folders and ZIPs into a CSV, without the store."),
        ("audit", audit, "Look through a data set: copies, leaks, unreadable files, shortcuts."),
        ("train", train, "Train a network on class folders, and add it to the registry."),
        ("evaluate", evaluate, "Measure a model version on class folders, and others beside it."),
        ("study", study, "The seed's own figures repeated, an external test, the spread over seeds."),
        ("worker", worker, "Read what is queued, until idle for long."),
        ("export", export, "Write the worklist as CSV."),
        ("benchmark", benchmark, "Measure speed, side by side with the plain way."),
    ):
        module.add_arguments(command(name, module.main, description))

    models = command("models", _models, "List the model versions, show or write one's card.")
    models.add_argument("action", choices=("list", "show", "card", "describe"), nargs="?", default="list")
    models.add_argument("name", nargs="?", metavar="VERSION", help="to show; default: the champion")
    card_command.add_arguments(models)
    return parser


def _is_wrong_usage(error: FractureReviewError) -> bool:
    """A data set, version, batch or setting that the user named and that cannot be used."""
    if isinstance(error, DamagedModelError):
        return False
    return isinstance(error, (ConfigurationError, DatasetError, NotFoundError, RegistryError))


def _models(arguments: argparse.Namespace) -> int:
    from core.bootstrap import build

    services = build()
    try:
        if arguments.action in card_command.ACTIONS:
            return card_command.main(arguments, services)
        if arguments.action == "show":
            shown = services.models.get(arguments.name) if arguments.name else services.models.champion()
            print(json.dumps(shown.card, indent=2, ensure_ascii=False))
            return 0
        champion = services.models.champion_name()
        for model in services.models.list():
            role = "champion" if model.version == champion else ""
            place = "shipped" if model.shipped else "trained here"
            print(
                f"{model.version:<32} {model.network:<12} {model.created:%Y-%m-%d %H:%M}  {place:<12} {role}".rstrip()
            )
    finally:
        services.close()
    return 0
