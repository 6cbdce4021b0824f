"""The comparison job: two versions predict one test split, and their predictions are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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
from core.learning.jobs.process import JobServices
from core.learning.jobs.reporter import Reporter
from core.processes import now
from core.registry import Registry
from core.store import test_looks


def compare_versions(services: JobServices, job: Job, reporter: Reporter) -> str:
    """Compare the job's version with the one it is `against`, on the test split of the job's data set.

    Returns:
        A `core.learning.evaluation.comparison.Comparison` as JSON.

    Raises:
        RunCancelledError: the job is to be cancelled.
        DatasetError: the data set is gone, or none of its test pictures can be read.
        RegistryError: a version is not there, or damaged.
    """
    reporter.begin(LOADING)
    load_tensorflow()
    home, registry = services.settings.home, services.registry
    manifest = manifests.read(job.manifest_sha256, home)
    test, examples = manifest.of(Split.TEST), manifest.examples(Split.TEST, home)
    test_sha256 = manifest.split_sha256(Split.TEST)
    why = f"compared with {job.against}"
    with services.database.writing() as connection:
        test_looks.add(connection, job.version, test_sha256, job.reader, why, now())
        number = test_looks.add(connection, job.against, test_sha256, job.reader, f"compared with {job.version}", now())

    def predict(version: str) -> tuple[VersionAnswers, Sequence[Example]]:
        reporter.begin(f"{version} reads the test")
        return predict_test(registry, version, test, examples, services.settings.limits, reporter.step)

    challenger, answered = predict(job.version)
    champion, answered_too = predict(job.against)
    both = set(answered) & set(answered_too)
    challenger, champion = restrict(challenger, answered, both), restrict(champion, answered_too, both)
    pictures = [item.sha256 for item, example in zip(test, examples, strict=True) if example in both]
    if not pictures:
        raise DatasetError(f"None of the {len(test)} test pictures can be read. Make the data set again.")
    reporter.begin("comparing")
    hashes = (manifest.sha256, test_sha256)
    return compare(challenger, champion, pictures, hashes, number, services.settings.margin).to_json()


def predict_test(
    registry: Registry,
    version: str,
    test: Sequence[Item],
    examples: Sequence[Example],
    limits: Limits,
    on_done: Callable[[int, int], None],
) -> tuple[VersionAnswers, Sequence[Example]]:
    """Predict the test split with one version.

    Args:
        test, examples: the same pictures, in the same order.
        limits: what a file may be.
        on_done: called with (done, total).

    Returns:
        The version's predictions, and the pictures that they are of: all that could be read and predicted.
    """
    classifier = load_classifier(registry.get(version), registry.weights(version))
    predictions = predict_examples(classifier, examples, limits, on_done)
    answers = VersionAnswers(
        version=version,
        sha256=classifier.sha256,
        low=classifier.threshold_low,
        high=classifier.threshold_high,
        answers=predictions.answers,
        leaks=lineage.leaks(lineage.line_of(registry, version), test),
    )
    return answers, predictions.answered


def restrict(said: VersionAnswers, answered: Sequence[Example], kept: set[Example]) -> VersionAnswers:
    """A version's predictions of some of the pictures, such as those that another version predicts too.

    Args:
        answered: the pictures that its predictions are of.
        kept: those whose predictions are wanted.
    """
    pairs = zip(said.answers, answered, strict=True)
    return replace(said, answers=tuple(answer for answer, example in pairs if example in kept))
