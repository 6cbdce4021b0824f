"""Fits the probes that find inverted and turned radiographs, on radiographs that are inverted and turned on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.card import ChangedFigures, PresentationProbe
from core.config import Limits
from core.domain import Presentation
from core.learning.datasets.class_folders import Example
from core.learning.evaluation.figures import finite
from core.learning.evaluation.predict_examples import ExamplePredictions, predict_examples
from core.prediction.gate import Gate
from core.prediction.presentation import CHANGES, Presentations, are_enough, as_card, choose_thresholds, fit_weights
from core.statistics.discrimination import auc
from core.statistics.intervals import wilson

if TYPE_CHECKING:
    from core.prediction.classifier import Classifier

MOST = 600  # training radiographs that are changed: more of them told no more
AS_IT_IS = "as it is"
HALVES = 2  # of the tuning radiographs: one chooses thresholds, the other is counted, and the other way round


def fit_to_changed(
    classifier: Classifier,
    training: Sequence[Example],
    tuning: Sequence[Example],
    features: np.ndarray,
    judged: ExamplePredictions,
    gate: Gate,
    limits: Limits,
    on_done: Callable[[int, int], None] | None = None,
) -> tuple[dict[Presentation, PresentationProbe], dict[str, ChangedFigures]]:
    """Fit the probes, and measure what a change does.

    Args:
        classifier: without a gate but for its cheap checks.
        features: the gate's, of the training radiographs as they are.
        judged: of the tuning radiographs as they are.
        gate: with its distance.
        limits: what a file may be.

    Returns:
        The card's `gate.presentation`; and by change, for the tuning radiographs, the shares that are `declined`, that
        are `noted` as what they are, and that pass as `neither`, with the `auc` of their scores. The thresholds of the
        latter come from other radiographs. Both empty where too few are judged.
    """
    if not are_enough(len(judged.answers)):
        return {}, {}

    def read(examples: Sequence[Example], as_is: ExamplePredictions | None) -> dict[str, ExamplePredictions]:
        changed = {
            name: predict_examples(classifier, examples, limits, on_done, change)
            for name, (_, change) in CHANGES.items()
        }
        return changed if as_is is None else {AS_IT_IS: as_is, **changed}

    learned = read(training[:: -(-len(training) // MOST)], None)
    seen = read(tuning, judged)
    weights = fit_weights(_by_presentation({name: found.features for name, found in learned.items()}, features))
    every = _by_presentation({name: found.features for name, found in seen.items()})
    probes = choose_thresholds(weights, every)
    halves = [
        choose_thresholds(weights, _by_presentation({n: f.features[half::HALVES] for n, f in seen.items()}))
        for half in range(HALVES)
    ]
    return as_card(probes), {name: _measure(name, found, gate, halves) for name, found in seen.items()}


def _by_presentation(
    features: Mapping[str, np.ndarray], as_is: np.ndarray | None = None
) -> dict[Presentation | None, np.ndarray]:
    parts: dict[Presentation | None, list[np.ndarray]] = {None: [] if as_is is None else [as_is]}
    for name, values in features.items():
        parts.setdefault(_looks(name), []).append(values)
    return {kind: np.concatenate(values) for kind, values in parts.items()}


def _looks(name: str) -> Presentation | None:
    return None if name == AS_IT_IS else CHANGES[name][0]


def _measure(name: str, found: ExamplePredictions, gate: Gate, halves: Sequence[Presentations]) -> ChangedFigures:
    labels = np.array([answer.fractured for answer in found.answers])
    logits = np.array([answer.logit for answer in found.answers])
    declined = np.array([answer.probability is None for answer in found.answers])
    declined |= gate.are_far(found.features, logits)
    said: list[Presentation | None] = [None] * len(labels)
    for half, probes in enumerate(halves):
        said[1 - half :: HALVES] = probes.of(found.features[1 - half :: HALVES])
    looks, n = _looks(name), len(labels)
    noted = np.array([kind is not None and looks in (None, kind) for kind in said]) & ~declined
    n_declined, n_noted, n_neither = int(declined.sum()), int(noted.sum()), int((~declined & ~noted).sum())
    return ChangedFigures(
        n=n,
        declined=n_declined / n,
        noted=n_noted / n,
        neither=n_neither / n,
        declined_ci=wilson(n_declined, n),
        noted_ci=wilson(n_noted, n),
        neither_ci=wilson(n_neither, n),
        auc=finite(auc(labels, logits)),
    )
