"""DICOM radiographs: every encoding gives the right pixels, and what is no radiograph is refused as what it is."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace

import numpy as np
import pytest

from core.errors import FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.decode import decode
from core.imaging.dicom import read as reader
from tests import phantoms
from tests.unit.imaging.helpers import LIMITS, bone, read

pytestmark = pytest.mark.filterwarnings(
    "ignore:::pydicom"
)  # which `core.imaging.dicom.read` does itself, outside pytest
LOSSLESS = ["RAW", "IMPLICIT", "BIG-ENDIAN", "RLE", "JPEG-LOSSLESS", "JPEG-LS", "JPEG2000"]


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


def test_nothing_of_a_patient_is_logged(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    odd = {"PatientBirthDate": "Doe, Jane", "PatientAge": "Jane Doe is forty", "StudyInstanceUID": "Jane.Doe"}
    for data in (phantoms.dicom(bone(), **odd), phantoms.dicom(bone(), **odd)[:-100]):
        with contextlib.suppress(RefusedFileError):
            decode(data, "jane-doe.dcm", LIMITS)
    heard = caplog.text + "".join(capfd.readouterr())
    assert "doe" not in heard.lower()
