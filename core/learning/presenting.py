"""Radiographs are changed on purpose, so that a version can tell which are presented so that it cannot read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.cnn.presentation import FEWEST, Presentations, change, fit_presentations
from core.domain import Presentation
from core.learning.asking import Answers, ask
from core.learning.dataset import Example
from core.learning.evaluation.metrics import auc, wilson

if TYPE_CHECKING:
    from core.cnn.classifier import Classifier

MOST = 600  # training radiographs that are changed: more of them told no more


def fit_to_changed(
    classifier: Classifier,
    training: Sequence[Example],
    tuning: Sequence[Example],
    features: np.ndarray,
    judged: np.ndarray,
    on_done: Callable[[int, int], None] | None = None,
) -> tuple[dict, dict]:
    """Fit the probes, and measure what a change does.

    Args:
        features, judged: the gate's, of the training and of the tuning radiographs as they are.

    Returns:
        The card's `gate.presentation`, see `fit_presentations`; and by change the share of changed tuning radiographs
        that are `noted`, with the `auc` of their scores. Both empty where too few are judged.
    """
    if len(judged) < FEWEST:
        return {}, {}

    def read(examples: Sequence[Example]) -> dict[Presentation, Answers]:
        return {kind: ask(classifier, examples, on_done, partial(change, to=kind)) for kind in Presentation}

    learned, seen = read(training[:: -(-len(training) // MOST)]), read(tuning)
    features_of = {kind: found.features for kind, found in learned.items()}
    probes = fit_presentations(features, features_of, judged, {kind: found.features for kind, found in seen.items()})
    probing = Presentations.from_card({"presentation": probes})
    return probes, {str(kind): _measure(found, probing) for kind, found in seen.items()}


def _measure(found: Answers, probing: Presentations) -> dict:
    noted = sum(kind is not None for kind in probing.of(found.features))
    labels = np.array([answer.fractured for answer in found.answers])
    n = len(labels)
    return {
        "n": n,
        "noted": noted / n,
        "noted_ci": wilson(noted, n),
        "auc": auc(labels, np.array([answer.logit for answer in found.answers])),
    }
