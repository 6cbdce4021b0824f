"""Every use case from the command line: `python -m core COMMAND --help`.

Exit codes: 0 when nothing failed (a refused file is no failure), 1 when something did, 2 on wrong usage.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core import __version__
from core.commands import card as card_command
from core.commands import evaluate as evaluate_command
from core.commands import study as study_command
from core.config import Settings
from core.errors import (
    ConfigurationError,
    DamagedModelError,
    DatasetError,
    FractureReviewError,
    RegistryError,
)

if TYPE_CHECKING:
    from core.domain import ModelVersion
    from core.registry import Registry

FAILED, WRONG_USAGE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run one command."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = _parser().parse_args(arguments)
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


def _is_wrong_usage(error: FractureReviewError) -> bool:
    """A data set, version or setting that the user named and that cannot be used."""
    if isinstance(error, DamagedModelError):
        return False
    return isinstance(error, (ConfigurationError, DatasetError, RegistryError))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Fracture Review from the command line. Not a medical device."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(run=run)
        return added

    predict = command("predict", _predict, "Predict files, folders and ZIPs into a CSV, without the store.")
    predict.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    predict.add_argument("--csv", type=_output, required=True, metavar="FILE", help="one row a radiograph")
    predict.add_argument(
        "--overlays", type=_folder, metavar="DIR", help="write a Grad-CAM overlay of each radiograph here"
    )
    predict.add_argument("--model", metavar="VERSION", help="instead of the champion")

    train = command("train", _train, "Train a network on class folders, and add it to the registry.")
    train.add_argument("dataset", type=Path, metavar="DATASET", help="train/ and val/, two class folders in each")
    what = train.add_mutually_exclusive_group()
    what.add_argument("--network", choices=("reference", "compact"), help="by its own recipe; default: compact")
    what.add_argument("--recipe", choices=("reference", "compact", "champion"), help="champion: as the shipped one")
    train.add_argument("--version", dest="name", metavar="NAME", help="what to call it; default: network and time")
    train.add_argument("--boxes", type=Path, metavar="FILE", help="CSV of fractures: file,left,top,width,height")
    train.add_argument("--start", metavar="FROM", help="random, imagenet, or a model version to start from")
    train.add_argument("--epochs", type=_positive, metavar="N")
    train.add_argument("--batch-size", type=_positive, metavar="N")
    train.add_argument("--seed", type=_seed, metavar="N")
    train.add_argument("--deterministic", action="store_true", help="repeatable to the bit, at up to half the speed")
    train.add_argument("--look-at-test", action="store_true", help="measure on test/ too, after everything is chosen")
    train.add_argument(
        "--run", dest="folder", type=Path, metavar="DIR", help="the run's folder; an unfinished one is resumed"
    )
    train.add_argument("--into", type=Path, metavar="DIR", help="registry to write to; default: FRACTURE_MODELS")

    measure = partial(evaluate_command.main, choose=_choose)
    evaluate = command("evaluate", measure, "Measure a model version on class folders, and others beside it.")
    evaluate_command.add_arguments(evaluate, _output)

    watched = partial(study_command.main, choose=_choose, watch=_terminal_watcher)
    study = command("study", watched, "The seed's own figures repeated, an external test, the spread over seeds.")
    study_command.add_arguments(study, _output)

    worker = command("worker", _worker, "Read what is queued, until idle for long.")
    worker.add_argument("--parent-pid", type=int, metavar="PID", help="end when this process is gone")
    worker.add_argument("--idle-seconds", type=float, default=900.0, metavar="S")

    models = command("models", _models, "List the model versions, show or write one's card.")
    models.add_argument("action", choices=("list", "show", "card", "describe"), nargs="?", default="list")
    models.add_argument("name", nargs="?", metavar="VERSION", help="to show; default: the champion")
    card_command.add_arguments(models)

    export = command("export", _export, "Write the worklist as CSV.")
    export.add_argument("--csv", type=_output, required=True, metavar="FILE")
    export.add_argument("--batch", type=int, metavar="ID", help="default: all batches")
    export.add_argument("--without-names", action="store_true", help="leave file names out")

    from core import benchmark

    added = command("benchmark", benchmark.main, "Measure speed, side by side with the plain way.")
    benchmark.add_arguments(added)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, but is {text}")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be from 0 to {2**32 - 1}, but is {text}")
    return value


def _output(text: str) -> Path:
    """A file that can be written, asked before the work and not after it."""
    path = Path(text)
    if not text or path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file in a folder that exists, but is {text!r}")
    return path


def _folder(text: str) -> Path:
    path = Path(text)
    if not text or (path.exists() and not path.is_dir()):
        raise argparse.ArgumentTypeError(f"must be a folder, or the name of a new one, but is {text!r}")
    return path


def _predict(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.reading.export import defuse
    from core.reading.predict import COLUMNS, Progress, read_paths, row_of

    settings = Settings.from_environment()
    classifier = _load(settings, arguments.model)
    counts = {"predicted": 0, "refused": 0, "failed": 0}
    with tqdm(unit="file", disable=None) as bar, arguments.csv.open("w", newline="", encoding="utf-8") as stream:
        progress = Progress(on_change=lambda now: (setattr(bar, "total", now.total), bar.update(now.done - bar.n)))
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        want_overlays = arguments.overlays is not None
        for reading in read_paths(
            classifier, arguments.paths, settings.limits, progress, want_overlays, leave_out=arguments.csv
        ):
            overlay = _write_overlay(arguments.overlays, classifier, reading) if want_overlays else ""
            row = row_of(reading, classifier.version, overlay)
            counts[row["status"]] += 1
            writer.writerow([defuse(row[column]) for column in COLUMNS])
    print(", ".join(f"{count} {status}" for status, count in counts.items()))
    if not any(map(_exists, arguments.paths)):
        print("predict: none of the paths exists", file=sys.stderr)
        return WRONG_USAGE
    return FAILED if counts["failed"] else 0


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file could have
        return False


def _write_overlay(folder: Path, classifier, reading) -> str:
    """Under a name made of the checksum, never of the file's own name."""
    if reading.prediction is None or reading.prediction.heatmap is None or reading.picture is None:
        return ""
    from core.imaging.decode import encode_lossless
    from core.imaging.overlay import render, resize_to_radiograph
    from core.imaging.preprocess import fit
    from core.reading.viewing import encode_colour

    folder.mkdir(parents=True, exist_ok=True)
    name, heatmap = f"{reading.sha256[:16]}-{reading.page + 1}.png", reading.prediction.heatmap
    if reading.prediction.probability is None or not heatmap.has_evidence:
        (folder / name).write_bytes(encode_lossless(reading.picture))
        return name
    values = resize_to_radiograph(heatmap.values, fit(reading.width, reading.height, classifier.spec))
    (folder / name).write_bytes(encode_colour(render(reading.picture, values)))
    return name


