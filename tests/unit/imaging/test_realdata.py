"""Real files: real damage, and what DICOM writers really write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.domain import Radiograph, Refusal
from core.imaging.archive import walk
from tests.unit.imaging.helpers import LIMITS, open_radiographs

pytestmark = pytest.mark.realdata
LOSSLESS = ("RLE", "JPLL", "JLSL", "J2KR")
LOSSY = ("JPLY", "JLSN", "J2KI")


def read(path: Path) -> Radiograph | Refusal:
    (found,) = open_radiographs(path.name, path, LIMITS, b"salt")
    return found


def lower_leg(real_data: Path, encoding: str) -> Radiograph:
    return read(real_data / "dicom" / f"lower-leg-mono1-{encoding}.dcm")


def test_every_truncated_radiograph_is_refused(real_data):
    found = [read(path) for _, path in walk([real_data / "fracatlas" / "truncated"])]
    assert len(found) == 54
    assert all(isinstance(item, Refusal) and "cut short" in item.reason for item in found)


def test_every_whole_radiograph_is_taken(real_data):
    found = [read(path) for _, path in walk([real_data / "fracatlas" / "test"])]
    assert len(found) == 509
    assert all(isinstance(item, Radiograph) and item.format == "JPEG" for item in found)


@pytest.mark.parametrize("encoding", LOSSLESS)
def test_lossless_encodings_of_one_leg_are_bit_equal(real_data, encoding):
    leg, first = lower_leg(real_data, encoding), lower_leg(real_data, LOSSLESS[0])
    np.testing.assert_array_equal(leg.pixels, first.pixels)
    assert leg.window == first.window
    assert (leg.pixels.shape, leg.pixels.dtype, leg.bit_depth) == ((1760, 1760), np.uint16, 10)


@pytest.mark.parametrize("encoding", LOSSY)
def test_lossy_encodings_of_one_leg_come_out_alike(real_data, encoding):
    leg, first = lower_leg(real_data, encoding), lower_leg(real_data, LOSSLESS[0])
    assert np.abs(leg.pixels.astype(int) - first.pixels).mean() <= 0.01 * 1023
    assert leg.window == first.window


def test_facts_of_the_leg(real_data):
    facts = lower_leg(real_data, "J2KR").dicom
    assert (facts.modality, facts.body_part, facts.view, facts.laterality) == ("CR", "EXTREMITY", "AP", "R")
    assert facts.study and facts.series and facts.study != facts.series


@pytest.mark.parametrize(
    ("name", "bone", "air"),  # boxes as (top, bottom, left, right), in shares
    [
        ("lower-leg-mono1-J2KR", (0.3, 0.5, 0.46, 0.50), (0.3, 0.5, 0.28, 0.33)),
        ("hip-mono2-J2KI", (0.35, 0.45, 0.45, 0.55), (0.8, 0.95, 0.15, 0.6)),
        ("teeth-mono1-modality-lut", (0.6, 0.7, 0.35, 0.65), (0.3, 0.4, 0.45, 0.47)),
    ],
)
def test_bone_is_bright(real_data, name, bone, air):
    pixels = read(real_data / "dicom" / f"{name}.dcm").pixels
    height, width = pixels.shape

    def median(top: float, bottom: float, left: float, right: float) -> float:
        return float(
            np.median(pixels[int(top * height) : int(bottom * height), int(left * width) : int(right * width)])
        )

    assert median(*bone) > median(*air) + 100


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cut-short", "cut short"),
        ("header-only-elbow", "header only"),
        ("multiframe-mr", r"magnetic resonance image (MR) of 16 frames"),
    ],
)
def test_broken_and_other_files_are_refused(real_data, name, words):
    refusal = read(real_data / "dicom" / f"{name}.dcm")
    assert isinstance(refusal, Refusal) and words in refusal.reason


def test_every_other_dicom_file_is_taken(real_data):
    found = [read(path) for _, path in walk([real_data / "dicom"])]
    assert len(found) == 15
    assert sum(isinstance(item, Radiograph) for item in found) == 12
