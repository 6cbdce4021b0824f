"""What a comparison job does: let two versions read one test, and hold their answers against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cnn.engine import load_classifier
from core.cnn.runtime import LOADING, load_tensorflow
from core.config import Limits
from core.domain import Job
from core.errors import DatasetError
from core.learning.datasets import lineage
from core.learning.datasets import manifest as manifests
from core.learning.datasets.class_folders import Example
from core.learning.datasets.manifest import Item, Split
from core.learning.evaluation.compare import VersionAnswers, compare
from core.learning.evaluation.predict_examples import predict_examples
from core.processes import now
from core.registry import Registry
from core.store import test_looks

if TYPE_CHECKING:
    from core.learning.jobs.process import JobServices, Reporter


def compare_versions(services: JobServices, job: Job, reporter: Reporter) -> str:
    """Both versions' answers, and what they mean, as JSON; see `core.learning.evaluation.compare.Comparison`.

    Raises:
        RunCancelledError, DatasetError, RegistryError
    """
    reporter.say(LOADING)
    load_tensorflow()
    home, registry = services.settings.home, services.registry
    manifest = manifests.read(job.manifest_sha256, home)
    test, examples = manifest.of(Split.TEST), manifest.examples(Split.TEST, home)
    test_sha256 = manifest.split_sha256(Split.TEST)
    why = f"compared with {job.against}"
    with services.database.writing() as connection:
        test_looks.add(connection, job.version, test_sha256, job.reader, why, now())
        number = test_looks.add(connection, job.against, test_sha256, job.reader, f"compared with {job.version}", now())
    said: list[tuple[VersionAnswers, Sequence[Example]]] = []
    for version in (job.version, job.against):
        reporter.say(f"{version} reads the test")
        said.append(read(registry, version, test, examples, services.settings.limits, reporter.step))
    kept = set(said[0][1]) & set(said[1][1])
    challenger, champion = (restrict(*answers, kept) for answers in said)
    pictures = [item.sha256 for item, example in zip(test, examples, strict=True) if example in kept]
    if not pictures:
        raise DatasetError(f"None of the {len(test)} test pictures can be read. Make the data set again.")
    reporter.say("comparing")
    hashes = (manifest.sha256, test_sha256)
    return compare(challenger, champion, pictures, hashes, number, services.settings.margin).to_json()


def read(
    registry: Registry,
    version: str,
    test: Sequence[Item],
    examples: Sequence[Example],
    limits: Limits,
    on_done: Callable[[int, int], None],
) -> tuple[VersionAnswers, Sequence[Example]]:
    """One version's answers, and the pictures that they are of: all that can be read."""
    classifier = load_classifier(registry.get(version), registry.weights(version))
    found = predict_examples(classifier, examples, limits, on_done)
    reading = VersionAnswers(
        version=version,
        sha256=classifier.sha256,
        low=classifier.threshold_low,
        high=classifier.threshold_high,
        answers=found.answers,
        leaks=lineage.leaks(lineage.line_of(registry, version), test),
    )
    return reading, found.answered


def restrict(said: VersionAnswers, answered: Sequence[Example], kept: set[Example]) -> VersionAnswers:
    """A version's answers on the pictures that both versions answer."""
    pairs = zip(said.answers, answered, strict=True)
    return replace(said, answers=tuple(answer for answer, example in pairs if example in kept))
