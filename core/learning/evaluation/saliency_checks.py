"""Sanity checks of a version's heatmaps: beside a plain Grad-CAM, and while the weights are randomised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.card import Randomisation, to_document
from core.cnn.engine import classifier_of
from core.cnn.networks import NETWORKS, Network
from core.cnn.randomise import cascade
from core.config import Limits
from core.errors import RefusedFileError
from core.imaging.decode import decode
from core.imaging.preprocess import batch
from core.learning.datasets.class_folders import Example
from core.learning.evaluation import saliency
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import predict_examples

SAMPLE = 24  # radiographs whose heatmaps the sanity check compares


def check_saliency(
    subject: MeasuredVersion, examples: Sequence[Example], limits: Limits, on_phase: Callable[[str], None]
) -> dict:
    """A plain Grad-CAM of the same network, and how the heatmaps fall apart as the weights do."""
    located = [example for example in examples if example.boxes]
    checks: dict = {}
    info = NETWORKS.get(Network(subject.model.card.network)) if subject.model.card.network in set(Network) else None
    layer = info.plain_layer if info else None
    if located and layer and layer != subject.model.card.saliency_layer:
        on_phase(f"reading with a plain Grad-CAM of {layer}")
        model = replace(subject.model, card=replace(subject.model.card, saliency_layer=layer))
        plain_answers = predict_examples(classifier_of(model, subject.network), located, limits).answers
        checks["plain_grad_cam"] = {
            "layer": layer,
            **to_document(
                saliency.summarise(
                    [a.pointing for a in plain_answers if a.pointing is not None],
                    [a.probability is not None for a in plain_answers if a.pointing is not None],
                )
            ),
        }
    chosen = located or [example for example in examples if example.fractured]
    if chosen:
        on_phase("randomising the weights, layer by layer")
        checks["randomisation"] = randomisation(subject, chosen, limits)
    return checks


def randomisation(subject: MeasuredVersion, examples: Sequence[Example], limits: Limits) -> Randomisation:
    """Cascading randomisation (Adebayo et al. 2018) on a sample of radiographs.

    Returns:
        `steps`, one a block of layers from the output down, with the similarity of its heatmaps to the trained
        network's; and beside it how alike the heatmaps of two different radiographs are.
    """
    chosen = [examples[i] for i in np.unique(np.linspace(0, len(examples) - 1, SAMPLE).astype(int))]
    images = []
    for example in chosen:
        try:
            radiograph = decode(example.path.read_bytes(), str(example.path), limits)[0]
        except RefusedFileError:  # it was refused by name when it was asked about
            continue
        images.append(subject.classifier.prepare(radiograph).image)
    card = subject.model.card
    stacked = batch(images, subject.classifier.spec)
    cascaded = cascade(subject.network, card.saliency_layer, stacked, card.sigmoid_means.sign)
    _, trained = next(cascaded)
    return Randomisation(
        n=len(images),
        between_radiographs=saliency.similarity(trained, np.roll(trained, 1, axis=0)),
        steps=tuple(replace(saliency.similarity(trained, maps), randomised_down_to=name) for name, maps in cascaded),
    )
