"""`python -m core audit`: what is in a data set, what is there twice, and what gives the class away."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.arguments import output
from core.config import Settings

if TYPE_CHECKING:
    from core.learning.audit import Audit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="class folders, or a folder of splits")
    parser.add_argument("--json", type=output, required=True, metavar="FILE", help="where to write what was found")


def main(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.learning.audit import audit
    from core.learning.sources import read_folder

    pictures = read_folder(arguments.dataset).pictures
    wall, cpu = time.perf_counter(), time.process_time()
    with tqdm(unit="picture", disable=None) as bar:

        def show(what: str, done: int, total: int) -> None:
            bar.set_description(what, refresh=False)
            bar.total = total
            bar.update(done - bar.n)

        found = audit(pictures, Settings.from_environment().limits, show).audit
    seconds = {"wall": round(time.perf_counter() - wall, 1), "cpu": round(time.process_time() - cpu, 1)}
    text = json.dumps({"dataset": arguments.dataset.name, "seconds": seconds, **found.as_json()}, indent=1)
    arguments.json.write_text(text + "\n", encoding="utf-8")
    _say(found)
    return 0


def _say(found: Audit) -> None:
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
