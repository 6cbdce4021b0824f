"""Logit to probability, as the card says."""

from __future__ import annotations

import numpy as np
import pytest

from core.card import Calibration, CalibrationMethod, read
from core.prediction.calibration import probabilities


def test_a_temperature_and_a_shift() -> None:
    card = Calibration(method=CalibrationMethod.LOGISTIC, slope=0.5, intercept=-1.0)
    found = probabilities(np.array([0.0, 2.0, -4.0]), card)
    np.testing.assert_allclose(found, [1 / (1 + np.e), 0.5, 1 / (1 + np.exp(3.0))])


def test_far_logits_stay_numbers() -> None:
    found = probabilities(
        np.array([-1e6, 1e6]), Calibration(method=CalibrationMethod.LOGISTIC, slope=2.0, intercept=0.0)
    )
    np.testing.assert_allclose(found, [0, 1], atol=1e-12)


def test_isotonic_is_linear_between_its_points_and_flat_beyond() -> None:
    corners = {"logits": (-1.0, 0.0, 2.0), "probabilities": (0.1, 0.3, 0.9)}
    card = Calibration(method=CalibrationMethod.ISOTONIC, **corners)
    found = probabilities(np.array([-5.0, -0.5, 0.0, 1.0, 9.0]), card)
    np.testing.assert_allclose(found, [0.1, 0.2, 0.3, 0.6, 0.9])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"method": "beta"}, "method must be one of logistic, isotonic, but is 'beta'"),
        ({"method": "logistic", "slope": 1.0}, "slope and intercept"),
        ({"method": "logistic", "slope": "1", "intercept": 0.0}, "slope must be a finite number"),
        ({"method": "isotonic", "logits": [], "probabilities": []}, "at least one"),
        ({"method": "isotonic", "logits": [0.0, 1.0], "probabilities": [0.5]}, "as many logits as probabilities"),
        ({"method": "isotonic", "logits": [0.0], "probabilities": [1.5]}, r"probabilities\[0\] must lie in \[0, 1\]"),
    ],
)
def test_what_cannot_be_applied_is_refused(document: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(Calibration, document)
