"""`python -m core predict PATH... --csv FILE`: one row a radiograph, without touching the store."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands import FAILED, WRONG_USAGE
from core.commands.arguments import folder, output
from core.commands.choose_version import choose
from core.config import Settings
from core.csv_text import CsvWriter
from core.domain import Band

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier
    from core.prediction.files import PredictedFile


SHOWN_BANDS = (Band.POSITIVE, Band.DOUBT)  # in the others the heatmap means nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the paths, the CSV, the overlays and the version."""
    parser.set_defaults(run=main)
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a file, a folder with all that is in it, or a ZIP; one that does not exist is a refused row",
    )
    parser.add_argument(
        "--csv", type=output, required=True, metavar="FILE", help="where to write; one row a radiograph or refused file"
    )
    parser.add_argument(
        "--overlays",
        type=folder,
        metavar="DIR",
        help="write Grad-CAM overlays here, named by checksum; none of a negative radiograph, where an overlay "
        "means nothing, nor of a declined one",
    )
    parser.add_argument("--model", metavar="VERSION", help="the version that reads; default: the champion")


def main(arguments: argparse.Namespace) -> int:
    """0 when nothing failed, 1 when something did, 2 when none of the paths exists."""
    from tqdm import tqdm

    from core.cnn.engine import load_classifier
    from core.prediction.files import COLUMNS, FileProgress, read_paths, row_of

    settings = Settings.from_environment()
    missing = [path for path in arguments.paths if not _exists(path)]
    for path in missing:
        print(f"predict: there is no file or folder {path}; it is a refused row of the CSV", file=sys.stderr)
    registry, model = choose(settings, arguments.model)
    classifier = load_classifier(model, registry.weights(model.version))
    counts = {"predicted": 0, "refused": 0, "failed": 0}
    with tqdm(unit="file", disable=None) as bar, arguments.csv.open("w", newline="", encoding="utf-8") as stream:

        def show(now: FileProgress) -> None:
            bar.total = now.total
            bar.update(now.done - bar.n)

        writer = CsvWriter(stream, COLUMNS)
        want_overlays = arguments.overlays is not None
        progress = FileProgress(on_change=show)
        for predicted in read_paths(
            classifier, arguments.paths, settings.limits, progress, want_overlays, leave_out=arguments.csv
        ):
            overlay = _write_overlay(arguments.overlays, classifier, predicted) if want_overlays else ""
            row = row_of(predicted, classifier.version, overlay, model.card)
            counts[row["status"]] += 1
            writer.write_row(row[column] for column in COLUMNS)
    print(", ".join(f"{count} {status}" for status, count in counts.items()))
    if len(missing) == len(arguments.paths):
        print("predict: none of the paths exists", file=sys.stderr)
        return WRONG_USAGE
    return FAILED if counts["failed"] else 0


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file could have
        return False


def _write_overlay(overlays: Path, classifier: Classifier, predicted: PredictedFile) -> str:
    """Write the overlay of a positive or doubtful radiograph, named by its checksum, and return the name; else ""."""
    prediction = predicted.prediction
    if (
        prediction is None
        or prediction.band not in SHOWN_BANDS
        or prediction.heatmap is None
        or predicted.picture is None
    ):
        return ""
    from core.imaging.decode import encode_lossless
    from core.imaging.overlay import render, resize_to_radiograph
    from core.imaging.preprocess import fit
    from core.reading.viewing import encode_colour

    overlays.mkdir(parents=True, exist_ok=True)
    name, heatmap = f"{predicted.sha256[:16]}-{predicted.page + 1}.png", prediction.heatmap
    if not heatmap.has_evidence:
        (overlays / name).write_bytes(encode_lossless(predicted.picture))
        return name
    values = resize_to_radiograph(heatmap.values, fit(predicted.width, predicted.height, classifier.spec))
    (overlays / name).write_bytes(encode_colour(render(predicted.picture, values)))
    return name
