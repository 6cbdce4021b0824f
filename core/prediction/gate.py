"""The gate: pictures that are no bone radiographs get a reason instead of a probability.

Cheap checks on the pixels come first (blank, noise), then the distance of the network's own features from those of the
radiographs it was trained on: see `Gate.distances`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.imaging.preprocess import Geometry

BLANK_DEVIATION = 0.02  # standard deviation of pixels in [0, 1] below which there is nothing to see
NOISE_CORRELATION = 0.5  # correlation of neighbouring pixels; radiographs measure above 0.9
NARROWEST = 8  # pixels of the network's input that the picture's shorter side must fill
SCALE_FLOOR = 1e-6  # for a feature that is the same on every training radiograph
RESIDUAL_FLOOR = 1e-6  # keeps the residual term finite where the axes explain the training features entirely
SPARED_SHARE = 0.95  # of not fractured tuning radiographs whose evidence lies below the level from which one is spared
SPARED_REACH = 2.0  # so many times farther a radiograph with that much evidence may lie
FEW = 100  # judged radiographs, below which their quantile says little of radiographs to come
BLANK = "The picture is blank or nearly so"
NARROW = "The picture is a strip too narrow to be read"
NOISE = "The picture is noise without structure"
UNLIKE = "The picture is unlike the bone radiographs this model was trained on"


@dataclass(frozen=True, eq=False)
class Gate:
    """The checks of one model version.

    Attributes:
        layers: whose mean and standard deviation over the picture are the feature vector.
        mean: (F,) of the training features; without it the gate has its cheap checks alone.
        axes: (K, F), principal axes of the scaled features divided by the standard deviation along them.
        residual: standard deviation of what the axes leave unexplained.
        threshold: squared distance above which a picture is refused.
        spared_logit, spared_threshold: from so much evidence of a fracture on, the threshold that holds instead: to
            decline a fracture is to miss it.
        scale: (F,) standard deviations of the training features, so that each of them counts the same.
    """

    layers: tuple[str, ...] = ()
    mean: np.ndarray | None = None
    axes: np.ndarray | None = None
    residual: float = 1.0
    threshold: float = np.inf
    spared_logit: float = np.inf
    spared_threshold: float = np.inf
    scale: np.ndarray | float = 1.0

    @classmethod
    def from_card(cls, card: Mapping[str, Any] | None) -> Gate:
        """From the card's `gate`; a gate with its cheap checks alone where it has none.

        Raises:
            KeyError, TypeError, ValueError: the card's gate cannot be used.
        """
        if card and "layers" not in card:
            raise ValueError("its gate is of an earlier form, which reads one layer; train the version again")
        layers = tuple(card["layers"]) if card else ()
        if not card or "mean" not in card:
            return cls(layers)
        mean, axes = np.asarray(card["mean"], np.float64), np.asarray(card["axes"], np.float64)
        spared = card.get("spared", {"logit": np.inf, "threshold": np.inf})
        reaches = float(card["threshold"]), float(spared["logit"]), float(spared["threshold"])
        scale = np.asarray(card["scale"], np.float64)
        return cls(layers, mean, axes, float(card["residual"]), *reaches, scale)

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Squared distances from the training radiographs.

        With z = (x - mean) / scale, an axis a_k of unit length and the standard deviation s_k along it:

            d^2 = sum_k (a_k . z)^2 / s_k^2  +  (|z|^2 - sum_k (a_k . z)^2) / residual^2

        The first term is Mahalanobis' distance within the K axes, the second what they leave unexplained, measured by
        its own spread. `axes` holds a_k / s_k.

        Args:
            features: (N, F).

        Returns:
            (N,) float64, at least 0; all zeros for a gate without features.

        Source: Lee et al. 2018, arXiv:1807.03888, for pictures that a network was not trained on; Moghaddam and
        Pentland 1997 (IEEE Trans. Pattern Anal. Mach. Intell. 19, 696) for the residual term.
        """
        if self.mean is None or self.axes is None:
            return np.zeros(len(features))
        centred = (features.astype(np.float64) - self.mean) / self.scale
        scores = centred @ self.axes.T
        length = np.linalg.norm(self.axes, axis=1)
        unexplained = (centred**2).sum(axis=1) - ((scores / length) ** 2).sum(axis=1)
        squared: np.ndarray = (scores**2).sum(axis=1) + np.maximum(unexplained, 0.0) / self.residual**2
        return squared

    def are_far(self, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """(N,) bool: which pictures are too unlike the training radiographs.

        Args:
            features: (N, F), see `layers`.
            logits: (N,) as *fractured*.
        """
        return self.distances(features) > np.where(logits >= self.spared_logit, self.spared_threshold, self.threshold)

    def reasons(
        self, images: Sequence[np.ndarray], geometries: Sequence[Geometry], features: np.ndarray, logits: np.ndarray
    ) -> list[str]:
        """Why each picture is not assessable; empty where it is.

        Args:
            images: (S, S) float32 in [0, 1], preprocessed.
            features, logits: see `are_far`.
        """
        far = self.are_far(features, logits)
        return [_cheap(i, g) or (UNLIKE if f else "") for i, g, f in zip(images, geometries, far, strict=True)]


def _cheap(image: np.ndarray, geometry: Geometry) -> str:
    top, left = geometry.top, geometry.left
    inner = image[top : top + geometry.inner_height, left : left + geometry.inner_width]
    if min(inner.shape) < NARROWEST:
        return NARROW
    deviation = float(inner.std())
    if deviation < BLANK_DEVIATION:
        return BLANK
    beside = (inner[:, 1:] - inner.mean()) * (inner[:, :-1] - inner.mean())
    return NOISE if float(beside.mean()) < NOISE_CORRELATION * deviation**2 else ""


def fit_gate(
    features: np.ndarray,
    judged: np.ndarray,
    layers: Sequence[str],
    components: int,
    accepted: float,
    not_fractured: np.ndarray | None = None,
) -> dict[str, Any]:
    """Fit the distance to training features.

    Args:
        features: (N, F) of the training radiographs.
        judged: (M, F) of radiographs the network was not trained on; the threshold accepts a share `accepted` of them,
            or reaches twice as far as the farthest of them where they are few.
        layers: where the features come from.
        components: how many principal axes are kept, at most; fewer for few training radiographs.
        not_fractured: (K,) logits of judged radiographs without a fracture; without them none is spared.

    Returns:
        The card's `gate`.
    """
    components = min(components, max(1, len(features) // 4))
    mean = features.mean(axis=0, dtype=np.float64)
    scale = np.maximum(features.std(axis=0, dtype=np.float64), SCALE_FLOOR)
    centred = (features.astype(np.float64) - mean) / scale
    _, singular, rows = np.linalg.svd(centred, full_matrices=False)
    deviations = np.maximum(singular[:components] / np.sqrt(max(1, len(features) - 1)), RESIDUAL_FLOOR)
    kept = rows[:components]
    left_over = centred - (centred @ kept.T) @ kept
    residual = np.sqrt((left_over**2).sum(axis=1).mean() / max(1, features.shape[1] - components))
    card = {
        "method": "Mahalanobis distance in principal components, with a residual term",
        "layers": list(layers),
        "mean": [float(f"{v:.6g}") for v in mean],
        "scale": [float(f"{v:.6g}") for v in scale],
        "axes": [[float(f"{v:.6g}") for v in row] for row in kept / deviations[:, np.newaxis]],
        "residual": float(max(residual, RESIDUAL_FLOOR)),
        "accepted": accepted,
        "threshold": float("inf"),
    }
    distances = Gate.from_card(card).distances(judged)
    threshold = np.quantile(distances, accepted) if len(judged) >= FEW else 2.0 * distances.max()
    card["threshold"] = float(threshold)
    if not_fractured is not None and len(not_fractured):
        level = float(np.quantile(not_fractured, SPARED_SHARE))
        card["spared"] = {"logit": level, "threshold": float(SPARED_REACH * threshold)}
    return card
