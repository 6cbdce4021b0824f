"""Logit to probability, as the card says."""

from __future__ import annotations

import numpy as np
import pytest

from core.prediction.calibration import probabilities


def test_a_temperature_and_a_shift() -> None:
    card = {"method": "logistic", "slope": 0.5, "intercept": -1.0}
    found = probabilities(np.array([0.0, 2.0, -4.0]), card)
    np.testing.assert_allclose(found, [1 / (1 + np.e), 0.5, 1 / (1 + np.exp(3.0))])


def test_far_logits_stay_numbers() -> None:
    found = probabilities(np.array([-1e6, 1e6]), {"method": "logistic", "slope": 2.0, "intercept": 0.0})
    np.testing.assert_allclose(found, [0, 1], atol=1e-12)


def test_isotonic_is_linear_between_its_points_and_flat_beyond() -> None:
    card = {"method": "isotonic", "logits": [-1.0, 0.0, 2.0], "probabilities": [0.1, 0.3, 0.9]}
    found = probabilities(np.array([-5.0, -0.5, 0.0, 1.0, 9.0]), card)
    np.testing.assert_allclose(found, [0.1, 0.2, 0.3, 0.6, 0.9])


def test_another_method_is_refused() -> None:
    with pytest.raises(ValueError, match="must be logistic or isotonic, but is 'beta'"):
        probabilities(np.zeros(1), {"method": "beta"})
