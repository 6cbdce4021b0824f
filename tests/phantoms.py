"""Made-up radiographs: a long bone with or without a fracture, in every file format the product reads.

No pixel of a real patient is in any of them, so tests may write, ship and show them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, generate_uid

from core.imaging.phantom import bone

__all__ = ["bone", "class_folders", "dicom", "encode", "lut", "zip_of"]

CLASSES = ("fractured", "not_fractured")
FORMATS = ("JPEG", "PNG", "PNG16", "TIFF", "TIFF16", "TIFF-PAGES", "BMP", "WEBP")
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "PNG16": ".png", "TIFF": ".tif", "TIFF16": ".tif", "TIFF-PAGES": ".tif"}
SUFFIXES |= {"BMP": ".bmp", "WEBP": ".webp", "DICOM": ".dcm"}

CR = "1.2.840.10008.5.1.4.1.1.1"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
MR = "1.2.840.10008.5.1.4.1.1.4"
SYNTAXES = {
    "RAW": "1.2.840.10008.1.2.1",
    "IMPLICIT": "1.2.840.10008.1.2",
    "DEFLATED": "1.2.840.10008.1.2.1.99",
    "BIG-ENDIAN": "1.2.840.10008.1.2.2",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG-EXTENDED": "1.2.840.10008.1.2.4.51",
    "JPEG-LOSSLESS": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG2000": "1.2.840.10008.1.2.4.90",
}


def encode(pixels: np.ndarray, format: str, **options: Any) -> bytes:
    """Write (H, W) or (H, W, C) pixels as one of `FORMATS`; TIFF-PAGES takes (N, H, W). The 16-bit ones want uint16.

    `options` go to Pillow's `save`, such as `exif=` or `quality=`.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS}, but is {format!r}")
    if format.endswith("16") != (pixels.dtype == np.uint16):
        raise ValueError(f"{format} cannot hold {pixels.dtype}")
    buffer = io.BytesIO()
    if format == "TIFF-PAGES":
        first, *rest = (Image.fromarray(page) for page in pixels)
        first.save(buffer, "TIFF", save_all=True, append_images=rest, **options)
        return buffer.getvalue()
    if format == "JPEG":
        options.setdefault("quality", 95)
    if format == "WEBP":
        options.setdefault("lossless", True)
    Image.fromarray(pixels).save(buffer, format.removesuffix("16"), **options)
    return buffer.getvalue()


def dicom(
    pixels: np.ndarray,
    *,
    encoding: str = "RAW",
    preamble: bool = True,
    header_only: bool = False,
    drop: tuple[str, ...] = (),
    **tags: Any,
) -> bytes:
    """Write stored values (H, W) or frames (N, H, W) as a DICOM file; a CR radiograph unless the tags say otherwise.

    Args:
        encoding: one of `SYNTAXES`.
        preamble: False leaves out the 128 bytes, `DICM` and the file meta group, as some archives do.
        header_only: True leaves out the pixel data.
        drop: keywords of elements to leave out.
        tags: any DICOM keyword, such as `PhotometricInterpretation="MONOCHROME1"`, `BitsStored=12`, `WindowCenter=550`,
            `ModalityLUTSequence=[lut(...)]`, `BurnedInAnnotation="YES"`, `PatientName="Doe^Jane"`.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(SYNTAXES[encoding])
    meta.MediaStorageSOPClassUID = UID(tags.get("SOPClassUID", CR))
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["phantom"])
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    bits = pixels.dtype.itemsize * 8
    defaults = {
        "SOPClassUID": CR,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.1",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.2",
        "Modality": "CR",
        "PatientName": "Phantom^Bone",
        "PatientID": "PHANTOM-0042",
        "PatientBirthDate": "19010203",
        "BodyPartExamined": "HAND",
        "Rows": pixels.shape[-2],
        "Columns": pixels.shape[-1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": tags.get("BitsStored", bits),
        "HighBit": tags.get("BitsStored", bits) - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
    if pixels.ndim == 3:
        defaults["NumberOfFrames"] = pixels.shape[0]
    for keyword, value in (defaults | tags).items():
        if keyword not in drop:
            setattr(data, keyword, value)
    if not header_only:
        _add_pixels(data, pixels, encoding)
    buffer = io.BytesIO()
    if preamble:
        pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    else:
        bare = Dataset(data)
        syntax = UID(SYNTAXES[encoding])
        bare.save_as(buffer, implicit_vr=syntax.is_implicit_VR, little_endian=True, enforce_file_format=False)
    return buffer.getvalue()


def lut(first: int, values: np.ndarray, bits: int = 16, **tags: Any) -> Dataset:
    """An item of a ModalityLUTSequence or VOILUTSequence: `first` is the stored value that maps to values[0]."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values) % 65536, first, bits])
    item.add_new("LUTData", "OW", np.asarray(values, dtype="<u2").tobytes())
    for keyword, value in tags.items():
        setattr(item, keyword, value)
    return item


