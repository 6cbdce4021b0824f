"""What a classifier asks of a network, whatever computes it: from a batch of images to logits, heatmaps and features.

An engine knows one network and nothing of calibration, bands or files. Today's only one is Grad-CAM on TensorFlow, see
`core.cnn.engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class EngineOutput:
    """What one pass over a batch of N images gives.

    Attributes:
        logits: (N,) float64, before the sigmoid, as *fractured*.
        heatmaps: (N, h, w) float32 in [0, 1], each divided by its maximum; all zeros where there is no evidence, and
            (N, 1, 1) zeros where no saliency was asked for.
        has_evidence: (N,) bool, False where nothing in the image speaks for a fracture.
        features: (N, F) float32, what the gate measures distances in; F is 0 for a network without such features.
    """

    logits: np.ndarray
    heatmaps: np.ndarray
    has_evidence: np.ndarray
    features: np.ndarray


class Engine(Protocol):
    """One network, ready to score and to explain."""

    @property
    def input_shape(self) -> tuple[int | None, int, int, int]:
        """(N, S, S, C) of the images, where N is None."""
        ...

    def __call__(self, images: np.ndarray, saliency: bool = True) -> EngineOutput:
        """Score and explain a batch.

        Args:
            images: (N, S, S, C) float32 in [0, 1], preprocessed.
            saliency: False scores alone and leaves the heatmaps out.

        Raises:
            InvalidImageError: another shape or dtype.
        """
        ...
