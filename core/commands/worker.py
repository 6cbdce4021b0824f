"""`python -m core worker`: read what is queued. The dashboard starts one; more can be started by hand."""

from __future__ import annotations

import argparse
import logging


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add when it ends."""
    parser.set_defaults(run=main)
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="end when this process is gone")
    parser.add_argument(
        "--idle-seconds",
        type=float,
        default=900.0,
        metavar="S",
        help="end after so long without work; default: %(default)g",
    )


def main(arguments: argparse.Namespace) -> int:
    """Work through the queue."""
    from core.bootstrap import build
    from core.reading.worker.worker import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    services = build()
    try:
        run(services, parent_pid=arguments.parent_pid, idle_seconds=arguments.idle_seconds)
    finally:
        services.close()
    return 0
