"""`python -m core benchmark IMAGES`: the product's speed, side by side with the plain way of doing the same."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.benchmark import KEYS, REPEATS, find_images, run
from core.commands import WRONG_USAGE
from core.commands.arguments import output, positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the pictures, the rows and the repeats."""
    parser.set_defaults(run=main)
    parser.add_argument(
        "images", type=Path, metavar="IMAGES", help="a folder of radiographs, with or without folders inside"
    )
    parser.add_argument("--json", type=output, metavar="FILE", help="write the figures here as well")
    parser.add_argument(
        "--only", metavar="ROW[,ROW]", help=f"measure these rows alone, of {', '.join(KEYS)}; default: all"
    )
    parser.add_argument(
        "--repeats",
        type=positive,
        default=REPEATS,
        metavar="N",
        help="times each way is measured; default: %(default)s",
    )


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON. A row that misses its mark is no failure."""
    keys = tuple(arguments.only.split(",")) if arguments.only else KEYS
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        print(f"benchmark: unknown row {', '.join(unknown)}: choose from {', '.join(KEYS)}", file=sys.stderr)
        return WRONG_USAGE
    if not find_images(arguments.images):
        print(f"benchmark: no pictures in {arguments.images}", file=sys.stderr)
        return WRONG_USAGE
    result = run(arguments.images, keys, arguments.repeats)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0
