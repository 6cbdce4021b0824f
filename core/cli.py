"""Every use case from the command line: `python -m core COMMAND --help`. The commands are in `core.commands`.

Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core import __version__
from core.commands import FAILED, WRONG_USAGE, audit, benchmark, evaluate, export, predict, study, train, worker
from core.commands import card as card_command
from core.commands import job as job_command
from core.commands import jobs as jobs_command
from core.commands import models as models_command
from core.errors import (
    ConfigurationError,
    DamagedModelError,
    DatasetError,
    FractureReviewError,
    NotFoundError,
    PromotionError,
    RegistryError,
)

if TYPE_CHECKING:
    from core.bootstrap import Services

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

    job = command("job", job_command.main, "Do one training, comparison or audit that waits.")
    job_command.add_arguments(job)

    jobs = command("jobs", _with_services(jobs_command.main), "List, show, start, cancel and resume what runs in line.")
    jobs_command.add_arguments(jobs)

    models = command("models", _with_services(_models), "List, show, compare, promote, roll back, retire versions.")
    actions = (*models_command.ACTIONS, *card_command.ACTIONS)
    models.add_argument("action", choices=actions, nargs="?", default="list")
    models.add_argument("name", nargs="?", metavar="VERSION", help="which one; to show: default the champion")
    models_command.add_arguments(models)
    card_command.add_arguments(models)
    return parser


def _is_wrong_usage(error: FractureReviewError) -> bool:
    """A data set, version, batch or setting that the user named and that cannot be used."""
    if isinstance(error, (DamagedModelError, PromotionError)):
        return False
    return isinstance(error, (ConfigurationError, DatasetError, NotFoundError, RegistryError))


def _models(arguments: argparse.Namespace, services: Services) -> int:
    chosen = card_command if arguments.action in card_command.ACTIONS else models_command
    return chosen.main(arguments, services)


def _with_services(main: Callable[[argparse.Namespace, Services], int]) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        from core.bootstrap import build

        services = build()
        try:
            return main(arguments, services)
        finally:
            services.close()

    return run