def _train(arguments: argparse.Namespace) -> int:
    import time

    from core.cnn.training import RECIPES
    from core.learning.jobs import run_training
    from core.learning.recipes import FRACATLAS, FRACATLAS_CONTRADICTIONS, GENERIC, is_fracatlas
    from core.registry import Registry

    name = arguments.recipe or arguments.network or "compact"
    recipe = RECIPES[name]
    if arguments.start:
        recipe = replace(recipe, start=arguments.start)
    if arguments.seed is not None:
        recipe = replace(recipe, seed=arguments.seed)
    if arguments.deterministic:
        recipe = replace(recipe, deterministic=True)
    changes = {"epochs": arguments.epochs, "batch_size": arguments.batch_size}
    changes = {key: value for key, value in changes.items() if value is not None}
    recipe = replace(recipe, stages=tuple(replace(stage, **changes) for stage in recipe.stages))

    settings = Settings.from_environment()
    registry = Registry(settings.shipped_models, arguments.into or settings.models)
    version = arguments.name or time.strftime(f"{recipe.network}-%Y%m%d-%H%M%S")
    folder = arguments.folder or settings.home / "training" / version
    fracatlas = is_fracatlas(arguments.dataset / "train")
    beside = {name: path for name in ("boxes", "images") if (path := arguments.dataset / f"{name}.csv").is_file()}
    model = run_training(
        registry,
        arguments.dataset,
        version,
        recipe,
        folder,
        FRACATLAS if fracatlas else GENERIC,
        boxes=arguments.boxes or beside.get("boxes"),
        exclude=FRACATLAS_CONTRADICTIONS if fracatlas else frozenset(),
        subgroups=beside.get("images"),
        look_at_test=arguments.look_at_test,
        watcher=_terminal_watcher(recipe),
        say=print,
    )
    figures = model.card["figures"]["val"]
    print(f"{model.version}: AUC {figures['auc']:.3f} on val. `tensorboard --logdir {folder}` shows the run.")
    return 0


