"""DICOM radiographs: the right grey values, only the allowed facts, and everything else refused as what it is."""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from core.domain import DicomAttributes, Window
from core.errors import FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.decode import decode
from core.imaging.dicom import read as reader
from core.imaging.overlay import display
from tests import phantoms
from tests.unit.imaging.helpers import LIMITS, bone, read

pytestmark = pytest.mark.filterwarnings(
    "ignore:::pydicom"
)  # which `core.imaging.dicom.read` does itself, outside pytest
LOSSLESS = ["RAW", "IMPLICIT", "BIG-ENDIAN", "RLE", "JPEG-LOSSLESS", "JPEG-LS", "JPEG2000"]


def code(meaning: str) -> Dataset:
    item = Dataset()
    item.CodeMeaning = meaning
    return item


@pytest.mark.parametrize("encoding", LOSSLESS)
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_lossless_encodings_give_the_very_pixels(encoding, bits):
    pixels = bone(bits)
    radiograph = read(phantoms.dicom(pixels, encoding=encoding, BitsStored=bits))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert (radiograph.format, radiograph.bit_depth) == ("DICOM", bits)


@pytest.mark.parametrize(("encoding", "bits"), [("JPEG", 8), ("JPEG-EXTENDED", 12)])
def test_lossy_encodings_come_close(encoding, bits):
    radiograph = read(phantoms.dicom(bone(bits), encoding=encoding, BitsStored=bits))
    difference = np.abs(radiograph.pixels.astype(int) - bone(bits))
    assert difference.mean() < 0.01 * 2**bits


def test_a_lossy_codec_that_overshoots_makes_no_specks():
    sharp = np.zeros((64, 64), np.uint16)
    sharp[20:44:2] = 1023  # ten bits in a twelve-bit stream rings beyond 1023
    radiograph = read(phantoms.dicom(sharp, encoding="JPEG-EXTENDED", BitsStored=10))
    assert radiograph.pixels.max() == 1023
    assert np.abs(radiograph.pixels.astype(int) - sharp).max() < 200


@pytest.mark.parametrize("bits", [8, 12])
def test_without_preamble_and_meta_group(bits):
    np.testing.assert_array_equal(read(phantoms.dicom(bone(bits), preamble=False)).pixels, bone(bits))
    np.testing.assert_array_equal(
        read(phantoms.dicom(bone(bits), preamble=False, encoding="IMPLICIT")).pixels, bone(bits)
    )


def test_a_preamble_that_looks_like_a_tiff_is_still_dicom():
    assert read(b"II*\0" + phantoms.dicom(bone())[4:]).format == "DICOM"


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


def test_facts_are_the_allowed_ones_and_nothing_else():
    data = phantoms.dicom(
        bone(), BodyPartExamined=" hand ", ViewPosition="AP", ImageLaterality="L", PatientName="Doe^Jane",
        InstitutionName="St. Elsewhere", PatientComments="fell off a horse",
    )  # fmt: skip
    radiograph = read(data, salt=b"salt")
    facts = radiograph.facts
    assert (facts.modality, facts.body_part, facts.view, facts.laterality) == ("CR", "HAND", "AP", "L")
    for secret in ("Doe", "Jane", "PHANTOM", "19010203", "Elsewhere", "horse", "1.2.826"):
        assert secret not in repr(radiograph)


def test_pseudonyms_are_salted_and_told_apart():
    data = phantoms.dicom(bone())
    facts = read(data, salt=b"one").facts
    assert facts == read(data, salt=b"one").facts
    assert facts.study != facts.series != read(data, salt=b"two").facts.series
    assert len(facts.study) == 16
    assert (read(data).facts.study, read(data).facts.series) == (None, None)
    assert read(phantoms.dicom(bone(), drop=("StudyInstanceUID",)), salt=b"one").facts.study is None


@pytest.mark.parametrize("value", ["see report: J. Doe, born 1901", "X" * 40, "HAND\\FOOT", "Händ", "<b>HAND</b>", ""])
def test_implausible_text_is_no_fact(value):
    facts = read(phantoms.dicom(bone(), BodyPartExamined=value, ViewPosition=value, Laterality="up")).facts
    assert facts == DicomAttributes(modality="CR")


def test_coded_region_and_view_stand_in():
    facts = read(
        phantoms.dicom(
            bone(), drop=("BodyPartExamined",), AnatomicRegionSequence=[code("Elbow")],
            ViewCodeSequence=[code("antero-posterior")], Laterality="R",
        )
    ).facts  # fmt: skip
    assert (facts.body_part, facts.view, facts.laterality) == ("ELBOW", "ANTERO-POSTERIOR", "R")


