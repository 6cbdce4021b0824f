"""From stored values to grey: polarity, windows, look-up tables and padding, as the standard has them."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from core.domain import Window
from core.errors import UnreadableFileError
from core.imaging.dicom import read as reader
from core.imaging.overlay import display
from tests import phantoms
from tests.unit.imaging.helpers import bone, read

pytestmark = pytest.mark.filterwarnings(
    "ignore:::pydicom"
)  # which `core.imaging.dicom.read` does itself, outside pytest


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "odd"),
    [
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME2", "INVERSE", True, True),
        ("MONOCHROME1", "IDENTITY", False, True),
    ],
)
def test_polarity(photometric, shape, inverted, odd):
    tags = {"PhotometricInterpretation": photometric, "WindowCenter": 1000, "WindowWidth": 601}
    if shape:
        tags["PresentationLUTShape"] = shape
    radiograph = read(phantoms.dicom(bone(12), BitsStored=12, **tags))
    np.testing.assert_array_equal(radiograph.pixels, 4095 - bone(12) if inverted else bone(12))
    low, high = 1000 - 0.5 - 300, 1000 - 0.5 + 300
    assert radiograph.window == (Window(4095 - high, 4095 - low) if inverted else Window(low, high))
    assert (reader.ODD_POLARITY in radiograph.warnings) == odd


def test_window_functions():
    def window(**tags) -> Window:
        return read(phantoms.dicom(bone(12), BitsStored=12, **tags)).window

    assert window(WindowCenter=2048, WindowWidth=4096) == Window(0, 4095)  # PS3.3 C.11.2.1.2.1
    assert window(WindowCenter=2048, WindowWidth=4096, VOILUTFunction="LINEAR_EXACT") == Window(0, 4096)
    assert window(WindowCenter=[100, 900], WindowWidth=["201", "50"]) == Window(-0.5, 199.5)
    assert window(WindowCenter=100, WindowWidth=1).low < window(WindowCenter=100, WindowWidth=1).high
    for useless in ({"WindowWidth": 100}, {"WindowCenter": 5, "WindowWidth": 0}, {"WindowCenter": 5}):
        assert window(**useless) == Window(0, 4095)
    assert window() == Window(0, 4095)


def test_a_window_that_shows_nothing_is_replaced():
    radiograph = read(phantoms.dicom(bone(12), BitsStored=12, WindowCenter=30_000, WindowWidth=100))
    assert radiograph.window == Window(0, 4095)
    assert reader.NO_WINDOW in radiograph.warnings


@pytest.mark.parametrize(
    "tags",
    [
        {"WindowCenter": 1100, "WindowWidth": 1500},
        {"WindowCenter": 1100, "WindowWidth": 1500, "VOILUTFunction": "LINEAR_EXACT"},
        {"WindowCenter": 1100, "WindowWidth": 1500, "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": 150, "WindowWidth": 900, "RescaleSlope": 0.5, "RescaleIntercept": -1024},
        {"WindowCenter": 3000, "WindowWidth": 3000, "RescaleSlope": 3, "RescaleIntercept": 100},
        {"VOILUTSequence": [phantoms.lut(200, (np.arange(2000) ** 2 // 100).astype(np.uint16))]},
        {"VOILUTSequence": [phantoms.lut(200, np.arange(2000) * 32)]},
        {"ModalityLUTSequence": [phantoms.lut(0, np.sqrt(np.arange(4096)) * 900)], "WindowCenter": 30_000,
         "WindowWidth": 40_000},
        {"ModalityLUTSequence": [phantoms.lut(0, np.sqrt(np.arange(4096)) * 900)],
         "VOILUTSequence": [phantoms.lut(1000, np.arange(50_000) ** 1.1 / 3)]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_what_is_shown_is_what_pydicom_computes(tags, photometric):
    data = phantoms.dicom(bone(12), BitsStored=12, PhotometricInterpretation=photometric, **tags)
    dataset = pydicom.dcmread(io.BytesIO(data))
    expected = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset).astype(float)
    every = np.arange(4096, dtype=np.uint16)
    span = apply_voi_lut(apply_modality_lut(every, dataset), dataset).astype(float)
    low, high = (0, 4095) if tags.get("VOILUTFunction") == "SIGMOID" else (span.min(), span.max())
    expected = (expected - low) / (high - low) * 255
    if photometric == "MONOCHROME1":
        expected = 255 - expected
    radiograph = read(data)
    shown = display(radiograph.pixels, radiograph.window)
    difference = np.abs(shown - expected)
    assert difference.max() <= 3 and difference.mean() < 1
    assert len(np.unique(radiograph.pixels)) > 0.5 * len(np.unique(bone(12)))  # full depth, not 256 greys


def test_signed_values():
    signed = bone(12).astype(np.int16) - 1000
    radiograph = read(phantoms.dicom(signed, BitsStored=16, WindowCenter=0, WindowWidth=2001))
    assert np.array_equal(radiograph.pixels.astype(int) - radiograph.pixels.min(), signed - signed.min())
    assert radiograph.window.low == pytest.approx(radiograph.pixels.min() + (-1000.5 - signed.min()))
    twelve = bone(8).astype(np.int16) * 8 - 1000
    packed = (twelve & 0x0FFF).astype(np.uint16)  # the high bits are somebody else's
    found = read(phantoms.dicom(packed | 0x3000, BitsStored=12, PixelRepresentation=1)).pixels
    np.testing.assert_array_equal(found, twelve + 2048)


def test_bits_beside_the_stored_ones_are_left_out():
    pixels = bone(10)
    noisy = pixels | np.uint16(0xFC00)
    np.testing.assert_array_equal(read(phantoms.dicom(noisy, BitsStored=10)).pixels, pixels)
    shifted = phantoms.dicom((pixels << 6) | np.uint16(0x15), BitsStored=10, HighBit=15)
    np.testing.assert_array_equal(read(shifted).pixels, pixels)


def test_pixel_padding_is_black_and_left_out_of_the_window():
    pixels = (20_000 + bone(12)).astype(np.uint16)
    pixels[:, :12] = 60_000
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        tags = {"PixelPaddingValue": 60_000, "PhotometricInterpretation": photometric}
        radiograph = read(phantoms.dicom(pixels, **tags))
        assert radiograph.pixels[:, :12].max() == 0
        assert radiograph.window.high - radiograph.window.low < 5_000
        assert display(radiograph.pixels, radiograph.window)[:, :12].max() == 0
    ranged = read(phantoms.dicom(pixels, PixelPaddingValue=59_000, PixelPaddingRangeLimit=61_000))
    assert ranged.pixels[:, :12].max() == 0
    signed = np.full((8, 8), -2000, np.int16)
    signed[4:] = 500
    assert read(phantoms.dicom(signed, PixelPaddingValue=-2000)).pixels[:4].max() == 0


@pytest.mark.parametrize(
    "tags",
    [
        {"RescaleSlope": "1e308", "RescaleIntercept": 0},
        {"RescaleSlope": "nan", "RescaleIntercept": 0},
        {"ModalityLUTSequence": [phantoms.lut(0, np.arange(0))]},
    ],
)
def test_transformations_that_make_no_sense_are_refused(tags):
    with pytest.raises(UnreadableFileError):
        read(phantoms.dicom(bone(), **tags))