def _terminal_watcher(recipe):
    from tqdm import tqdm

    from core.cnn.training import EpochFigures, Watcher

    bar = tqdm(unit="step", disable=None)

    def on_load(done: int, total: int) -> None:
        if done == 1:
            bar.reset(total)
        bar.set_postfix_str("reading pictures", refresh=False)
        bar.update(done - bar.n)

    def on_step(done: int, total: int, loss: float) -> None:
        if done == 1:
            bar.reset(total)
        bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        bar.update(done - bar.n)

    def on_epoch(figures: EpochFigures) -> None:
        epochs = recipe.stages[figures.stage].epochs
        hits = "" if figures.hit_rate is None else f", hit rate {figures.hit_rate:.3f}"
        bar.write(
            f"stage {figures.stage + 1}/{len(recipe.stages)} epoch {figures.epoch + 1}/{epochs}: "
            f"loss {figures.loss:.4f}, accuracy {figures.accuracy:.4f}; val loss {figures.tuning_loss:.4f}, "
            f"AUC {figures.auc:.4f}, sensitivity {figures.sensitivity:.3f}, specificity {figures.specificity:.3f}"
            f"{hits} ({figures.seconds:.0f} s)",
            file=sys.stdout,
        )

    return Watcher(on_load, on_step, on_epoch)


def _worker(arguments: argparse.Namespace) -> int:
    from core.bootstrap import build
    from core.reading.worker import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    services = build()
    try:
        run(services, parent_pid=arguments.parent_pid, idle_seconds=arguments.idle_seconds)
    finally:
        services.close()
    return 0


def _models(arguments: argparse.Namespace) -> int:
    from core.bootstrap import build

    services = build()
    try:
        if arguments.action in card_command.ACTIONS:
            return card_command.main(arguments, services)
        if arguments.action == "show":
            shown = services.models.get(arguments.name) if arguments.name else services.models.champion()
            print(json.dumps(shown.card, indent=2, ensure_ascii=False))
            return 0
        champion = services.models.champion_name()
        for model in services.models.list():
            role = "champion" if model.version == champion else ""
            place = "shipped" if model.shipped else "trained here"
            print(
                f"{model.version:<32} {model.network:<12} {model.created:%Y-%m-%d %H:%M}  {place:<12} {role}".rstrip()
            )
    finally:
        services.close()
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from core.bootstrap import build
    from core.reading.worklist import WorklistFilter

    services = build()
    try:
        wanted = WorklistFilter(batch_id=arguments.batch)
        with arguments.csv.open("wb") as stream:
            stream.writelines(services.export.csv(wanted, names=not arguments.without_names))
    finally:
        services.close()
    return 0


def _load(settings: Settings, version: str | None):
    """The version named, else this installation's champion; the shipped one where there is no store yet."""
    from core.cnn.classifier import Classifier

    registry, model = _choose(settings, version)
    return Classifier.load(model, registry.weights(model.version))


def _choose(settings: Settings, version: str | None) -> tuple[Registry, ModelVersion]:
    from core.registry import Registry

    registry = Registry(settings.shipped_models, settings.models)
    if version:
        return registry, registry.get(version)
    from core.store.database import is_there

    if not is_there(settings.database_url):
        return registry, registry.default()
    from core.bootstrap import build

    services = build(settings)
    try:
        return registry, services.models.champion()
    finally:
        services.close()
