"""`python -m core export --csv FILE`: the worklist as CSV, written as a stream."""

from __future__ import annotations

import argparse

from core.commands.arguments import output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--csv", type=output, required=True, metavar="FILE", help="where to write; one row a batch entry"
    )
    parser.add_argument(
        "--batch", type=int, metavar="ID", help="the number in the Upload screen's address; default: all batches"
    )
    parser.add_argument("--without-names", action="store_true", help="leave out file names, which can name a patient")


def main(arguments: argparse.Namespace) -> int:
    from core.bootstrap import build
    from core.reading.worklist import WorklistFilter

    services = build()
    try:
        if arguments.batch is not None:
            services.ingest.batch(arguments.batch)  # that there is one
        wanted = WorklistFilter(batch_id=arguments.batch)
        with arguments.csv.open("wb") as stream:
            stream.writelines(services.export.csv(wanted, names=not arguments.without_names))
        print(f"{services.export.count(wanted)} rows")
    finally:
        services.close()
    return 0
