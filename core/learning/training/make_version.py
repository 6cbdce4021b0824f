"""From class folders to a version in the registry: train, calibrate, choose operating points, write the card."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path

import numpy as np

from core.card import ModelVersion, to_document
from core.cnn.engine import classifier_of
from core.cnn.networks import NETWORKS
from core.cnn.training.callbacks import Watcher
from core.cnn.training.recipe import Recipe
from core.cnn.training.train import train
from core.config import Limits
from core.errors import DatasetError, UnknownVersionError
from core.learning.datasets.class_folders import Example, find_split, read_split
from core.learning.datasets.lineage import UNTRAINED, ancestors, copies, describe_folders, leaks, line_of
from core.learning.datasets.manifest import Manifest, Split
from core.learning.evaluation.figures import by_subgroup, operating_points, plain, summarise
from core.learning.evaluation.predict_examples import predict_examples
from core.learning.evaluation.subgroups import read_subgroups
from core.learning.training.presentation_probes import fit_to_changed
from core.learning.training.provenance import ABOUT, Provenance
from core.prediction.gate import Gate, fit_gate
from core.registry import Registry
from core.statistics import calibration

TRAIN, TUNING, TEST = Split.TRAIN, Split.TUNING, Split.TEST
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pillow", "scikit-learn")
GATE_COMPONENTS = 32
GATE_ACCEPTED = 0.9925  # of tuning radiographs: a declined fracture is a missed one, an X-ray of a chest no bone at all
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


@dataclass(frozen=True)
class TrainingData:
    """What a version is made of.

    Attributes:
        training, tuning: what it learns from, and what chooses its epoch, calibration and operating points.
        test: what it is measured on in the end, once; empty for not at all.
        manifest: the same pictures, by name and hash; kept beside the version.
        limits: what a file may be.
        groups: the file names of each subgroup that gets figures of its own.
        notes: what else the card's `training` is to say.
    """

    training: Sequence[Example]
    tuning: Sequence[Example]
    test: Sequence[Example]
    manifest: Manifest
    provenance: Provenance
    limits: Limits
    excluded: frozenset[str] = frozenset()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)


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
    say: Callable[[str], None] = lambda text: None,
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
        say: told what is being done.

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
    material = TrainingData(training, tuning, test, manifest, provenance, limits, exclude, groups)
    return make_version(registry, version, recipe, folder, material, watcher, say)


def make_version(
    registry: Registry,
    version: str,
    recipe: Recipe,
    folder: Path,
    material: TrainingData,
    watcher: Watcher | None = None,
    say: Callable[[str], None] = lambda text: None,
    note_look: Callable[[str], int] = lambda test_sha256: 1,
) -> ModelVersion:
    """Train, calibrate, choose operating points, write the card, and add the version.

    Args:
        folder, say: see `run_training`.
        note_look: told the hash of the test before it is looked at; gives how many looks at it there have been.

    Raises:
        DatasetError, TrainingError, RegistryError
    """
    registry.check_free(version)
    watcher, manifest = watcher or Watcher(), material.manifest
    training, tuning, test = material.training, material.tuning, material.test
    recipe, start_from = resolve_start(registry, recipe)
    line = (
        [(version, manifest)] if recipe.start in UNTRAINED else [(version, manifest), *line_of(registry, recipe.start)]
    )
    say(f"training on {len(training)} radiographs, choosing on {len(tuning)}; start: {recipe.start}")
    trained = train(recipe, _files(training), _files(tuning), folder, material.limits, watcher, start_from)
    info = NETWORKS[recipe.network]
    card = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "network": str(recipe.network),
        "description": info.description,
        "parameters": int(trained.model.count_params()),
        "input": replace(info.input, size=recipe.stages[-1].size).as_card(),
        "sigmoid_means": "fractured",
        "saliency_layer": info.saliency_layer,
        "calibration": {"method": "logistic", "slope": 1.0, "intercept": 0.0},
        "operating_points": [{"name": n, "threshold": 0.5} for n in ("high_sensitivity", "high_specificity")],
        "gate": {"layers": list(info.feature_layers)},
        "training": {
            "recipe": recipe.as_card(),
            "best_epoch": asdict(trained.best),
            "history": [asdict(figures) for figures in trained.history],
            "seconds": round(sum(figures.seconds for figures in trained.history)),
            "seed": recipe.seed,
            "deterministic": recipe.deterministic,
            "repeatable": REPEATABLE if recipe.deterministic else NOT_REPEATABLE,
            "manifest": manifest.sha256,
            "manifest_sha256": {split: manifest.split_sha256(split) for split in (TRAIN, TUNING)},
            "n": {TRAIN: len(training), TUNING: len(tuning)},
            "refused": [{**asdict(item), "name": Path(item.name).name} for item in trained.refused],
            "ancestors": ancestors(registry, recipe.start),
            "libraries": {name: library_version(name) for name in LIBRARIES} | {"python": platform.python_version()},
            **material.notes,
        },
        "data": {
            **{key: value for key, value in asdict(material.provenance).items() if key != "limits"},
            "excluded": sorted(material.excluded),
        },
        "limits": [*LIMITS, *material.provenance.limits],
        "about": to_document(ABOUT),
    }
    say("calibrating, and choosing operating points")
    card |= settle(version, card, trained.model, material, watcher.report_loaded)
    if copies(manifest, manifest.of(TUNING), of=(TRAIN,)):
        card["figures"][TUNING]["leaks"] = True
    if test:
        say("looking at test")
        number = note_look(manifest.split_sha256(TEST))
        found = measure(version, card, trained.model, material, watcher.report_loaded)
        reasons = leaks(line, manifest.of(TEST))
        look = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "why": "after everything was chosen"}
        card["figures"][TEST] = {
            **found,
            "manifest_sha256": manifest.split_sha256(TEST),
            "leaks": bool(reasons),
            "leak_reasons": list(reasons),
            "looks": [{**look, "number": number}],
        }
    return registry.add(version, card, trained.model.save, manifest.to_json())


def settle(
    version: str,
    card: dict,
    network,
    material: TrainingData,
    on_done: Callable[[int, int], None] | None = None,
) -> dict:
    """What is fitted after training: calibration, gate, operating points, and the tuning figures, cross-fitted.

    Returns:
        The card's keys `calibration`, `gate`, `operating_points` and `figures`.
    """
    training, tuning, limits, source = material.training, material.tuning, material.limits, material.provenance.source
    layers = card["gate"]["layers"]
    ungated = {**card, "gate": {"layers": layers}}  # its cheap checks alone
    classifier = classifier_of(ModelVersion(version, card["network"], "", datetime.now(UTC), False, ungated), network)
    judged = predict_examples(classifier, tuning, limits, on_done)
    logits = np.array([a.logit for a in judged.answers])
    labels = np.array([a.fractured for a in judged.answers], float)
    chosen = calibration.choose(logits, labels)
    declined = np.array([a.probability is None for a in judged.answers])
    gate, changed = None, {}
    if layers:
        features = predict_examples(classifier, training, limits, on_done).features
        gate = fit_gate(features, judged.features, layers, GATE_COMPONENTS, GATE_ACCEPTED, logits[labels < 0.5])
        distance = Gate.from_card(gate)
        declined |= distance.are_far(judged.features, logits)
        gate["presentation"], changed = fit_to_changed(
            classifier, training, tuning, features, judged, distance, limits, on_done
        )
    cross_fitted = calibration.cross_fitted(logits, labels, chosen["method"])
    settled = [
        replace(answer, probability=None if no else float(p))
        for answer, p, no in zip(judged.answers, cross_fitted, declined, strict=True)
    ]
    points = operating_points(settled, f"{source}, split {TUNING}, cross-fitted")
    low, high = (point["threshold"] for point in points)
    return {
        "calibration": {**chosen, "fitted_on": f"{source}, split {TUNING}", "prevalence": float(labels.mean())},
        "gate": gate,
        "operating_points": points,
        "figures": {TUNING: {**summarise(settled, low, high), "changed": plain(changed)}},
    }


def measure(
    version: str,
    card: dict,
    network,
    material: TrainingData,
    on_done: Callable[[int, int], None] | None = None,
) -> dict:
    """The figures of a settled card on radiographs that chose nothing, by subgroup too."""
    classifier = classifier_of(ModelVersion(version, card["network"], "", datetime.now(UTC), False, card), network)
    answers = predict_examples(classifier, material.test, material.limits, on_done).answers
    low, high = classifier.threshold_low, classifier.threshold_high
    belongs = {name: (lambda answer, files=files: answer.file in files) for name, files in material.groups.items()}
    return {**summarise(answers, low, high), "subgroups": by_subgroup(answers, belongs, low, high)}


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


def _files(examples: Sequence[Example]) -> list:
    return [(example.path, example.fractured, example.boxes) for example in examples]
