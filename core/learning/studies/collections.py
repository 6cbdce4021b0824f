"""Studies beyond one evaluation: the seed's own figures repeated, an external test, and the spread over seeds.

The first two need a data set with a table of its copies: `groups.csv` with the columns `split`, `class`, `file`,
`source_group` (pictures with one number come from one source) and `fracatlas` (filled in where it is a picture of
FracAtlas, on which the shipped versions were trained).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.cnn.training.callbacks import Watcher
from core.cnn.training.recipe import RECIPES
from core.config import Limits
from core.errors import DatasetError
from core.learning.card_text.studies import SPREAD
from core.learning.datasets.class_folders import Example, class_of, find_split, manifest_hash, read_split
from core.learning.evaluation.evaluate import MeasuredVersion
from core.learning.evaluation.figures import ExamplePrediction, difference, plain, summarise
from core.learning.evaluation.predict_examples import predict_examples
from core.learning.training.make_version import run_training
from core.learning.training.provenance import GENERIC
from core.registry import Registry

GROUPS = "groups.csv"
COLUMNS = ("split", "class", "file", "source_group", "fracatlas")
REPEATED = "reference-repeated"
# What the seed's author reported of training this network on his own copy of such data: epoch, accuracy, loss.
SEED_EPOCHS = ((1, 0.5729, 1.1869), (15, 0.9180, 0.2111))


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of a data set, and the source picture it is a copy of."""

    split: str
    example: Example
    source: str
    in_fracatlas: bool


def read_copies(dataset: Path) -> list[Copy]:
    """Every file that the table lists, in its order.

    Raises:
        DatasetError: the table is missing or lacks a column.
    """
    path = dataset / GROUPS
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise DatasetError(f"The table of copies {path} cannot be read: {error.strerror}.") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise DatasetError(f"The table of copies {path} must be a CSV with the columns {', '.join(COLUMNS)}.")
    copies = []
    for row in rows:
        example = Example(dataset / row["split"] / row["class"] / row["file"], class_of(row["class"]) is True)
        copies.append(Copy(row["split"], example, row["source_group"], bool(row["fracatlas"])))
    return copies


def one_a_source(copies: Sequence[Copy]) -> list[Example]:
    """The first file of each source picture, without the sources that FracAtlas holds too or that have two classes."""
    left_out = {copy.source for copy in copies if copy.in_fracatlas}
    classes: dict[str, set[bool]] = {}
    for copy in copies:
        classes.setdefault(copy.source, set()).add(copy.example.fractured)
    left_out |= {source for source, found in classes.items() if len(found) > 1}
    first: dict[str, Example] = {}
    for copy in copies:
        if copy.source not in left_out:
            first.setdefault(copy.source, copy.example)
    return list(first.values())


def unseen(copies: Sequence[Copy], split: str) -> list[Example]:
    """The files of a split that have no copy in `train`, one a source picture."""
    trained = {copy.source for copy in copies if copy.split == "train"}
    first: dict[str, Example] = {}
    for copy in copies:
        if copy.split == split and copy.source not in trained:
            first.setdefault(copy.source, copy.example)
    return list(first.values())


