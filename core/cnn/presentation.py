"""Whether a radiograph is presented inverted, or turned by a quarter: neither was trained on, and neither is read well.

A linear probe of the gate's features (Alain and Bengio 2016, arXiv:1610.01644), fitted on training radiographs as they
are and changed on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Presentation, Radiograph, Window

STRENGTH = 0.01  # inverse strength of the probe's L2 penalty, on scaled features
ACCEPTED = 0.99  # of tuning radiographs as they are, the share at least that the probe leaves alone
FOUND = 0.95  # of changed ones, the share that is enough: where the two lie far apart, unlike radiographs lie between
FEWEST = 100  # tuning radiographs, below which their quantile says little of radiographs to come
SCALE_FLOOR = 1e-6  # for a feature that is the same on every radiograph
DIGITS = ".6g"


def change(radiograph: Radiograph, to: Presentation) -> Radiograph:
    """The same radiograph with bones dark on a bright ground, or turned by a quarter."""
    pixels = radiograph.pixels
    if to is Presentation.TURNED:
        return replace(radiograph, pixels=np.ascontiguousarray(np.rot90(pixels)))
    top, window = np.iinfo(pixels.dtype).max, radiograph.window
    return replace(radiograph, pixels=top - pixels, window=Window(top - window.high, top - window.low))


@dataclass(frozen=True, eq=False)
class Presentations:
    """The probes of one model version.

    Attributes:
        weights: by presentation (F,), of the gate's features as they are.
        thresholds: above which the weighted sum says that it is so.
    """

    weights: Mapping[Presentation, np.ndarray]
    thresholds: Mapping[Presentation, float]

    @classmethod
    def from_card(cls, gate: Mapping | None) -> Presentations:
        """From the card's `gate`; without probes where it has none."""
        probes = (gate or {}).get("presentation", {})
        named = {Presentation(name): probe for name, probe in probes.items()}
        weights = {kind: np.asarray(probe["weights"], np.float64) for kind, probe in named.items()}
        return cls(weights, {kind: float(probe["threshold"]) for kind, probe in named.items()})

    def of(self, features: np.ndarray) -> list[Presentation | None]:
        """What each radiograph looks like, the surest where both probes say so; None where it looks as it should.

        Args:
            features: (N, F), see `Gate`.
        """
        if not self.weights:
            return [None] * len(features)
        kinds = list(self.weights)
        beyond = np.stack([features @ self.weights[kind] - self.thresholds[kind] for kind in kinds], axis=1)
        return [kinds[int(row.argmax())] if row.max() > 0 else None for row in beyond]


def fit_presentations(
    features: np.ndarray,
    changed: Mapping[Presentation, np.ndarray],
    judged: np.ndarray,
    judged_changed: Mapping[Presentation, np.ndarray],
) -> dict:
    """Fit one probe for each change.

    Args:
        features: (N, F) of training radiographs as they are.
        changed: (M, F) of training radiographs that were changed on purpose, by what was done.
        judged: (K, F) of radiographs the network was not trained on, which set the threshold.
        judged_changed: (L, F) of such, changed.

    Returns:
        The card's `gate.presentation`: `weights` and `threshold` by change; empty where too few are judged.
    """
    from sklearn.linear_model import LogisticRegression

    if len(judged) < FEWEST:
        return {}
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), SCALE_FLOOR)
    probes = {}
    for kind, those in changed.items():
        both = (np.concatenate([features, those]) - mean) / scale
        labels = np.repeat([0, 1], [len(features), len(those)])
        fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000).fit(both, labels)
        weights = np.array([float(format(weight, DIGITS)) for weight in fitted.coef_[0] / scale])
        sums, changed_sums = judged @ weights, judged_changed[kind] @ weights
        threshold = float(max(np.quantile(sums, ACCEPTED), np.quantile(changed_sums, 1 - FOUND)))
        probes[str(kind)] = {"weights": weights.tolist(), "threshold": threshold}
    return probes
