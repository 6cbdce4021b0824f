"""`python -m core export`: the worklist as CSV, and what readers drew; written as a stream."""

from __future__ import annotations

import argparse
from types import MappingProxyType

from core.commands.arguments import output

FILES = MappingProxyType(
    {
        "csv": "the worklist as CSV; one row a batch entry",
        "reviews": "every review as CSV, also of those that were changed or taken back",
        "marks": "the standing marks as CSV; one row a mark, in pixels and as fractions of the radiograph",
        "boxes": "the boxes of those found fractured, as `evaluate --boxes` reads them",
        "marks-json": "the standing marks as JSON",
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files that can be written, and which batch."""
    parser.set_defaults(run=main)
    for name, about in FILES.items():
        parser.add_argument(f"--{name}", type=output, metavar="FILE", help=about)
    parser.add_argument(
        "--batch", type=int, metavar="ID", help="the number in the Upload screen's address; default: all batches"
    )
    parser.add_argument("--without-names", action="store_true", help="leave out file names, which can name a patient")
    parser.set_defaults(usage_error=parser.error)


def main(arguments: argparse.Namespace) -> int:
    """Write the files that are named."""
    from core.bootstrap import build
    from core.reading.worklist import WorklistFilter

    wanted_files = {name: path for name in FILES if (path := getattr(arguments, name.replace("-", "_")))}
    if not wanted_files:
        arguments.usage_error(f"say what to write: --{', --'.join(FILES)}")
    if arguments.boxes and arguments.without_names:
        arguments.usage_error("boxes are found by the file's name, so --boxes does not go with --without-names")
    services = build()
    try:
        if arguments.batch is not None:
            services.ingest.batch(arguments.batch)  # that there is one
        wanted, names = WorklistFilter(batch_id=arguments.batch), not arguments.without_names
        write = {
            "csv": lambda: services.worklist_csv.csv(wanted, names=names),
            "reviews": lambda: services.reviews_csv.csv(wanted, names=names),
            "marks": lambda: services.reviews_csv.marks_csv(wanted, names=names),
            "boxes": lambda: services.reviews_csv.boxes_csv(wanted),
            "marks-json": lambda: [services.reviews_csv.marks_json(wanted, names=names)],
        }
        for name, path in wanted_files.items():
            with path.open("wb") as stream:
                stream.writelines(write[name]())
        print(f"{services.worklist_csv.count(wanted)} rows")
    finally:
        services.close()
    return 0
