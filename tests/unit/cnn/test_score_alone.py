"""Without saliency the network is asked for less and says the same."""

from __future__ import annotations

import numpy as np
import pytest

from core.cnn.gradcam import GradCam
from core.cnn.networks import NETWORKS, Network, build


@pytest.mark.parametrize("network", [Network.REFERENCE, Network.COMPACT])
def test_the_score_is_the_same_with_and_without_saliency(network: Network) -> None:
    spec = NETWORKS[network].input
    images = np.random.default_rng(0).random((3, spec.size, spec.size, spec.channels), np.float32)
    cam = GradCam(build(network), NETWORKS[network].saliency_layer)
    explained, scored = cam(images), cam(images, saliency=False)
    np.testing.assert_allclose(scored.logits, explained.logits, atol=1e-5)
    np.testing.assert_allclose(scored.features, explained.features, atol=1e-5)
    assert explained.heatmaps.shape[0] == scored.heatmaps.shape[0] == 3
    assert not scored.heatmaps.any() and not scored.has_evidence.any()
