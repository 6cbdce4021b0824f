"""Whatever is cut, overwritten, cut out or doubled in a file: a radiograph or a refusal, never anything else."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

from core.domain import Radiograph, Refusal
from tests import phantoms
from tests.unit.imaging.helpers import LIMITS, bone, open_radiographs

pytestmark = pytest.mark.filterwarnings("ignore:::PIL", "ignore:::pydicom")
MUTATIONS = 60
COLOUR = np.stack([bone()] * 3, axis=-1)
ORIENTED = Image.Exif()
ORIENTED[274] = 6

PICTURES = {
    name: phantoms.encode(
        np.stack([bone()] * 3) if name == "TIFF-PAGES" else bone(16 if name.endswith("16") else 8), name
    )
    for name in phantoms.FORMATS
}
PICTURES |= {
    "JPEG progressive": phantoms.encode(COLOUR, "JPEG", progressive=True, exif=ORIENTED),
    "PNG alpha": phantoms.encode(np.dstack([COLOUR, bone()]), "PNG"),
    "TIFF JPEG": phantoms.encode(COLOUR, "TIFF", compression="jpeg"),
    "TIFF LZW": phantoms.encode(COLOUR, "TIFF", compression="tiff_lzw"),
    "TIFF deflate": phantoms.encode(bone(), "TIFF", compression="tiff_adobe_deflate"),
    "TIFF fax": phantoms.encode(bone() > 90, "TIFF", compression="tiff_ccitt"),
}
RICH = {
    "PhotometricInterpretation": "MONOCHROME1",
    "ModalityLUTSequence": [phantoms.lut(0, np.arange(256))],
    "VOILUTSequence": [phantoms.lut(0, np.arange(300) ** 2 // 2)],
    "PixelPaddingValue": 3,
}
DICOMS = {
    encoding: phantoms.dicom(
        bone(8 if encoding == "JPEG" else 12), encoding=encoding, BitsStored=8 if encoding == "JPEG" else 12, **RICH
    )
    for encoding in phantoms.SYNTAXES
}
DICOMS["bare"] = phantoms.dicom(bone(12), preamble=False, WindowCenter=[40, 50], WindowWidth=[80, 90])
INSIDE = {"a.png": PICTURES["PNG"], "b/c.dcm": DICOMS["RAW"]}
ARCHIVES = {"ZIP": phantoms.zip_of(INSIDE), "ZIP stored": phantoms.zip_of(INSIDE, compression=0)}
FILES = PICTURES | {f"DICOM {name}": data for name, data in DICOMS.items()} | ARCHIVES


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    mutated = bytearray(data)
    match int(rng.integers(4)):
        case 0:  # cut
            return bytes(mutated[: rng.integers(len(data))])
        case 1:  # overwrite anywhere
            for _ in range(rng.integers(1, 8)):
                mutated[rng.integers(len(data))] = rng.integers(256)
        case 2:  # overwrite the header, with numbers that hurt
            for _ in range(rng.integers(1, 5)):
                mutated[rng.integers(min(len(data), 500))] = rng.choice([0, 1, 127, 128, 255])
        case 3:  # take a piece out, or put it in twice
            first, last = sorted(rng.integers(0, len(data), 2))
            return data[:first] + data[last if rng.integers(2) else 0 :]
    return bytes(mutated)


@pytest.mark.parametrize("kind", FILES)
def test_mutated_files_are_read_or_refused(kind):
    rng = np.random.default_rng(len(kind))
    for _ in range(MUTATIONS):
        data = mutate(FILES[kind], rng)
        started = time.monotonic()
        for item in open_radiographs(kind, data, LIMITS, b"salt"):
            if isinstance(item, Refusal):
                assert item.name.startswith(kind) and item.reason and item.remedy
                continue
            assert isinstance(item, Radiograph)
            assert item.pixels.ndim == 2 and item.pixels.size and item.pixels.dtype in (np.uint8, np.uint16)
            assert np.isfinite((item.window.low, item.window.high)).all() and item.window.low < item.window.high
            assert 8 <= item.bit_depth <= 16
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind not in ARCHIVES])
def test_a_file_cut_anywhere_never_shows_a_wrong_picture(kind):
    """What is refused is safe; what is read in spite of the cut must be what the whole file shows."""
    data = FILES[kind]
    whole = list(open_radiographs(kind, data, LIMITS))
    for cut in sorted({1, 2, 3, 8, 20, 100, *np.linspace(1, len(data), 25, dtype=int)}):
        for page, item in enumerate(open_radiographs(kind, data[:-cut], LIMITS)):
            if isinstance(item, Radiograph):
                np.testing.assert_array_equal(item.pixels, whole[page].pixels)


def test_random_bytes_behind_every_signature():
    rng = np.random.default_rng(0)
    heads = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"BM", b"RIFF\xff\0\0\0WEBP", b"PK\x03\x04"]
    heads += [b"\x08\0\x05\0CS", b"\x08\0\x00\0\x04\0\0\0", bytes(128) + b"DICM"]
    for head in heads:
        for size in (0, 1, 10, 600, 5000):
            (refusal,) = open_radiographs("x", head + rng.bytes(size), LIMITS)
            assert isinstance(refusal, Refusal)


def test_sequences_nested_without_end():
    nested = (b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff") * 20_000
    data = phantoms.dicom(bone())
    (refusal,) = open_radiographs("x", data[:132] + data[132 : data.index(b"\x08\0\x16\0")] + nested, LIMITS)
    assert isinstance(refusal, Refusal)
