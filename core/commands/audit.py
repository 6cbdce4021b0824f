"""`python -m core audit`: what is in a data set, what is there twice, what gives the class away; and keep it."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.arguments import output, seed
from core.config import Settings
from core.errors import DatasetError

if TYPE_CHECKING:
    from core.learning.datasets.audit import Audit, Audited
    from core.learning.datasets.manifest import Manifest
    from core.learning.datasets.sources import Collection

SPLITS = ("given", "mended", "fresh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data sets, what of the reviewed cases is taken, and how it is kept."""
    parser.set_defaults(run=main)
    parser.add_argument(
        "datasets", nargs="*", type=Path, metavar="DATASET", help="class folders, a folder of splits, or a ZIP of them"
    )
    parser.add_argument("--json", type=output, metavar="FILE", help="where to write what was found")
    reviews = parser.add_argument_group("reviewed cases")
    reviews.add_argument("--reviews", action="store_true", help="take the store's reviewed cases, too")
    reviews.add_argument("--readers", default="", metavar="NAMES", help="whose, with commas between; default: all")
    reviews.add_argument("--since", type=_day, metavar="DAY", help="given on this day or later, as 2026-01-31")
    reviews.add_argument("--unaided", action="store_true", help="leave out those that saw the model's answer")
    keeping = parser.add_argument_group("keeping it, to train on")
    keeping.add_argument("--keep", metavar="NAME", help="divide it, and keep it under this name")
    keeping.add_argument(
        "--split",
        choices=SPLITS,
        help="as the folders give it, so without copies that cross, anew; default: what suits",
    )
    keeping.add_argument("--seed", type=seed, default=0, metavar="N", help="of a split anew; default: %(default)s")


def main(arguments: argparse.Namespace) -> int:
    """Look through the data sets, print what was found, and keep them where a name is given."""
    from tqdm import tqdm

    from core.learning.datasets.catalogue import audit_all

    if not (arguments.datasets or arguments.reviews):
        raise DatasetError("Nothing is chosen. Give class folders, a ZIP of them, or --reviews.")
    collections = _gather(arguments)
    wall, cpu = time.perf_counter(), time.process_time()
    with tqdm(unit="picture", disable=None) as bar:

        def show(what: str, done: int, total: int) -> None:
            bar.set_description(what, refresh=False)
            bar.total = total
            bar.update(done - bar.n)

        audited = audit_all(collections, Settings.from_environment().limits, show)
    seconds = {"wall": round(time.perf_counter() - wall, 1), "cpu": round(time.process_time() - cpu, 1)}
    if arguments.json:
        named = ", ".join(path.name for path in arguments.datasets) or "reviewed cases"
        text = json.dumps({"dataset": named, "seconds": seconds, **audited.audit.as_json()}, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    _print_audit(audited.audit)
    for collection in collections:
        for each in collection.source.left_out:
            print(f"left out: {each.pictures}, {each.reason}")
    if arguments.keep:
        _print_kept(_keep(arguments, collections, audited))
    return 0


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _gather(arguments: argparse.Namespace) -> list[Collection]:
    from core.learning.datasets.labels import LabelPolicy
    from core.learning.datasets.sources import BOXES, read_archive, read_folder

    settings, collections = Settings.from_environment(), []
    for path in arguments.datasets:
        if path.is_file():
            collections.append(read_archive(path, settings.home, settings.limits, f"archive {path.name}"))
        else:
            boxes = path / BOXES
            found = read_folder(path, f"folder {path.resolve().name}", boxes if boxes.is_file() else None)
            collections.append(found)
    if arguments.reviews:
        from core.bootstrap import build

        readers = tuple(name.strip() for name in arguments.readers.split(",") if name.strip())
        services = build(settings)
        try:
            collections.append(
                services.data_sets.from_reviews(LabelPolicy(readers, arguments.since, not arguments.unaided))
            )
        finally:
            services.close()
    return collections


def _keep(arguments: argparse.Namespace, collections: list[Collection], audited: Audited) -> Manifest:
    from core.learning.datasets import manifest
    from core.learning.datasets.split import Division, make_manifest, suggest

    home = Settings.from_environment().home
    division = Division(arguments.split) if arguments.split else suggest(audited)
    chosen = [each.source for each in collections]
    made = make_manifest(arguments.keep, chosen, audited, home, division, seed=arguments.seed)
    manifest.write(made, home)
    return made


def _print_kept(made: Manifest) -> None:
    from core.learning.datasets.manifest import Split

    print(f"kept: {made.name}, {made.sha256[:8]}")
    for split in Split:
        items = made.of(split)
        fractured = sum(item.fractured for item in items)
        print(f"  {split}: {fractured} fractured, {len(items) - fractured} not")
    for leak in made.leaks:
        print(f"  leaks: {leak.pictures} of {leak.second} have a copy in {leak.first}")


def _print_audit(found: Audit) -> None:
    print(f"{found.pictures} pictures, {found.distinct} of them different; {len(found.unreadable)} unreadable")
    for count in found.counts:
        print(f"  {count.split}: {count.fractured} fractured, {count.not_fractured} not")
    copied = sum(map(len, found.copy_groups))
    print(f"{len(found.copy_groups)} pictures have copies, {copied} files in all; {found.exact_copies} exact copies")
    for leak in found.leaks:
        print(f"leaks: {leak.pictures} of {leak.second} have a copy in {leak.first}, of {leak.groups} pictures")
    for group in found.contradictions:
        print(f"under both classes: {', '.join(group)}")
    for each in found.shortcuts:
        if each.telling:
            low, high = each.interval
            print(
                f"shortcut: {each.trait} alone tells the class, AUC {each.auc:.2f} ({low:.2f} to {high:.2f}): "
                f"{each.fractured} in fractured, {each.not_fractured} in others"
            )
