"""What is fitted after training: calibration, gate and operating points, with the figures of tuning and of test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.card import GateParameters, ModelCard, ModelVersion, SplitFigures
from core.cnn.engine import classifier_of
from core.cnn.training.train import Trained
from core.config import Limits
from core.learning.datasets.class_folders import Example
from core.learning.datasets.manifest import Manifest, Split
from core.learning.evaluation.figures import by_subgroup, operating_points, summarise, with_changed, with_subgroups
from core.learning.evaluation.predict_examples import predict_examples
from core.learning.training.fit_calibration import choose, cross_fitted
from core.learning.training.presentation_probes import fit_to_changed
from core.learning.training.provenance import Provenance
from core.prediction.gate import Gate, fit_gate

GATE_COMPONENTS = 32
GATE_ACCEPTED = 0.9925  # of tuning radiographs: a declined fracture is a missed one, an X-ray of a chest no bone at all


@dataclass(frozen=True)
class TrainingData:
    """What a version is made of.

    Attributes:
        training, tuning: what it learns from, and what chooses its epoch, calibration and operating points.
        test: what it is measured on in the end, once; empty for not at all.
        manifest: the same pictures, by name and hash; kept beside the version.
        limits: what a file may be.
        groups: the file names of each subgroup that gets figures of its own.
        notes: further fields of the card's `training`, by name.
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


def fit_to_tuning(
    card: ModelCard, trained: Trained, data: TrainingData, on_done: Callable[[int, int], None] | None = None
) -> ModelCard:
    """Fit what decides a prediction beside the weights.

    Args:
        card: with a calibration and operating points that stand for none, and a gate that has its layers alone.
        trained: the network and its epochs.
        on_done: called with (done, total) of each reading.

    Returns:
        The card with `calibration`, `gate`, `operating_points`, and the figures of tuning, cross-fitted.
    """
    source, layers = data.provenance.source, card.gate.layers if card.gate else None
    classifier = classifier_of(ModelVersion.of(card), trained.model)
    found = predict_examples(classifier, data.tuning, data.limits, on_done)
    logits = np.array([answer.logit for answer in found.answers])
    labels = np.array([answer.fractured for answer in found.answers], float)
    calibration = choose(logits, labels)
    declined = np.array([answer.probability is None for answer in found.answers])
    gate: GateParameters | None = None
    changed = None
    if layers:
        features = predict_examples(classifier, data.training, data.limits, on_done).features
        gate = fit_gate(features, found.features, layers, GATE_COMPONENTS, GATE_ACCEPTED, logits[labels < 0.5])
        distance = Gate.from_card(gate)
        declined |= distance.are_far(found.features, logits)
        probes, changed = fit_to_changed(
            classifier, data.training, data.tuning, features, found, distance, data.limits, on_done
        )
        gate = replace(gate, presentation=probes)
    cross_fitted_answers = [
        replace(answer, probability=None if is_declined else float(probability))
        for answer, probability, is_declined in zip(
            found.answers, cross_fitted(logits, labels, calibration.method), declined, strict=True
        )
    ]
    points = operating_points(cross_fitted_answers, f"{source}, split {Split.TUNING}, cross-fitted")
    figures = summarise(cross_fitted_answers, points[0].threshold, points[1].threshold)
    return replace(
        card,
        calibration=replace(calibration, fitted_on=f"{source}, split {Split.TUNING}", prevalence=float(labels.mean())),
        gate=gate,
        operating_points=points,
        figures={str(Split.TUNING): with_changed(figures, changed or {})},
    )


def measure(
    card: ModelCard, trained: Trained, data: TrainingData, on_done: Callable[[int, int], None] | None = None
) -> SplitFigures:
    """The figures of a complete card on the radiographs of test, which chose nothing, by subgroup too."""
    classifier = classifier_of(ModelVersion.of(card), trained.model)
    answers = predict_examples(classifier, data.test, data.limits, on_done).answers
    low, high = classifier.threshold_low, classifier.threshold_high
    belongs = {name: (lambda answer, files=files: answer.file in files) for name, files in data.groups.items()}
    return with_subgroups(summarise(answers, low, high), by_subgroup(answers, belongs, low, high))
