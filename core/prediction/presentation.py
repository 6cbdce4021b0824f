"""Whether a radiograph is presented inverted, or turned by a quarter: neither was trained on, and neither is read well.

Linear probes of the gate's features (Alain and Bengio 2016, arXiv:1610.01644), fitted on training radiographs as they
are and changed on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from core.card import GateParameters, PresentationProbe
from core.domain import Presentation, Radiograph, Window
from core.prediction.gate import FEW, SCALE_FLOOR

STRENGTH = 0.01  # inverse strength of the probe's L2 penalty, on scaled features
ACCEPTED = 0.99  # of tuning radiographs as they should be, the share at least that the probe leaves alone
FOUND = 0.95  # of changed ones, the share that is enough: where the two lie far apart, unlike radiographs lie between
DIGITS = ".6g"


def invert(radiograph: Radiograph) -> Radiograph:
    """The same radiograph with bones dark on a bright ground."""
    top, window = np.iinfo(radiograph.pixels.dtype).max, radiograph.window
    return replace(radiograph, pixels=top - radiograph.pixels, window=Window(top - window.high, top - window.low))


def turn(radiograph: Radiograph, quarters: int) -> Radiograph:
    """The same radiograph turned counter-clockwise by so many quarters."""
    return replace(radiograph, pixels=np.ascontiguousarray(np.rot90(radiograph.pixels, quarters)))


# What is done on purpose, and what it makes of a radiograph. Upside down is as it should be: networks are trained so.
CHANGES: Mapping[str, tuple[Presentation | None, Callable[[Radiograph], Radiograph]]] = MappingProxyType(
    {
        "inverted": (Presentation.INVERTED, invert),
        "turned left": (Presentation.TURNED, lambda radiograph: turn(radiograph, 1)),
        "turned right": (Presentation.TURNED, lambda radiograph: turn(radiograph, 3)),
        "upside down": (None, lambda radiograph: turn(radiograph, 2)),
    }
)


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
    def from_card(cls, gate: GateParameters | None) -> Presentations:
        """From the card's gate; without probes where it has none."""
        probes = (gate.presentation if gate else None) or {}
        return cls(
            {kind: np.asarray(probe.weights, np.float64) for kind, probe in probes.items()},
            {kind: probe.threshold for kind, probe in probes.items()},
        )

    def __bool__(self) -> bool:
        return bool(self.weights)

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


def fit_weights(features: Mapping[Presentation | None, np.ndarray]) -> dict[Presentation, np.ndarray]:
    """The weights of one probe for each presentation, (F,) each.

    Args:
        features: (N, F) of training radiographs as they should be, under None, and of changed ones.
    """
    from sklearn.linear_model import LogisticRegression

    usual = features[None].astype(np.float64)
    mean, scale = usual.mean(axis=0), np.maximum(usual.std(axis=0), SCALE_FLOOR)
    weights = {}
    for kind in Presentation:
        both = (np.concatenate([usual, features[kind]]) - mean) / scale
        labels = np.repeat([0, 1], [len(usual), len(features[kind])])
        fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000).fit(both, labels)
        weights[kind] = np.array([float(format(weight, DIGITS)) for weight in fitted.coef_[0] / scale])
    return weights


def choose_thresholds(
    weights: Mapping[Presentation, np.ndarray], features: Mapping[Presentation | None, np.ndarray]
) -> Presentations:
    """Complete the probes on radiographs that the network was not trained on.

    Args:
        features: as for `fit_weights`.
    """
    thresholds = {}
    for kind, values in weights.items():
        usual, changed = np.quantile(features[None] @ values, ACCEPTED), np.quantile(features[kind] @ values, 1 - FOUND)
        thresholds[kind] = float(max(usual, changed))
    return Presentations(weights, thresholds)


def as_card(probes: Presentations) -> dict[Presentation, PresentationProbe]:
    """The card's `gate.presentation`."""
    return {
        kind: PresentationProbe(weights=tuple(values.tolist()), threshold=probes.thresholds[kind])
        for kind, values in probes.weights.items()
    }


def are_enough(n_judged: int) -> bool:
    """Whether the quantiles of so many tuning radiographs say something of radiographs to come."""
    return n_judged >= FEW
