"""From class folders to a version in the registry: train, calibrate, choose operating points, write the card."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path

from core.card import (
    HIGH_SENSITIVITY,
    HIGH_SPECIFICITY,
    Ancestor,
    Calibration,
    CalibrationMethod,
    DataSource,
    GateParameters,
    Meaning,
    ModelCard,
    ModelVersion,
    OperatingPoint,
    RecordedLook,
    Training,
    make,
    to_document,
)
from core.cnn.networks import NETWORKS
from core.cnn.training.callbacks import Watcher
from core.cnn.training.pictures import Boxes
from core.cnn.training.recipe import Recipe
from core.cnn.training.train import Trained, train
from core.config import Limits
from core.errors import DatasetError, UnknownVersionError
from core.learning.datasets.class_folders import Example, find_split, read_split
from core.learning.datasets.lineage import UNTRAINED, ancestors, copies, describe_folders, leaks, line_of
from core.learning.datasets.manifest import Split
from core.learning.evaluation.subgroups import read_subgroups
from core.learning.training.fit_version import TrainingData, fit_to_tuning, measure
from core.learning.training.provenance import ABOUT, Provenance
from core.registry import Registry

TRAIN, TUNING, TEST = Split.TRAIN, Split.TUNING, Split.TEST
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pillow", "scikit-learn")
LOOK_REASON = "after everything was chosen"
REPEATABLE = "Two runs with this seed on one machine give the same weights."
NOT_REPEATABLE = "Two runs differ slightly: threads add numbers in any order. A deterministic run would not."
LIMITS = (
    "Not a medical device. For research, teaching and quality review; a reader decides on every radiograph.",
    "Probabilities hold for the prevalence of the data they were calibrated on, which stands beside them.",
    "The overlay shows evidence for the model's own answer. It is not a localisation, and below the threshold of high "
    "sensitivity it means nothing.",
    "Inverted radiographs, and such as are turned by a quarter, are not read well, and not all of them are noted.",
    "The same radiograph saved again with losses gets a somewhat different probability, and may come into another "
    "band. Add files as the archive holds them.",
)


def run_training(
    registry: Registry,
    dataset: Path,
    version: str,
    recipe: Recipe,
    folder: Path,
    provenance: Provenance,
    limits: Limits,
    boxes: Path | None = None,
    exclude: frozenset[str] = frozenset(),
    subgroups: Path | None = None,
    look_at_test: bool = False,
    watcher: Watcher | None = None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> ModelVersion:
    """Train on the class folders of `train/`, choose on `val/`, and add the version.

    Args:
        dataset: holds `train/` and `val/`, two class folders in each.
        folder: the run's own, where it can be resumed and its TensorBoard logs lie.
        limits: what a file may be.
        boxes: a CSV of fractures; teaches networks with an evidence map where to look.
        exclude: file names to leave out of training and choosing.
        subgroups: a CSV that says which pictures belong to which, for the figures; see `read_subgroups`.
        look_at_test: measure on `test/`, once, after everything is chosen; the look is noted on the card.
        on_phase: called with what is being done, in words.

    Raises:
        DatasetError, TrainingError, RegistryError
    """
    registry.check_free(version)
    for split in (TRAIN, TUNING):
        if not (dataset / split).is_dir():
            raise DatasetError(
                f"{dataset} has no folder '{split}'. Training needs train/ and val/, two classes in each."
            )
    training = read_split(find_split(dataset, TRAIN), boxes, exclude)
    tuning = read_split(find_split(dataset, TUNING), boxes, exclude)
    test = read_split(find_split(dataset, TEST), boxes) if look_at_test else []
    groups = read_subgroups(subgroups) if subgroups and look_at_test else {}
    manifest = describe_folders(dataset.resolve().name, {TRAIN: training, TUNING: tuning, TEST: test})
    data = TrainingData(training, tuning, test, manifest, provenance, limits, exclude, groups)
    return make_version(registry, version, recipe, folder, data, watcher, on_phase)


def make_version(
    registry: Registry,
    version: str,
    recipe: Recipe,
    folder: Path,
    data: TrainingData,
    watcher: Watcher | None = None,
    on_phase: Callable[[str], None] = lambda _: None,
    note_look: Callable[[str], int] = lambda _: 1,
) -> ModelVersion:
    """Train, calibrate, choose operating points, write the card, and add the version.

    Args:
        folder, on_phase: see `run_training`.
        note_look: called with the hash of the test before it is looked at; returns how many looks there have been.

    Raises:
        DatasetError, TrainingError, RegistryError
    """
    registry.check_free(version)
    watcher, manifest = watcher or Watcher(), data.manifest
    recipe, start_from = resolve_start(registry, recipe)
    line = [(version, manifest), *([] if recipe.start in UNTRAINED else line_of(registry, recipe.start))]
    on_phase(f"training on {len(data.training)} radiographs, choosing on {len(data.tuning)}; start: {recipe.start}")
    trained = train(recipe, _files(data.training), _files(data.tuning), folder, data.limits, watcher, start_from)
    card = replace(_draft(recipe, trained, data, ancestors(registry, recipe.start)), version=version)
    on_phase("calibrating, and choosing operating points")
    card = fit_to_tuning(card, trained, data, watcher.report_loaded)
    figures = dict(card.figures)
    if copies(manifest, manifest.of(TUNING), of=(TRAIN,)):
        figures[TUNING] = replace(figures[TUNING], leaks=True)
    if data.test:
        on_phase("looking at test")
        look = RecordedLook(at=_now(), why=LOOK_REASON, number=note_look(manifest.split_sha256(TEST)))
        reasons = leaks(line, manifest.of(TEST))
        figures[TEST] = replace(
            measure(card, trained, data, watcher.report_loaded),
            manifest_sha256=manifest.split_sha256(TEST),
            leaks=bool(reasons),
            leak_reasons=reasons,
            looks=(look,),
        )
    return registry.add(version, replace(card, figures=figures), trained.model.save, manifest.to_json())


def _draft(recipe: Recipe, trained: Trained, data: TrainingData, line: tuple[Ancestor, ...]) -> ModelCard:
    """The card before anything is fitted: its calibration and operating points stand for none."""
    info, manifest = NETWORKS[recipe.network], data.manifest
    return ModelCard(
        created=_now(),
        network=str(recipe.network),
        description=info.description,
        parameters=int(trained.model.count_params()),
        input=replace(info.input, size=recipe.stages[-1].size),
        sigmoid_means=Meaning.FRACTURED,
        saliency_layer=info.saliency_layer,
        calibration=Calibration(method=CalibrationMethod.LOGISTIC, slope=1.0, intercept=0.0),
        operating_points=tuple(
            OperatingPoint(name=name, threshold=0.5) for name in (HIGH_SENSITIVITY, HIGH_SPECIFICITY)
        ),
        gate=GateParameters(layers=tuple(info.feature_layers)),
        training=make(
            Training,
            {
                "recipe": recipe.as_card(),
                "best_epoch": asdict(trained.best),
                "history": [asdict(figures) for figures in trained.history],
                "seconds": round(sum(figures.seconds for figures in trained.history)),
                "seed": recipe.seed,
                "deterministic": recipe.deterministic,
                "repeatable": REPEATABLE if recipe.deterministic else NOT_REPEATABLE,
                "manifest": manifest.sha256,
                "manifest_sha256": {split: manifest.split_sha256(split) for split in (TRAIN, TUNING)},
                "n": {TRAIN: len(data.training), TUNING: len(data.tuning)},
                "refused": [{**asdict(item), "name": Path(item.name).name} for item in trained.refused],
                "ancestors": [to_document(ancestor) for ancestor in line],
                "libraries": {name: library_version(name) for name in LIBRARIES}
                | {"python": platform.python_version()},
                **data.notes,
            },
        ),
        data=make(
            DataSource,
            {
                **{key: value for key, value in asdict(data.provenance).items() if key != "limits"},
                "excluded": sorted(data.excluded),
            },
        ),
        limits=(*LIMITS, *data.provenance.limits),
        about=ABOUT,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def resolve_start(registry: Registry, recipe: Recipe) -> tuple[Recipe, Path | None]:
    """Name the version a warm start begins with, and find its weights; random weights where no champion ships."""
    if recipe.start in UNTRAINED:
        return recipe, None
    if recipe.start == "champion":
        try:
            recipe = replace(recipe, start=registry.default().version)
        except UnknownVersionError:
            return replace(recipe, start="random"), None
    return recipe, registry.weights(recipe.start)


def _files(examples: Sequence[Example]) -> list[tuple[Path, bool, Boxes]]:
    return [(example.path, example.fractured, example.boxes) for example in examples]
