"""The sources of a data set: class folders, archives of class folders, and the reviewed cases of the store.

Each picture becomes one plain file that decodes to what is shown. Later pages of a TIFF, and DICOM pixels under their
window, are written as files of their own, which are named by checksums.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from core.config import Limits
from core.domain import Refusal, Window
from core.errors import DatasetError, FractureReviewError, RefusedFileError
from core.imaging.archive import Member, expand
from core.imaging.decode import decode, decode_stored, encode_lossless
from core.imaging.filetype import HEAD, FileType, recognise
from core.imaging.overlay import display
from core.learning.datasets.class_folders import ACCEPTED_NAMES, class_of, read_split
from core.learning.datasets.labels import Label, LabelPolicy, label
from core.learning.datasets.manifest import FOLDER, LeftOut, Source, SourceKind, Split
from core.learning.datasets.survey import Picture
from core.store.database import Database
from core.store.files import FileStore
from core.store.labels import Reviewed, reviewed
from core.store.records import RadiographRecord

BOXES = "boxes.csv"
NAMED = 5  # folders of an archive that an error names
# Other names that people give to splits. A folder of another name is no part of a data set.
SPLIT_LIKE = frozenset(Split) | {"training", "validation", "valid", "dev", "tuning", "testing", "tests", "evaluation"}
PICTURES = f"{FOLDER}/pictures"  # below FRACTURE_HOME; not named like a manifest's folder


@dataclass(frozen=True)
class Collection:
    """The pictures of one source."""

    source: Source
    pictures: tuple[Picture, ...]


def read_folder(dataset: Path, name: str = "folder", boxes: Path | None = None) -> Collection:
    """Read class folders, in `train/`, `val/` and `test/` or directly in the data set.

    Args:
        boxes: a CSV of fractures, see `read_boxes`.

    Raises:
        DatasetError: the class folders are missing or have other names, or a folder beside the splits has some too.
    """
    dataset = dataset.resolve()
    splits = [split for split in Split if (dataset / split).is_dir()]
    if not splits and not dataset.is_dir():
        raise DatasetError(f"{dataset} is not a folder. A data set has train/ and val/, two class folders in each.")
    if splits:
        _refuse_other_splits(dataset)
    pictures = []
    for split in splits or (None,):
        for example in read_split(dataset / split if split else dataset, boxes):
            shown = example.path.relative_to(dataset).as_posix()
            pictures.append(Picture(example.path, shown, example.fractured, split, name, example.boxes))
    return Collection(Source(name, SourceKind.FOLDER, str(dataset)), tuple(pictures))


def read_folder_below(datasets: Path | None, chosen: str, name: str = "folder") -> Collection:
    """Read class folders as `read_folder` does, for a user who may see nothing outside FRACTURE_DATASETS.

    Args:
        chosen: the folder, relative to `datasets`. Links to pictures outside `datasets` are left out. A `boxes.csv` in
            the folder holds the boxes of the fractures.

    Raises:
        DatasetError: there is no such folder, or it lies outside `datasets`.
    """
    if datasets is None:
        raise DatasetError("No folder of data sets is configured. Set FRACTURE_DATASETS, or upload a ZIP.")
    within = datasets.resolve()
    try:
        folder = (within / chosen).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise DatasetError(
            f"There is no folder {chosen!r} below FRACTURE_DATASETS. Choose one from the list."
        ) from error
    if not folder.is_relative_to(within):
        raise DatasetError(f"{chosen!r} lies outside FRACTURE_DATASETS. Choose a folder below it.")
    boxes = folder / BOXES
    for path in (boxes, *(folder / split for split in Split)):
        if not path.resolve().is_relative_to(within):
            raise DatasetError(f"{chosen}/{path.name} is a link that leads out of FRACTURE_DATASETS. Copy it there.")
    found = read_folder(folder, name, boxes if boxes.is_file() else None)
    kept = tuple(each for each in found.pictures if each.path.resolve().is_relative_to(within))
    left_out = _left_out(Counter({"links that lead out of the folder": len(found.pictures) - len(kept)}))
    return Collection(Source(name, SourceKind.FOLDER, str(folder), left_out), kept)


def list_folders(datasets: Path | None) -> tuple[str, ...]:
    """The names of the folders directly below FRACTURE_DATASETS, without hidden ones."""
    if datasets is None or not datasets.is_dir():
        return ()
    return tuple(sorted(each.name for each in datasets.iterdir() if each.is_dir() and not each.name.startswith(".")))


def read_archive(archive: Path, home: Path, limits: Limits, name: str = "archive") -> Collection:
    """Unpack a ZIP of class folders under FRACTURE_HOME, each picture under its checksum.

    The class of a picture comes from the innermost folder that is named like one, and its split from a folder `train`,
    `val` or `test` around that.

    Raises:
        DatasetError: the archive is refused as a whole, or holds no class folders.
    """
    if not zipfile.is_zipfile(archive):
        raise DatasetError(f"{archive.name} is no ZIP, or is not whole. Make it again, as a ZIP of class folders.")
    store = FileStore(home / PICTURES)
    pictures: list[Picture] = []
    left_out: Counter[str] = Counter()
    unnamed: set[str] = set()
    for item in expand(archive.name, archive, limits):
        if isinstance(item, Refusal):
            if item.name == archive.name:
                raise DatasetError(f"The archive cannot be used: {item.reason}. {item.remedy}")
            left_out[item.reason] += 1
            continue
        inner = PurePosixPath(item.name).relative_to(archive.name) if _is_inside(item, archive) else PurePosixPath()
        fractured, split = _class_and_split(inner)
        if fractured is None:
            left_out["in no folder that is named like a class"] += 1
            unnamed.add(inner.parent.name)
            continue
        try:
            sha256, path = _write_member(store, item, limits)
        except RefusedFileError as error:
            left_out[error.reason] += 1
            continue
        pictures.append(Picture(path, inner.as_posix(), fractured, split, name, sha256=sha256))
    if {picture.fractured for picture in pictures} != {True, False}:
        raise DatasetError(
            f"{archive.name} must hold a folder of fractured and one of not fractured radiographs, but holds "
            f"{_classes_found(pictures, unnamed)}. {ACCEPTED_NAMES}"
        )
    return Collection(Source(name, SourceKind.ARCHIVE, PICTURES, _left_out(left_out)), tuple(pictures))


def read_reviews(
    database: Database, files: FileStore, home: Path, limits: Limits, policy: LabelPolicy, name: str = "reviews"
) -> Collection:
    """Take the reviewed cases of the store that have a class.

    Args:
        files: the originals, which lie below `home`.
        policy: which verdicts count.
    """
    with database.reading() as connection:
        cases = reviewed(connection)
    store = FileStore(home / PICTURES)
    pictures: list[Picture] = []
    left_out: Counter[str] = Counter()
    for case in cases:
        found = label(case.reviews, policy)
        if not isinstance(found, Label):
            left_out[str(found)] += 1
            continue
        try:
            path = _plain_file(store, files, case.radiograph, limits)
        except FractureReviewError:
            left_out["the stored bytes are missing or damaged"] += 1
            continue
        pictures.append(_case(path, case, found, name))
    return Collection(Source(name, SourceKind.REVIEWS, ".", _left_out(left_out)), tuple(pictures))


def _refuse_other_splits(dataset: Path) -> None:
    """Raise DatasetError for class folders in such as `validation/` beside `train/`, which would be missed silently."""
    for child in sorted(dataset.iterdir()):
        if child.name in set(Split) or child.name.casefold() not in SPLIT_LIKE or not child.is_dir():
            continue
        if any(class_of(each.name) is not None for each in child.iterdir() if each.is_dir()):
            raise DatasetError(
                f"{dataset} holds class folders in {child.name!r}, which is no split. "
                f"Name it as one of {', '.join(Split)}, or take it away."
            )


def _classes_found(pictures: list[Picture], unnamed: set[str]) -> str:
    """Say what an archive holds in place of both classes."""
    by_class = Counter("fractured" if picture.fractured else "not fractured" for picture in pictures)
    found = [f"{number} of {name}" for name, number in sorted(by_class.items())] or ["neither"]
    named = sorted(repr(name) for name in unnamed if name)
    if named:
        found.append(f"folders named {', '.join(named[:NAMED])}")
    if "" in unnamed:
        found.append("pictures in no folder")
    return ", and ".join(found)


def _is_inside(item: Member, archive: Path) -> bool:
    return item.name.startswith(f"{archive.name}/")


def _class_and_split(inner: PurePosixPath) -> tuple[bool | None, Split | None]:
    """The class and the split of an archive's member, from the folders around it and never from its own name."""
    fractured, folders = None, list(inner.parts[:-1])
    while folders and fractured is None:
        fractured = class_of(folders.pop())
    named = {split.value: split for split in Split}
    return fractured, next((named[folder.lower()] for folder in reversed(folders) if folder.lower() in named), None)


