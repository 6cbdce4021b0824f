"""Pictures of every kind become grey pixels at full depth, whatever they are called."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from core.domain import Radiograph, Window
from core.errors import FileLimitError, RefusedFileError, UnreadableFileError, UnsupportedFileError
from core.imaging.decode import as_refusal, decode, decode_one, decode_pages, decode_stored, encode_lossless
from tests import phantoms
from tests.unit.imaging.helpers import LIMITS, bone, read

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")  # which `core.imaging.picture` does itself, outside pytest


def save(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP", "PNG16", "TIFF16"])
def test_lossless_formats_give_the_very_pixels(format):
    pixels = bone(16 if format.endswith("16") else 8)
    data = phantoms.encode(pixels, format)
    radiograph = read(data, "patients/x.bin")
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.pixels.dtype == pixels.dtype
    assert radiograph.format == format.removesuffix("16")
    assert radiograph.bit_depth == (16 if format.endswith("16") else 8)
    assert (radiograph.width, radiograph.height) == (40, 48)
    assert radiograph.sha256 == hashlib.sha256(data).hexdigest()
    assert (radiograph.page, radiograph.name) == (0, "patients/x.bin")


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg(progressive):
    radiograph = read(phantoms.encode(bone(), "JPEG", progressive=progressive))
    assert radiograph.format == "JPEG"
    assert np.abs(radiograph.pixels.astype(int) - bone()).mean() < 3


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("bits", [8, 16])
def test_compressed_tiff(compression, bits):
    data = save(Image.fromarray(bone(bits)), "TIFF", compression=compression)
    np.testing.assert_array_equal(read(data).pixels, bone(bits))


def test_what_a_file_is_comes_from_its_bytes():
    assert read(phantoms.encode(bone(), "PNG"), "x.jpg").format == "PNG"
    assert read(phantoms.encode(bone(), "BMP"), "x.dcm").format == "BMP"
    assert read(phantoms.dicom(bone()), "x.png").format == "DICOM"
    assert read(phantoms.encode(bone(), "WEBP"), "no suffix at all").format == "WEBP"


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "LA", "CMYK", "PA"])
def test_other_modes_become_the_same_grey(mode):
    grey = Image.fromarray(bone())
    if mode == "P":
        grey.putpalette([value for level in range(256) for value in (level, level, level)])
        image = grey
    elif mode == "PA":
        image = grey.convert("RGBA").convert("PA")
    else:
        image = grey.convert("RGB").convert(mode)
    data = save(image, "TIFF" if mode in ("CMYK", "PA") else "PNG")
    assert np.abs(read(data).pixels.astype(int) - bone()).max() <= (8 if mode == "PA" else 1)


def test_one_bit():
    pixels = read(save(Image.fromarray(bone() > 90), "PNG")).pixels
    np.testing.assert_array_equal(pixels, np.where(bone() > 90, 255, 0))


def test_what_is_transparent_lies_on_black():
    rgba = np.dstack([bone()] * 3 + [np.full(bone().shape, 255, np.uint8)])
    rgba[:10, :, :3], rgba[:10, :, 3] = 255, 0
    pixels = read(phantoms.encode(rgba, "PNG")).pixels
    assert pixels[:10].max() == 0
    np.testing.assert_array_equal(pixels[10:], bone()[10:])
    with_key = save(Image.fromarray(np.where(bone() > 128, 255, 17).astype(np.uint8)), "PNG", transparency=255)
    assert set(np.unique(read(with_key).pixels)) == {0, 17}


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_of_colour_stay_sixteen(suffix):
    pixels = bone(16)
    _, data = cv2.imencode(suffix, np.dstack([pixels] * 3))
    radiograph = read(data.tobytes())
    assert radiograph.pixels.dtype == np.uint16
    assert np.abs(radiograph.pixels.astype(int) - pixels).max() <= 1


def test_sixteen_bits_with_alpha():
    pixels = bone(16)
    _, data = cv2.imencode(".png", np.dstack([pixels] * 3 + [np.full_like(pixels, 65535)]))
    assert np.abs(read(data.tobytes()).pixels.astype(int) - pixels).max() <= 1


def test_tiff_where_white_is_zero():
    np.testing.assert_array_equal(
        read(save(Image.fromarray(bone(16)), "TIFF", tiffinfo={262: 0})).pixels, 65535 - bone(16)
    )
    np.testing.assert_array_equal(read(save(Image.fromarray(bone()), "TIFF", tiffinfo={262: 0})).pixels, bone())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "PNG16", "TIFF", "TIFF16", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(format, orientation):
    pixels = np.zeros((24, 16), np.uint16 if format.endswith("16") else np.uint8)
    pixels[:8, :8] = np.iinfo(pixels.dtype).max  # one corner
    upright = {
        1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 4: pixels[::-1], 5: pixels.T,
        6: np.rot90(pixels, -1), 7: pixels[::-1, ::-1].T, 8: np.rot90(pixels),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    found = read(phantoms.encode(pixels, format, exif=exif)).pixels
    assert found.shape == upright.shape
    np.testing.assert_allclose(found.astype(float), upright.astype(float), atol=8)


def test_broken_exif_does_no_harm():
    data = phantoms.encode(bone(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert read(data).pixels.shape == bone().shape


def test_each_page_of_a_tiff_is_a_radiograph():
    pages = np.stack([bone(seed=seed) for seed in range(3)])
    found = decode(phantoms.encode(pages, "TIFF-PAGES"), "x.tif", LIMITS)
    assert [r.name for r in found] == ["x.tif", "x.tif#2", "x.tif#3"]
    assert [r.page for r in found] == [0, 1, 2]
    assert len({r.sha256 for r in found}) == 1
    for radiograph, page in zip(found, pages, strict=True):
        np.testing.assert_array_equal(radiograph.pixels, page)


def test_a_bad_page_does_not_keep_the_others_out():
    pages = [Image.fromarray(bone(seed=seed)) for seed in range(3)]
    data = bytearray(save(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        start = image.tag_v2[273][0]
    data[start : start + 40] = bytes(40)
    found = list(decode_pages(bytes(data), "x.tif", LIMITS))
    assert [isinstance(page, Radiograph) for page in found] == [True, False, True]
    assert found[1].name == "x.tif#2"
    with pytest.raises(UnreadableFileError, match="x.tif#2"):
        decode(bytes(data), "x.tif", LIMITS)


def test_a_12_bit_picture_looks_alike_in_8_and_in_16():
    shown = read(phantoms.encode(bone(12), "PNG16"))
    assert (shown.bit_depth, shown.window) == (12, Window(0, 4095))
    assert read(phantoms.encode(bone(), "PNG")).window == Window(0, 255)
    assert read(phantoms.encode(bone(16), "TIFF16")).window == Window(0, 65535)


def test_a_narrow_range_is_spread():
    low = (30_000 + bone().astype(np.uint16) * 10).astype(np.uint16)
    low[0, 0] = 65535  # a dead pixel
    window = read(phantoms.encode(low, "PNG16")).window
    assert 30_000 <= window.low < window.high < 33_000
    flat = read(phantoms.encode(np.full((20, 20), 700, np.uint16), "PNG16"))
    assert flat.window.low < flat.window.high


@pytest.mark.parametrize("format", phantoms.FORMATS)
@pytest.mark.parametrize("kept", [0.99, 0.9, 0.5, 0.1])
def test_cut_short(format, kept):
    pixels = bone(16 if format.endswith("16") else 8)
    data = phantoms.encode(np.stack([pixels] * 2) if format == "TIFF-PAGES" else pixels, format)
    with pytest.raises(RefusedFileError):
        decode(data[: min(len(data) - 1, int(len(data) * kept))], "x", LIMITS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(40), "a GIF"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"Dear colleague, see attached.\n", "a text file"),
        ("Röntgenbild".encode(), "a text file"),
        (b"\0\0\0\x18ftypheic" + bytes(30), "a HEIC picture"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "a 7-Zip archive"),
        (bytes(range(1, 200)), "not an image"),
        (b"\0", "not an image"),
        (b"BM", "damaged"),
        (b"\xff\xd8\xff", "cut short"),
    ],
)
def test_what_is_no_picture_is_named_for_what_it_is(data, words):
    with pytest.raises(RefusedFileError, match=words) as caught:
        decode(data, "letter.png", LIMITS)
    refusal = as_refusal(caught.value)
    assert refusal.name == "letter.png"
    assert refusal.reason and refusal.remedy.endswith(".")


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_animations_are_refused(format):
    frames = [Image.fromarray(bone(seed=seed)).convert("RGB") for seed in range(2)]
    data = save(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(UnsupportedFileError, match="animation"):
        decode(data, "x", LIMITS)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_more_than_16_bits_are_refused(dtype):
    with pytest.raises(UnsupportedFileError, match="32 bits"):
        decode(save(Image.fromarray(bone().astype(dtype)), "TIFF"), "x", LIMITS)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
def test_too_many_pixels_are_refused_by_the_header_alone(format):
    data = phantoms.encode(bone(), format)
    pixels = bone().size
    assert len(decode(data, "x", replace(LIMITS, pixels=pixels))) == 1
    with pytest.raises(FileLimitError, match="40 x 48 pixels"):
        decode(data, "x", replace(LIMITS, pixels=pixels - 1))
    with pytest.raises(FileLimitError, match="pixels"):
        decode(data, "x", replace(LIMITS, pixels=pixels // 4))  # where Pillow's own guard speaks first


def test_a_lying_header_takes_no_memory(peak_memory):
    data = bytearray(phantoms.encode(bone(), "BMP"))
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    with peak_memory(8), pytest.raises(FileLimitError):
        decode(bytes(data), "x", LIMITS)


def test_too_many_bytes_and_pages_are_refused():
    data = phantoms.encode(np.stack([bone()] * 4), "TIFF-PAGES")
    assert len(decode(data, "x", replace(LIMITS, pages=4))) == 4
    with pytest.raises(FileLimitError, match="more than 3 pages"):
        decode(data, "x", replace(LIMITS, pages=3))
    with pytest.raises(FileLimitError, match="MB a file"):
        decode(data, "x", replace(LIMITS, file_bytes=len(data) - 1))


def test_a_jpeg_of_endless_scans_is_refused():
    data = phantoms.encode(bone(), "JPEG", progressive=True)
    scan = data[data.rfind(b"\xff\xda") : -2]
    with pytest.raises(FileLimitError, match="scans"):
        decode(data[:-2] + scan * 200 + data[-2:], "x", LIMITS)


def test_control_characters_never_come_through():
    radiograph = read(phantoms.encode(bone(), "PNG"), "a\0b\n\x1b[2Jc\u202egnp.x\ud800 ünïcödé 骨折 عظم")
    assert radiograph.name == "a�b��[2Jc�gnp.x� ünïcödé 骨折 عظم"
    with pytest.raises(UnreadableFileError) as caught:
        decode(b"", "a\rb", LIMITS)
    assert caught.value.name == "a�b" and "\r" not in str(caught.value)


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_what_is_stored_comes_back_bit_equal(bits):
    pixels = bone(bits)
    stored = encode_lossless(pixels)
    assert stored[:4] == b"\x89PNG"
    back = decode_stored(stored, 0, LIMITS)
    assert back.dtype == pixels.dtype
    np.testing.assert_array_equal(back, pixels)


def test_a_stored_page_comes_back():
    pages = np.stack([bone(seed=seed) for seed in range(3)])
    np.testing.assert_array_equal(decode_stored(phantoms.encode(pages, "TIFF-PAGES"), 2, LIMITS), pages[2])
    with pytest.raises(RefusedFileError):
        decode_stored(phantoms.encode(pages, "TIFF-PAGES")[:200], 0, LIMITS)
    with pytest.raises(RefusedFileError):
        decode_stored(phantoms.encode(pages, "TIFF-PAGES"), 7, LIMITS)


def test_in_class_folders_a_file_is_one_radiograph() -> None:
    """The second page would go unseen, or be given the class of the first."""
    pages = np.stack([bone(), bone()])
    assert decode_one(phantoms.encode(bone(), "TIFF"), "x.tif", LIMITS).page == 0
    with pytest.raises(UnsupportedFileError, match="x.tif: it has 2 pages and one class. Save each page"):
        decode_one(phantoms.encode(pages, "TIFF-PAGES"), "x.tif", LIMITS)
