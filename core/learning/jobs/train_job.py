"""The training job: from its settings and its manifest to a challenger in the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core.card import Training
from core.cnn.runtime import LOADING, load_tensorflow
from core.cnn.training import checkpoints
from core.domain import Job
from core.errors import UnknownVersionError
from core.learning.datasets import manifest as manifests
from core.learning.datasets.manifest import Manifest, SourceKind, Split
from core.learning.jobs.process import JobServices
from core.learning.jobs.reporter import Reporter
from core.learning.training.fit_version import TrainingData
from core.learning.training.make_version import make_version
from core.learning.training.provenance import FRACATLAS, Provenance, are_fracatlas
from core.learning.training.settings import TrainingSettings
from core.processes import now
from core.store import test_looks

WHY = "after everything was chosen"


def train_version(services: JobServices, job: Job, reporter: Reporter) -> None:
    """Train, and add the version to the registry. An interrupted run goes on at its last finished epoch.

    Raises:
        RunCancelledError: the job is to be cancelled.
        DatasetError, TrainingError, RegistryError: see `make_version`.
    """
    folder = services.jobs.folder(job)
    if _is_made(services, job, folder.name):  # its process ended between the last two lines of this function
        return
    reporter.begin(LOADING)
    load_tensorflow()
    home, settings = services.settings.home, TrainingSettings.from_json(job.settings_json)
    manifest = manifests.read(job.manifest_sha256, home)
    training, tuning, test = (manifest.examples(split, home) for split in Split)

    def note_look(test_sha256: str) -> int:
        with services.database.writing() as connection:
            return test_looks.add(connection, job.version, test_sha256, job.reader, WHY, now())

    notes = {"settings": asdict(settings), "run": folder.name, "data_set": manifest.name}
    data = TrainingData(training, tuning, test, manifest, provenance(manifest), services.settings.limits, notes=notes)
    recipe = settings.recipe(boxes=any(example.boxes for example in training))
    watcher = reporter.watcher(settings.epochs)
    make_version(services.registry, job.version, recipe, folder, data, watcher, reporter.begin, note_look)
    checkpoints.clear(folder)


def provenance(manifest: Manifest) -> Provenance:
    """Describe a manifest's data for the card."""
    if _are_fracatlas(manifest):
        return FRACATLAS
    kinds = {source.kind for source in manifest.sources}
    standards = []
    if kinds & {SourceKind.FOLDER, SourceKind.ARCHIVE}:
        standards.append("the class folders' names")
    if SourceKind.REVIEWS in kinds:
        aided = sum(item.aided for item in manifest.items)
        standards.append(f"verdicts of reviewers, {aided} of them given with a model's answer in sight")
    shared = [
        f"{leak.pictures} pictures of {leak.second} have a copy in {leak.first}: its figures on {leak.second} leak."
        for leak in manifest.leaks
    ]
    return Provenance(
        source=f"{manifest.name}: {', '.join(f'{source.name} ({source.kind})' for source in manifest.sources)}",
        licence="as the data's owner says",
        attribution="none",
        split="Split by group, so that no copy crosses." if not shared else "Copies stand on both sides of the split.",
        reference_standard="; ".join(standards),
        limits=tuple(shared),
    )


def _are_fracatlas(manifest: Manifest) -> bool:
    names: Sequence[str] = [Path(item.file).name for item in manifest.of(Split.TRAIN)]
    return not manifest.leaks and are_fracatlas(names)


def _is_made(services: JobServices, job: Job, run: str) -> bool:
    try:
        return (services.registry.get(job.version).card.training or Training()).run == run
    except UnknownVersionError:
        return False