def _write_member(store: FileStore, item: Member, limits: Limits) -> tuple[str, Path]:
    """Write a member where training finds it. Raises RefusedFileError for a member that is no picture."""
    sha256 = hashlib.sha256(item.data).hexdigest()
    kind = recognise(item.data[:HEAD])
    if kind is FileType.DICOM or kind in (None, FileType.ZIP):
        radiograph = decode(item.data, item.name, limits)[0]
        store.put_pixels(sha256, 0, _as_shown(radiograph.pixels, radiograph.window))
        return sha256, store.path_of_pixels(sha256, 0)
    store.put_original(sha256, item.data)
    return sha256, store.path_of_original(sha256)


def _plain_file(store: FileStore, files: FileStore, record: RadiographRecord, limits: Limits) -> Path:
    """The plain file of a radiograph of the store; it is written where there is none."""
    if record.format == FileType.DICOM:
        pixels = decode_stored(files.pixels(record.sha256, record.page), 0, limits)
        store.put_pixels(record.sha256, record.page, _as_shown(pixels, record.window))
    elif record.page:
        pixels = decode_stored(files.original(record.sha256), record.page, limits)
        store.put_pixels(record.sha256, record.page, encode_lossless(pixels))
    else:
        decode_stored(files.original(record.sha256), 0, limits)
        return files.path_of_original(record.sha256)
    return store.path_of_pixels(record.sha256, record.page)


def _as_shown(pixels: np.ndarray, window: Window) -> bytes:
    """Encode pixels as 8 bits under their window: a network's input is made from those, and no file's window counts."""
    return encode_lossless(display(pixels, window))


def _case(path: Path, case: Reviewed, label: Label, name: str) -> Picture:
    record = case.radiograph
    original = record.sha256 if record.page == 0 else hashlib.sha256(path.read_bytes()).hexdigest()
    return Picture(path, record.short_id, label.fractured, None, name, sha256=original, aided=label.aided)


def _left_out(counts: Counter[str]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(reason, number) for reason, number in sorted(counts.items()) if number)
