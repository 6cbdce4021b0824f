"""From a network's logit to a probability, as the card says. Fitting: `core.learning.training.fit_calibration`."""

from __future__ import annotations

import numpy as np

from core.card import Calibration, CalibrationMethod


def probabilities(logits: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Apply a calibration map.

    Args:
        logits: (N,) float, as *fractured*.
        calibration: logistic is the sigmoid of slope * logit + intercept (a temperature of 1 / slope and a shift of the
            prior; Platt 1999, Guo et al. 2017, arXiv:1706.04599); isotonic is linear between its corners.

    Returns:
        (N,) float64 in [0, 1].
    """
    values = np.asarray(logits, np.float64)
    if calibration.method is CalibrationMethod.ISOTONIC:
        return np.asarray(np.interp(values, calibration.logits or (), calibration.probabilities or ()))
    slope, intercept = calibration.slope or 0.0, calibration.intercept or 0.0
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(slope * values + intercept, -60.0, 60.0))))
