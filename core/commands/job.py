"""`python -m core job ID`: do one job that waits. Started by the dashboard, a worker, or the job before it."""

from __future__ import annotations

import argparse
import logging

from core.domain import JobState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the job's number."""
    parser.set_defaults(run=main)
    parser.add_argument("id", type=int, metavar="ID", help="as `jobs list` shows it")


def main(arguments: argparse.Namespace) -> int:
    """Do the job in this process."""
    from core.bootstrap import build
    from core.learning.jobs.handlers import HANDLERS
    from core.learning.jobs.process import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    services = build()
    try:
        return int(run(services, arguments.id, HANDLERS) is JobState.FAILED)
    finally:
        services.close()
