"""One model version, loaded: from radiographs to predictions with probability, band, heatmap and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.card import HIGH_SENSITIVITY, HIGH_SPECIFICITY, ModelVersion
from core.domain import Band, Heatmap, Prediction, Radiograph
from core.errors import DamagedModelError
from core.imaging.preprocess import Geometry, batch, fit, preprocess
from core.prediction.calibration import probabilities
from core.prediction.engine import Engine, EngineOutput
from core.prediction.gate import UNLIKE, Gate
from core.prediction.presentation import Presentations

MAX_LOGIT = 60.0  # beyond it a sigmoid is 0 or 1 to the last bit that matters, and its exponential might overflow


@dataclass(frozen=True, eq=False)
class Prepared:
    """A radiograph as the network reads it: (size, size) float32 in [0, 1], and where it lies in that square."""

    image: np.ndarray
    geometry: Geometry


class Classifier:
    """Scores and explains radiographs with one model version. `prepare` is thread-safe.

    Args:
        model: the version and its card.
        engine: of the version's network.

    Raises:
        DamagedModelError: the card cannot be used, or describes another input than the engine's.
    """

    def __init__(self, model: ModelVersion, engine: Engine) -> None:
        card = model.card
        self.spec, self._calibration = card.input, card.calibration
        try:
            self.threshold_low = card.point(HIGH_SENSITIVITY).threshold
            self.threshold_high = card.point(HIGH_SPECIFICITY).threshold
            self._gate = Gate.from_card(card.gate)
            self._presentations = Presentations.from_card(card.gate)
            expected = (None, self.spec.size, self.spec.size, self.spec.channels)
            if engine.input_shape != expected:
                raise ValueError(f"it describes an input of {expected}, but the network's is {engine.input_shape}")
            if not self.threshold_low <= self.threshold_high:
                raise ValueError(f"its thresholds are {self.threshold_low} and {self.threshold_high}")
        except ValueError as error:
            raise unusable_card(model, error) from error
        self._engine = engine
        self.version, self.sha256 = model.version, model.sha256
        self.notes_presentation = bool(self._presentations)

    def prepare(self, radiograph: Radiograph) -> Prepared:
        """Preprocess one radiograph."""
        image = preprocess(radiograph.pixels, radiograph.window, self.spec)
        return Prepared(image, fit(radiograph.width, radiograph.height, self.spec))

    def explain(self, prepared: Sequence[Prepared], saliency: bool = True) -> EngineOutput:
        """The raw figures of a batch: logits, heatmaps on the network's grid, features."""
        return self._engine(batch([item.image for item in prepared], self.spec), saliency)

    def predict(self, prepared: Sequence[Prepared], heatmaps: bool = True, saliency: bool = True) -> list[Prediction]:
        """Score, calibrate, gate and explain a batch.

        Args:
            prepared: from `prepare`, at least one.
            heatmaps: False leaves `Prediction.heatmap` out; the saliency peak is given either way.
            saliency: False leaves the peak out as well, so that the network is not asked for it.
        """
        return self.conclude(prepared, self.explain(prepared, saliency), heatmaps and saliency)

    def conclude(
        self, prepared: Sequence[Prepared], explained: EngineOutput, heatmaps: bool = True
    ) -> list[Prediction]:
        """From the raw figures of a batch to its predictions.

        Raises:
            DamagedModelError: the network gives no number, which would lie in no band.
        """
        if not np.all(np.isfinite(explained.logits)):
            raise DamagedModelError(f"The network of {self.version} does not give a number. Restore or retrain it.")
        scores = 1.0 / (1.0 + np.exp(-np.clip(explained.logits, -MAX_LOGIT, MAX_LOGIT)))
        calibrated = probabilities(explained.logits, self._calibration)
        reasons = self._gate.reasons(
            [item.image for item in prepared], [i.geometry for i in prepared], explained.features, explained.logits
        )
        presented = self._presentations.of(explained.features)
        predictions = []
        for index, item in enumerate(prepared):
            reason, evident = reasons[index], bool(explained.has_evidence[index])
            probability = None if reason else float(calibrated[index])
            values = explained.heatmaps[index]
            predictions.append(
                Prediction(
                    model_version=self.version,
                    model_sha256=self.sha256,
                    score=float(scores[index]),
                    probability=probability,
                    band=Band.of(probability, self.threshold_low, self.threshold_high),
                    threshold_low=self.threshold_low,
                    threshold_high=self.threshold_high,
                    saliency_xy=peak(values, item.geometry) if evident else None,
                    heatmap=Heatmap(values, evident, self.version) if heatmaps else None,
                    reason=reason,
                    presentation=presented[index] if reason in ("", UNLIKE) else None,
                )
            )
        return predictions


def unusable_card(model: ModelVersion, error: Exception) -> DamagedModelError:
    """What is raised where a card and its network do not belong together."""
    said = error if isinstance(error, ValueError) else repr(error)
    return DamagedModelError(f"The card of {model.version} cannot be used: {said}.")


def peak(values: np.ndarray, geometry: Geometry) -> tuple[int, int]:
    """The centre of a heatmap's highest cell, in the radiograph's pixels (x, y).

    Args:
        values: (h, w) over the square input.
    """
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    x = (column + 0.5) * geometry.size / values.shape[1] - geometry.left
    y = (row + 0.5) * geometry.size / values.shape[0] - geometry.top
    x, y = x * geometry.width / geometry.inner_width, y * geometry.height / geometry.inner_height
    return int(np.clip(x, 0, geometry.width - 1)), int(np.clip(y, 0, geometry.height - 1))