def class_folders(
    path: Path,
    counts: Mapping[str, int | tuple[int, int]],
    spelling: tuple[str, str] = CLASSES,
    size: tuple[int, int] = (96, 80),
    seed: int = 0,
) -> Path:
    """Write a data set as class folders of JPEGs: `path/<split>/<class>/0000.jpg`.

    Args:
        counts: of each split, how many radiographs of each class, or (fractured, not fractured).
        spelling: the folder names of (fractured, not fractured).
    """
    rng = np.random.default_rng(seed)
    for split, count in counts.items():
        both = (count, count) if isinstance(count, int) else count
        for fractured, name, number in zip((True, False), spelling, both, strict=True):
            folder = Path(path, split, name)
            folder.mkdir(parents=True, exist_ok=True)
            for index in range(number):
                Path(folder, f"{index:04d}.jpg").write_bytes(encode(bone(rng, fractured, size), "JPEG"))
    return Path(path)


def zip_of(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP with these members; a name that ends in `/` is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return buffer.getvalue()


def _add_pixels(data: Dataset, pixels: np.ndarray, encoding: str) -> None:
    syntax = UID(SYNTAXES[encoding])
    if syntax.is_encapsulated:
        frames = pixels if pixels.ndim == 3 else pixels[np.newaxis]
        data.PixelData = encapsulate([_compress(frame, encoding) for frame in frames])
        data["PixelData"].VR = "OB"
        data["PixelData"].is_undefined_length = True
        return
    ordered = pixels.astype(pixels.dtype.newbyteorder("<" if syntax.is_little_endian else ">"))
    stored = ordered.tobytes()
    data.PixelData = stored + b"\0" * (len(stored) % 2)
    data["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"


def _compress(frame: np.ndarray, encoding: str) -> bytes:
    import imagecodecs  # here, because it is slow to import and few tests need it

    frame = np.ascontiguousarray(frame)
    match encoding:
        case "RLE":
            options = {"rows": frame.shape[0], "columns": frame.shape[1], "samples_per_pixel": 1}
            options |= {"bits_allocated": frame.itemsize * 8, "bits_stored": frame.itemsize * 8, "number_of_frames": 1}
            options |= {"photometric_interpretation": "MONOCHROME2", "pixel_representation": 0}
            encoder = pydicom.pixels.get_encoder(UID(SYNTAXES["RLE"]))
            return encoder.encode(frame.tobytes(), encoding_plugin="pydicom", **options)
        case "JPEG":
            return imagecodecs.jpeg8_encode(frame, level=95)
        case "JPEG-EXTENDED":
            return imagecodecs.jpeg8_encode(frame, level=98, bitspersample=12)
        case "JPEG-LOSSLESS":
            return imagecodecs.jpeg8_encode(frame, lossless=True, bitspersample=frame.itemsize * 8, predictor=1)
        case "JPEG-LS":
            return imagecodecs.jpegls_encode(frame)
        case "JPEG2000":
            return imagecodecs.jpeg2k_encode(frame, reversible=True, level=0, codecformat="J2K")
    raise ValueError(f"no encoder for {encoding}")
