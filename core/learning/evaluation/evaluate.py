"""One evaluation: all that is measured of a model version on labelled radiographs, as one JSON document.

The document is what `python -m core evaluate` writes, what the Evaluation screen shows, and what a card's figures are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.card import (
    EvaluationDocument,
    FailureFigures,
    Failures,
    ModelCard,
    ModelVersion,
    RecordedLook,
    SplitFigures,
    make,
    to_document,
)
from core.config import Limits
from core.errors import DatasetError, FractureReviewError, RegistryError
from core.learning.datasets.class_folders import Example, hash_of_examples
from core.learning.evaluation.catalogue import KIND
from core.learning.evaluation.failures import find_failures
from core.learning.evaluation.figures import (
    ExamplePrediction,
    by_subgroup,
    labels_and_values,
    plain,
    summarise,
    with_difference,
    with_subgroups,
)
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import ExamplePredictions, predict_examples
from core.learning.evaluation.saliency_checks import check_saliency
from core.learning.evaluation.subgroups import axis_of, by_box_size
from core.registry import Registry
from core.statistics import discrimination

FORMAT = 1  # of the document; one more with every change that a reader of it would notice
TUNING = "val"
NOT_ON_THE_CARD = frozenset({"kind", "format", "model_version", "model_sha256", "network", "note", "refused"})
CHOSEN_ON = "These radiographs chose this version's epoch, calibration and thresholds: its figures here are too good."
TRAINED_ON = "This version was trained on these radiographs: its figures here say nothing."


@dataclass(frozen=True, slots=True)
class EvaluationData:
    """What is measured on.

    Attributes:
        dataset: the folder; only its name goes into the document.
        split: `train`, `val` or `test`.
        groups: name of a subgroup to the file names in it; see `subgroups`.
        limits: what a file may be.
    """

    dataset: Path
    split: str
    examples: Sequence[Example]
    groups: Mapping[str, frozenset[str]]
    limits: Limits


def evaluate(
    subject: MeasuredVersion,
    material: EvaluationData,
    others: Sequence[MeasuredVersion] = (),
    why: str = "python -m core evaluate",
    leak_reasons: Sequence[str] = (),
    on_done: Callable[[int, int], None] = lambda _done, _total: None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> EvaluationDocument:
    """Measure one version, and others beside it on the same radiographs.

    Args:
        others: each with its own calibration and thresholds.
        why: why these radiographs are looked at, for the record.
        leak_reasons: why the figures do not count, where they do not; see `lineage.leaks`.
        on_done: called with (done, total) of the first version's reading.
        on_phase: called with what is being done, in words.

    Returns:
        See `summarise` for the figures; besides them `subgroups`, `saliency_checks`, `against` and `failures`.

    Raises:
        DatasetError: no radiograph can be read.
    """
    card, examples = subject.model.card, material.examples
    found = predict_examples(subject.classifier, examples, material.limits, on_done)
    if not found.answers:
        raise DatasetError(f"None of the {len(examples)} files of {material.dataset} can be read.")
    read = found.answered
    groups = {**material.groups, **by_box_size(read)}
    manifest = hash_of_examples(list(examples))
    threshold = card.figures[TUNING].iou_threshold if TUNING in card.figures else None
    mine = _figures(subject, found.answers, groups, threshold)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    document: dict[str, Any] = {
        "kind": KIND,
        "format": FORMAT,
        "created": now,
        "model_version": subject.model.version,
        "model_sha256": subject.model.sha256,
        "network": subject.model.network,
        "dataset": material.dataset.resolve().name,
        "split": material.split,
        "manifest_sha256": manifest,
        "note": _note(card, manifest),
        "leaks": bool(leak_reasons),
        "leak_reasons": list(leak_reasons),
        "looks": [*_looks(card, manifest), {"at": now, "why": why}],
        "n_refused": len(found.refused),
        "refused": [{"name": Path(item.name).name, "reason": item.reason} for item in found.refused],
        **to_document(mine),
        "saliency_checks": check_saliency(subject, read, material.limits, on_phase),
        "against": {},
        "failures": find_failures(subject.classifier, material.dataset, read, found.answers),
    }
    for other in others:
        on_phase(f"reading with {other.model.version}")
        theirs = predict_examples(other.classifier, read, material.limits)
        _check_same(found, theirs)
        document["against"][other.model.version] = {
            "model_sha256": other.model.sha256,
            "network": other.model.network,
            **to_document(
                with_difference(_figures(other, theirs.answers, groups, threshold), found.answers, theirs.answers)
            ),
            "mcnemar_p": _mcnemar(subject, found.answers, other, theirs.answers),
        }
    return make(EvaluationDocument, plain(document))


def check_may_record(model: ModelVersion, examples: Sequence[Example]) -> None:
    """Ask, before the work, whether figures on these radiographs may stand on the version's card.

    Raises:
        DatasetError: they trained the version, or chose it: the card has its cross-fitted figures there.
        RegistryError: the version ships, and its card is read-only.
    """
    note = _note(model.card, hash_of_examples(list(examples)))
    if note:
        raise DatasetError(f"{note} They cannot be recorded on the card of {model.version}; leave out --record.")
    if model.shipped:
        raise RegistryError(f"{model.version} ships with the product: its card is read-only. Leave out --record.")


def record(registry: Registry, document: EvaluationDocument, text: str) -> ModelVersion:
    """Keep an evaluation beside its version and its figures on the card, the look counted."""
    version, split = document.model_version or "", document.split or ""
    registry.keep_evaluation(version, split, text)
    written = to_document(document)
    kept = make(SplitFigures, {name: value for name, value in written.items() if name not in NOT_ON_THE_CARD})
    found = document.failures or Failures()
    failures = Failures(missed=_without_worst(found.missed), false_alarms=_without_worst(found.false_alarms))

    def change(card: ModelCard) -> Mapping[str, object]:
        looks = (*_looks(card, document.manifest_sha256), document.looks[-1])
        return {"figures": {**card.figures, split: replace(kept, failures=failures, looks=looks)}}

    return registry.amend(version, change)


def _without_worst(figures: FailureFigures | None) -> FailureFigures | None:
    return figures and replace(figures, worst=None, order=())


def _figures(
    subject: MeasuredVersion,
    answers: Sequence[ExamplePrediction],
    groups: Mapping[str, frozenset[str]],
    iou_threshold: float | None,
) -> SplitFigures:
    low, high = subject.classifier.threshold_low, subject.classifier.threshold_high
    whole = summarise(answers, low, high, iou_threshold=iou_threshold)
    belongs = {name: (lambda answer, files=files: answer.file in files) for name, files in groups.items()}
    parts = by_subgroup(answers, belongs, low, high, whole.iou_threshold)
    subgroups = {name: replace(p, axis=axis_of(name), order=("axis", *p.order)) for name, p in parts.items()}
    return with_subgroups(whole, subgroups)


def _note(card: ModelCard, manifest: str) -> str:
    known = {value: name for name, value in card.training.manifest_sha256.items()} if card.training else {}
    return {"train": TRAINED_ON, TUNING: CHOSEN_ON}.get(known.get(manifest, ""), "")


def _looks(card: ModelCard, manifest: str | None) -> list[RecordedLook]:
    """The looks at these very radiographs that the card knows of."""
    return [look for part in card.figures.values() if part.manifest_sha256 == manifest for look in part.looks]


def _mcnemar(
    first: MeasuredVersion,
    answers: Sequence[ExamplePrediction],
    second: MeasuredVersion,
    others: Sequence[ExamplePrediction],
) -> dict:
    """At each operating point, p of *both are right equally often*, on the fractured and on the others."""
    (labels, mine), (_, theirs) = labels_and_values(answers), labels_and_values(others)
    found = {}
    for name in ("high_sensitivity", "high_specificity"):
        at = "threshold_low" if name == "high_sensitivity" else "threshold_high"
        right = (mine >= getattr(first.classifier, at)) == labels
        right_2 = (theirs >= getattr(second.classifier, at)) == labels
        found[name] = {
            "sensitivity_p": discrimination.mcnemar(right[labels], right_2[labels]),
            "specificity_p": discrimination.mcnemar(right[~labels], right_2[~labels]),
        }
    return found


def _check_same(first: ExamplePredictions, second: ExamplePredictions) -> None:
    if [a.file for a in first.answers] != [a.file for a in second.answers]:
        raise FractureReviewError("A file could be read once and not again while it was measured. Run it again.")
