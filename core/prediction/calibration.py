"""From a network's logit to a probability, as the card says. Fitting: `core.statistics.calibration`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def probabilities(logits: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
    """Apply a calibration map.

    Args:
        logits: (N,) float, as *fractured*.
        calibration: `{"method": "logistic", "slope": a, "intercept": b}`, the sigmoid of a * logit + b (a temperature
            of 1 / a and a shift of the prior; Platt 1999, Guo et al. 2017, arXiv:1706.04599), or
            `{"method": "isotonic", "logits": [...], "probabilities": [...]}`, linear between the points.

    Returns:
        (N,) float64 in [0, 1].

    Raises:
        ValueError: no such method.
    """
    values: np.ndarray = np.asarray(logits, np.float64)
    if calibration["method"] == "logistic":
        moved: np.ndarray = np.clip(calibration["slope"] * values + calibration["intercept"], -60.0, 60.0)
        return np.asarray(1.0 / (1.0 + np.exp(-moved)))
    if calibration["method"] == "isotonic":
        return np.asarray(np.interp(values, calibration["logits"], calibration["probabilities"]))
    raise ValueError(f"the calibration method must be logistic or isotonic, but is {calibration['method']!r}")
