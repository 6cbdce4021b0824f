"""`python -m core study`: what is measured of versions beyond one evaluation."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from core.card import Study, to_document
from core.commands.arguments import output
from core.commands.choose_version import choose
from core.commands.train import terminal_watcher
from core.config import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the studies, each with its own arguments."""
    parser.set_defaults(run=main)
    studies = parser.add_subparsers(dest="study", required=True, metavar="STUDY")

    def study(name: str, description: str) -> argparse.ArgumentParser:
        added = studies.add_parser(name, help=description, description=description)
        added.add_argument(
            "--json", type=output, required=True, metavar="FILE", help="where to write what was measured"
        )
        return added

    repeat = study("seed-figures", "Train the reference CNN the seed's way, and measure it where the seed did not.")
    repeat.add_argument("dataset", type=Path, metavar="DATASET", help="train/, val/ and groups.csv")
    repeat.add_argument("fracatlas", type=Path, metavar="FRACATLAS", help="holds test/")
    repeat.add_argument("--run", dest="folder", type=Path, metavar="DIR", help="an unfinished run there is resumed")
    external = study("external", "Measure versions on one picture a source of another collection.")
    external.add_argument("dataset", type=Path, metavar="DATASET", help="splits and groups.csv")
    external.add_argument("versions", nargs="*", metavar="VERSION", help="default: the champion")
    gate = study("gate", "Count what a version declines of folders of pictures, and of noise and blanks.")
    gate.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="of pictures of the kind that it is named after"
    )
    gate.add_argument("--model", dest="version", metavar="VERSION", help="default: the champion")
    gate.add_argument("--note", default="", metavar="TEXT", help="what must be known of the pictures")
    again = study("saved-again", "Compare the answers on radiographs saved again as JPEG with those as they are.")
    flips = study("flips", "Compare one reading of each radiograph with the mean of two, the second one mirrored.")
    for parser_of_one in (again, flips):
        parser_of_one.add_argument("dataset", type=Path, metavar="DATASET", help="a folder of splits")
        parser_of_one.add_argument("--split", default="val", metavar="NAME", help="which split; default: val")
        parser_of_one.add_argument("--model", dest="version", metavar="VERSION", help="default: the champion")
    flips.add_argument("--boxes", type=Path, metavar="CSV", help="of the fractures: file,left,top,width,height")
    seeds = study("seeds", "Mean and spread of several evaluations on the same radiographs.")
    seeds.add_argument("documents", nargs="+", type=Path, metavar="EVALUATION", help="written by evaluate --json")


def main(arguments: argparse.Namespace) -> int:
    """Do one study, and write what was measured."""
    from core.cnn.runtime import load_tensorflow
    from core.cnn.training.recipe import RECIPES
    from core.learning.evaluation.measured_version import MeasuredVersion
    from core.learning.studies import external, flips, gate, saved_again, seed_figures, seeds

    settings = Settings.from_environment()
    found: Study
    if arguments.study != "seeds":
        load_tensorflow()
    if arguments.study == "seed-figures":
        folder = arguments.folder or settings.home / "training" / seed_figures.REPEATED
        watcher = terminal_watcher(RECIPES["reference"])
        found = seed_figures.repeat_seed_figures(
            arguments.dataset, arguments.fracatlas, folder, settings.limits, watcher, print
        )
    elif arguments.study == "external":
        subjects = [MeasuredVersion.load(*choose(settings, version)) for version in arguments.versions or [None]]
        found = external.measure_external(arguments.dataset, subjects, settings.limits, print)
    elif arguments.study == "gate":
        subject = MeasuredVersion.load(*choose(settings, arguments.version))
        found = gate.measure_gate(subject, arguments.folders, settings.limits, arguments.note, print)
    elif arguments.study == "saved-again":
        subject = MeasuredVersion.load(*choose(settings, arguments.version))
        found = saved_again.measure_saved_again(subject, arguments.dataset, arguments.split, settings.limits, print)
    elif arguments.study == "flips":
        subject = MeasuredVersion.load(*choose(settings, arguments.version))
        found = flips.measure_flips(
            subject, arguments.dataset, arguments.split, settings.limits, arguments.boxes, print
        )
    else:
        found = seeds.measure_spread(arguments.documents)
    arguments.json.write_text(json.dumps(to_document(found), indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.study}: written to {arguments.json}")
    return 0
