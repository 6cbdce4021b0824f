"""The survey of a data set: every file decoded once, with its traits and fingerprints, or the reason for a refusal."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import Limits
from core.domain import Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.decode import as_refusal, decode
from core.imaging.filetype import FileType
from core.imaging.overlay import display
from core.learning.datasets.fingerprint import Fingerprint, fingerprints_of, to_text
from core.learning.datasets.manifest import Boxes, Split

THREADS = 2
AT_ONCE = 64
RIM = 0.02  # of the shorter side: what counts as the picture's border
CORNER = 0.1  # of each side
BLACK, WHITE = 8, 247  # of 255: a lossy file's black is not quite 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with its class, as a source gives it.

    Attributes:
        path: where the file lies.
        name: its path below the data set, with `/`; for people.
        split: the split that its source gives; None for none.
        source: the source's name.
        sha256: of the original file, in hex, where this file was made from it; else empty.
        aided: see `core.learning.datasets.manifest.Item`.
    """

    path: Path
    name: str
    fractured: bool
    split: Split | None
    source: str
    boxes: Boxes = ()
    sha256: str = ""
    aided: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """Properties of a file that do not depend on the bone. None of them should predict the class.

    Attributes:
        width, height: in pixels.
        file_bytes, bits_per_pixel: the size of the file, and that size per pixel.
        layout: Pillow's mode of the file, such as `L` or `RGB`; `DICOM` for a DICOM file.
        black_border, white_border, black_corners: shares of the border and of the corners, in [0, 1].
        brightness, contrast: mean and standard deviation of the displayed grey values, in [0, 1].
    """

    width: int
    height: int
    file_bytes: int
    bits_per_pixel: float
    bit_depth: int
    format: str
    layout: str
    black_border: float
    white_border: float
    black_corners: float
    brightness: float
    contrast: float

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.width / self.height


@dataclass(frozen=True, eq=False, slots=True)
class Surveyed:
    """A picture that can be read.

    Attributes:
        sha256: of the original file, in hex.
        fingerprint: see `core.learning.datasets.manifest.Item`.
    """

    picture: Picture
    sha256: str
    traits: Traits
    fingerprint: str


@dataclass(frozen=True, eq=False)
class Survey:
    """The pictures of a data set in the order given, and those that cannot be read with the reason."""

    pictures: tuple[Surveyed, ...]
    refused: tuple[tuple[Picture, Refusal], ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Read:
    """A picture with its fingerprints. They are large, and needed only until the copies are found."""

    surveyed: Surveyed
    fingerprints: tuple[Fingerprint, Fingerprint]


def survey(
    pictures: Sequence[Picture], limits: Limits, on_done: Callable[[int, int], None] | None = None
) -> tuple[Survey, list[tuple[Fingerprint, Fingerprint]]]:
    """Decode every file completely, as training will.

    Args:
        on_done: called with (done, total).

    Returns:
        The survey, and the two fingerprints of each of its pictures, for finding copies.
    """
    read: list[_Read] = []
    refused: list[tuple[Picture, Refusal]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(pictures), AT_ONCE):
            group = pictures[start : start + AT_ONCE]
            for picture, found in zip(group, pool.map(lambda each: _read(each, limits), group), strict=True):
                if isinstance(found, Refusal):
                    refused.append((picture, found))
                else:
                    read.append(found)
            if on_done:
                on_done(start + len(group), len(pictures))
    return Survey(tuple(each.surveyed for each in read), tuple(refused)), [each.fingerprints for each in read]


def _read(picture: Picture, limits: Limits) -> _Read | Refusal:
    try:
        data = picture.path.read_bytes()
        radiograph = decode(data, picture.name, limits)[0]
    except RefusedFileError as error:
        return as_refusal(error)
    except OSError as error:
        return Refusal(picture.name, f"it cannot be read ({error.strerror})", "Check the file.")
    fingerprints = fingerprints_of(radiograph.pixels, radiograph.window)
    sha256 = picture.sha256 or radiograph.sha256
    return _Read(Surveyed(picture, sha256, _traits(radiograph, data), to_text(fingerprints)), fingerprints)


def _traits(radiograph: Radiograph, data: bytes) -> Traits:
    grey = display(radiograph.pixels, radiograph.window)
    height, width = grey.shape
    rim = max(1, round(min(height, width) * RIM))
    border = np.concatenate(
        [part.ravel() for part in (grey[:rim], grey[-rim:], grey[rim:-rim, :rim], grey[rim:-rim, -rim:])]
    )
    down, across = max(1, round(height * CORNER)), max(1, round(width * CORNER))
    corners = np.concatenate(
        [
            grey[rows, columns].ravel()
            for rows in (slice(down), slice(-down, None))
            for columns in (slice(across), slice(-across, None))
        ]
    )
    return Traits(
        width=width,
        height=height,
        file_bytes=len(data),
        bits_per_pixel=8 * len(data) / grey.size,
        bit_depth=radiograph.bit_depth,
        format=radiograph.format,
        layout=_layout(radiograph, data),
        black_border=float((border <= BLACK).mean()),
        white_border=float((border >= WHITE).mean()),
        black_corners=float((corners <= BLACK).mean()),
        brightness=float(grey.mean()) / 255,
        contrast=float(grey.std()) / 255,
    )


def _layout(radiograph: Radiograph, data: bytes) -> str:
    if radiograph.format == FileType.DICOM:
        return radiograph.format
    with Image.open(io.BytesIO(data), formats=(radiograph.format,)) as image:  # `decode` has read it already
        return image.mode