def repeat_the_seed(
    dataset: Path,
    fracatlas: Path,
    folder: Path,
    limits: Limits,
    watcher: Watcher | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """Train the reference CNN the seed's way, and measure it where the seed did and where it had not looked.

    Args:
        dataset: `train/` and `val/`, and the table of copies.
        fracatlas: holds `test/`.
        folder: keeps the run and its version; a run that was interrupted there is resumed, a finished one is measured.
        limits: what a file may be.

    Returns:
        JSON-ready: `epochs`, the seed's beside ours; `measured`, one set of figures a group of radiographs.
    """
    copies = read_copies(dataset)
    registry = Registry(folder / "none", folder / "models")
    if REPEATED not in [model.version for model in registry.list()]:
        recipe = RECIPES["reference"]
        run_training(registry, dataset, REPEATED, recipe, folder / "run", GENERIC, limits, watcher=watcher, say=say)
    subject = MeasuredVersion.load(registry, registry.get(REPEATED))
    training = subject.model.card["training"]
    reported = {epoch: (accuracy, loss) for epoch, accuracy, loss in SEED_EPOCHS}
    epochs = [
        {
            "epoch": figures["epoch"] + 1,
            "accuracy": figures["accuracy"],
            "loss": figures["loss"],
            "seed_accuracy": reported.get(figures["epoch"] + 1, (None, None))[0],
            "seed_loss": reported.get(figures["epoch"] + 1, (None, None))[1],
        }
        for figures in training["history"]
    ]
    materials = {
        "val, as given": read_split(find_split(dataset, "val")),
        "val, without copies of train": unseen(copies, "val"),
        "FracAtlas test": read_split(find_split(fracatlas, "test")),
    }
    measured = {}
    for name, examples in materials.items():
        say(f"measuring on {name}")
        measured[name] = _measure(subject, examples, limits)[0]
    return plain(
        {
            "kind": "seed_figures",
            "dataset": dataset.resolve().name,
            "network": str(RECIPES["reference"].network),
            "n_train": training["n"]["train"],
            "n_sources_in_train": len({copy.source for copy in copies if copy.split == "train"}),
            "best_epoch": training["best_epoch"]["epoch"] + 1,
            "epochs": epochs,
            "measured": measured,
        }
    )


def measure_elsewhere(
    dataset: Path, subjects: Sequence[MeasuredVersion], limits: Limits, say: Callable[[str], None] = lambda text: None
) -> dict:
    """Measure versions on one picture a source of another collection, the pictures of FracAtlas left out.

    Args:
        limits: what a file may be.

    Returns:
        JSON-ready: figures by version, with the difference from the first one's AUC.
    """
    copies = read_copies(dataset)
    examples = one_a_source(copies)
    measured: dict[str, dict] = {}
    answers: dict[str, Sequence[ExamplePrediction]] = {}
    for subject in subjects:
        version = subject.model.version
        say(f"measuring {version}")
        measured[version], answers[version] = _measure(subject, examples, limits)
        if first := next((v for v in answers if v != version), None):
            measured[version] |= {"compared_with": first, **difference(answers[first], answers[version])}
    return plain(
        {
            "kind": "external",
            "dataset": dataset.resolve().name,
            "n_files": len(copies),
            "n_sources": len({copy.source for copy in copies}),
            "manifest_sha256": manifest_hash(examples),
            "measured": measured,
        }
    )


def spread(documents: Sequence[Path]) -> dict:
    """Mean and spread of the figures of several evaluations, such as of one recipe with several seeds.

    Raises:
        DatasetError: they were not all measured on the same radiographs.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in documents]
    if len({document["manifest_sha256"] for document in found}) != 1:
        raise DatasetError("The evaluations must be of the same radiographs to be compared. Measure them again.")
    figures = {}
    for name in SPREAD:
        values = [document.get(name) for document in found]
        if None not in values:
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
            figures[name] = {"mean": float(np.mean(values)), "sd": deviation, "values": values}
    first = found[0]
    return plain(
        {
            "kind": "seeds",
            "dataset": first["dataset"],
            "split": first["split"],
            "versions": [document["model_version"] for document in found],
            "figures": figures,
        }
    )


def _measure(
    subject: MeasuredVersion, examples: Sequence[Example], limits: Limits
) -> tuple[Mapping, Sequence[ExamplePrediction]]:
    """Figures with an interval each; without negatives, what can be said of fractures alone."""
    answers = predict_examples(subject.classifier, examples, limits).answers
    figures = summarise(answers, subject.classifier.threshold_low, subject.classifier.threshold_high, whole=False)
    at_half = [a.value >= 0.5 for a in answers]
    right = sum(a.fractured == positive for a, positive in zip(answers, at_half, strict=True))
    return {**figures, "accuracy": right / len(answers) if answers else None}, answers
