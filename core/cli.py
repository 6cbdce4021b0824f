"""Every use case from the command line: `python -m core COMMAND --help`. The commands are in `core.commands`.

Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core import __version__
from core.commands import (
    FAILED,
    WRONG_USAGE,
    audit,
    benchmark,
    dashboard,
    evaluate,
    export,
    job,
    jobs,
    models,
    predict,
    study,
    train,
    worker,
)
from core.errors import (
    ConfigurationError,
    DamagedModelError,
    DatasetError,
    FractureReviewError,
    NotFoundError,
    PromotionError,
    RegistryError,
)

CONSOLE_COMMAND = "fracture-review"
DESCRIPTION = "Fracture Review from the command line. Not a medical device."
EXIT_CODES = "Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage."


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run one command.

    Args:
        arguments: without the program's name; None: those of this process.

    Returns:
        The exit code: 0, `FAILED` or `WRONG_USAGE`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = parser().parse_args(arguments)
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


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; what is parsed has `command`, and `run`, which takes what is parsed."""
    program = CONSOLE_COMMAND if Path(sys.argv[0]).stem == CONSOLE_COMMAND else "python -m core"
    made = argparse.ArgumentParser(prog=program, description=DESCRIPTION, epilog=EXIT_CODES)
    made.add_argument("--version", action="version", version=__version__)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module, about in (
        ("dashboard", dashboard, "Start the dashboard on 127.0.0.1."),
        ("predict", predict, "Predict files, folders and ZIPs into a CSV, without the store."),
        ("audit", audit, "Look through a data set: copies, leaks, unreadable files, shortcuts."),
        ("train", train, "Train a network on class folders, and add it to the registry."),
        ("evaluate", evaluate, "Measure a model version on class folders, and others beside it."),
        (
            "study",
            study,
            "Measure beyond one evaluation: gate, saved copies, flips, seeds, another collection.",
        ),
        ("worker", worker, "Read what is queued, until idle for long."),
        ("export", export, "Write the worklist, reviews, marks and boxes as CSV."),
        ("benchmark", benchmark, "Measure speed, side by side with the plain way."),
        ("job", job, "Do one training, comparison or audit that waits."),
        ("jobs", jobs, "List, show, start, cancel and resume what runs in line."),
        ("models", models, "List, show, compare, promote, roll back, retire versions."),
    ):
        module.add_arguments(commands.add_parser(name, help=about, description=about))
    return made


def _is_wrong_usage(error: FractureReviewError) -> bool:
    """A data set, version, batch or setting that the user named and that cannot be used."""
    if isinstance(error, (DamagedModelError, PromotionError)):
        return False
    return isinstance(error, (ConfigurationError, DatasetError, NotFoundError, RegistryError))
