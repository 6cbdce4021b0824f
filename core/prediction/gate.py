"""The gate: pictures that are no bone radiographs get a reason instead of a probability.

Cheap checks on the pixels come first (blank, noise), then the distance of the network's own features from those of the
radiographs it was trained on: see `Gate.distances`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.card import GateParameters, SparedLevel
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
    def from_card(cls, parameters: GateParameters | None) -> Gate:
        """The checks that a card describes; without parameters the cheap ones alone.

        Raises:
            ValueError: they are of an earlier form, which can no longer be applied.
        """
        if parameters is None or (parameters.layers is None and parameters.mean is None):
            return cls()
        if parameters.layers is None:
            raise ValueError("its gate is of an earlier form, which reads one layer; train the version again")
        if parameters.mean is None or parameters.residual is None or parameters.threshold is None:
            return cls(parameters.layers)
        spared = parameters.spared
        return cls(
            layers=parameters.layers,
            mean=np.asarray(parameters.mean, np.float64),
            axes=np.asarray(parameters.axes, np.float64),
            residual=parameters.residual,
            threshold=parameters.threshold,
            spared_logit=spared.logit if spared else np.inf,
            spared_threshold=spared.threshold if spared else np.inf,
            scale=np.asarray(parameters.scale, np.float64),
        )

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
) -> GateParameters:
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
    parameters = GateParameters(
        method="Mahalanobis distance in principal components, with a residual term",
        layers=tuple(layers),
        mean=_rounded(mean),
        scale=_rounded(scale),
        axes=tuple(map(_rounded, kept / deviations[:, np.newaxis])),
        residual=float(max(residual, RESIDUAL_FLOOR)),
        accepted=accepted,
        threshold=np.inf,
    )
    distances = Gate.from_card(parameters).distances(judged)
    threshold = float(np.quantile(distances, accepted) if len(judged) >= FEW else 2.0 * distances.max())
    spared = None
    if not_fractured is not None and len(not_fractured):
        level = float(np.quantile(not_fractured, SPARED_SHARE))
        spared = SparedLevel(logit=level, threshold=SPARED_REACH * threshold)
    return replace(parameters, threshold=threshold, spared=spared)


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    """To the six digits with which a card holds them."""
    return tuple(float(f"{value:.6g}") for value in values)