def test_warnings_for_the_reader():
    assert read(phantoms.dicom(bone(), BurnedInAnnotation="NO")).warnings == ()
    assert read(phantoms.dicom(bone(), BurnedInAnnotation="YES")).warnings == (reader.BURNED_IN,)
    raw = phantoms.dicom(bone(), Modality="DX", SOPClassUID=phantoms.DX, PresentationIntentType="FOR PROCESSING")
    assert read(raw).warnings == (reader.FOR_PROCESSING,)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"Modality": "MR", "SOPClassUID": phantoms.MR}, r"a magnetic resonance image \(MR\)"),
        ({"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, r"a computed tomography image \(CT\)"),
        ({"Modality": "MG", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2"}, r"a mammogram \(MG\)"),
        ({"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, r"\(OT\)"),
        ({"Modality": "ZZ9"}, r"another modality \(ZZ9\)"),
        ({"Modality": "CR", "SOPClassUID": phantoms.MR}, "MR Image Storage"),
        ({"Modality": "", "SOPClassUID": phantoms.MR}, "MR Image Storage"),
        ({"SOPClassUID": "1.2.840.10008.1.3.10", "Modality": ""}, "DICOMDIR"),
        ({"Modality": "", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "Secondary Capture"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "a colour picture"),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "a colour picture"),
    ],
)
def test_other_kinds_are_refused_as_what_they_are(tags, words):
    with pytest.raises(UnsupportedFileError, match=words):
        read(phantoms.dicom(bone(), **tags))


@pytest.mark.parametrize(
    "tags",
    [
        {"Modality": "DX", "SOPClassUID": phantoms.DX},
        {"Modality": "RG", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
        {"Modality": "", "SOPClassUID": phantoms.DX},
        {"Modality": "CR", "drop": ("SOPClassUID",)},
    ],
)
def test_projection_radiographs_are_taken(tags):
    assert read(phantoms.dicom(bone(), **tags)).format == "DICOM"


def test_several_frames_are_refused():
    frames = np.stack([bone()] * 3)
    with pytest.raises(UnsupportedFileError, match="multi-frame DICOM file of 3 frames"):
        read(phantoms.dicom(frames))
    with pytest.raises(UnsupportedFileError, match=r"\(MR\) of 3 frames"):
        read(phantoms.dicom(frames, Modality="MR", SOPClassUID=phantoms.MR))
    assert read(phantoms.dicom(bone()[np.newaxis])).height == 48


@pytest.mark.parametrize("encoding", ["RAW", "IMPLICIT", "RLE", "JPEG2000", "JPEG-LS", "JPEG-LOSSLESS"])
def test_header_only_and_cut_short(encoding):
    with pytest.raises(UnreadableFileError, match="header only"):
        read(phantoms.dicom(bone(12), encoding=encoding, BitsStored=12, header_only=True))
    data = phantoms.dicom(bone(12), encoding=encoding, BitsStored=12)
    for cut in (1, 2, 8, 9, 100, len(data) // 2, len(data) - 400, len(data) - 140):
        with pytest.raises(RefusedFileError):
            read(data[:-cut])
    with pytest.raises(UnreadableFileError, match="cut short"):
        read(data[: -len(data) // 3])


def test_a_picture_smaller_than_its_header_says():
    with pytest.raises(UnreadableFileError, match="cut short"):
        read(phantoms.dicom(bone(), Rows=480))
    for encoding in ("JPEG2000", "JPEG-LS", "JPEG-LOSSLESS", "RLE"):
        with pytest.raises(UnreadableFileError):
            read(phantoms.dicom(bone(12), encoding=encoding, BitsStored=12, Columns=41))


@pytest.mark.parametrize("allocated", [1, 12, 32])
def test_other_depths_are_refused(allocated):
    with pytest.raises(UnsupportedFileError, match="8 to 16 bits"):
        read(phantoms.dicom(bone(), BitsAllocated=allocated, BitsStored=allocated))


def test_limits_are_checked_before_memory_is_taken(peak_memory):
    with pytest.raises(FileLimitError, match="40 x 48 pixels"):
        decode(phantoms.dicom(bone()), "x", replace(LIMITS, pixels=1000))
    with peak_memory(8):
        for encoding in ("RAW", "JPEG2000"):
            with pytest.raises(FileLimitError):
                decode(phantoms.dicom(bone(), encoding=encoding, Rows=60_000, Columns=60_000), "x", LIMITS)


def test_a_codestream_that_claims_to_be_huge_is_not_decoded(peak_memory):
    data = bytearray(phantoms.dicom(bone(12), encoding="JPEG2000", BitsStored=12))
    at = data.index(b"\xff\x4f\xff\x51") + 8
    data[at : at + 8] = (60_000).to_bytes(4, "big") * 2
    with peak_memory(8), pytest.raises(UnreadableFileError, match="not what its header says"):
        read(bytes(data))


def test_deflated_files_are_refused_unopened():
    with pytest.raises(UnsupportedFileError, match="deflated"):
        read(phantoms.dicom(bone(), encoding="DEFLATED"))


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


def test_nothing_of_a_patient_is_logged(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    odd = {"PatientBirthDate": "Doe, Jane", "PatientAge": "Jane Doe is forty", "StudyInstanceUID": "Jane.Doe"}
    for data in (phantoms.dicom(bone(), **odd), phantoms.dicom(bone(), **odd)[:-100]):
        with contextlib.suppress(RefusedFileError):
            decode(data, "jane-doe.dcm", LIMITS)
    heard = caplog.text + "".join(capfd.readouterr())
    assert "doe" not in heard.lower()
