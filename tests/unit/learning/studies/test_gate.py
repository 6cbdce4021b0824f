"""What a gate declines is counted by kind of picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.card import GateStudy, read, to_document
from core.cnn.engine import classifier_of
from core.config import Limits
from core.errors import DatasetError
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.studies import gate
from tests.phantoms import class_folders, encode
from tests.unit.cnn.helpers import brightness_network, version_of


@pytest.fixture(scope="module")
def subject() -> MeasuredVersion:
    """A version whose gate has its checks of the pixels alone."""
    network = brightness_network()
    model = version_of(network, "evidence", gate={"layers": ["evidence"]})
    return MeasuredVersion(model, network, classifier_of(model, network))


def test_the_gate_is_counted_by_kind_of_picture(subject: MeasuredVersion, tmp_path: Path) -> None:
    bones = class_folders(tmp_path / "bones", {"test": 3})
    (bones / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    walls = tmp_path / "walls"
    walls.mkdir()
    (walls / "white.png").write_bytes(encode(np.full((80, 90), 250, np.uint8), "PNG"))
    found = gate.measure_gate(subject, [bones, walls], Limits())
    assert read(GateStudy, json.loads(json.dumps(to_document(found), allow_nan=False))) == found
    measured = found.measured
    assert list(measured) == ["bones", "walls", "noise", "blank"]
    assert (measured["bones"].n, measured["bones"].declined, measured["bones"].n_unreadable) == (6, 0.0, 1)
    assert (measured["walls"].n, measured["walls"].declined) == (1, 1.0)
    assert (measured["blank"].n, measured["blank"].declined) == (gate.MADE, 1.0)
    assert measured["noise"].n == gate.MADE and measured["noise"].declined > 0
    low, high = measured["bones"].declined_ci
    assert low == 0.0 and high == pytest.approx(0.390, abs=1e-3)  # Wilson, none of six


def test_folders_for_the_gate_hold_files_and_have_names_of_their_own(subject: MeasuredVersion, tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "chest").mkdir(parents=True)
    with pytest.raises(DatasetError, match="different names"):
        gate.measure_gate(subject, [tmp_path / "a" / "chest", tmp_path / "b" / "chest"], Limits())
    (tmp_path / "noise").mkdir()
    with pytest.raises(DatasetError, match="none of them noise or blank"):
        gate.measure_gate(subject, [tmp_path / "noise"], Limits())
    with pytest.raises(DatasetError, match="holds no file"):
        gate.measure_gate(subject, [tmp_path / "a" / "chest"], Limits())
