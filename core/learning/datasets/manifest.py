"""The manifest of a data set: an immutable list of pictures with their splits, written once, named by its hash."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path, PurePosixPath

from core import documents
from core.errors import DatasetError
from core.learning.datasets.class_folders import Example, hash_of_pictures

FOLDER, FILE = "datasets", "manifest.json"
Boxes = tuple[tuple[float, float, float, float], ...]


class Split(StrEnum):
    """The use of a picture. The tuning split is the folder `val`."""

    TRAIN = "train"
    TUNING = "val"
    TEST = "test"


class SourceKind(StrEnum):
    """The kind of a source."""

    FOLDER = "folder"
    ARCHIVE = "archive"
    REVIEWS = "reviews"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The number of a source's pictures that are not in the manifest for one reason."""

    reason: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Source:
    """A place that pictures come from.

    Attributes:
        name: unique within the manifest; `Item.source` names it.
        root: the folder that `Item.file` is relative to; a relative one lies below FRACTURE_HOME.
    """

    name: str
    kind: SourceKind
    root: str
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One picture.

    Attributes:
        sha256: of the original file's bytes, in hex.
        file: where it lies below its source's root, with `/`.
        source: the source's name.
        group: the same for all copies of one picture; a SHA-256 of one of them.
        aided: whether a verdict behind the class was given with a model's prediction visible.
        fingerprint: both fingerprints of the picture in hex, for finding its copies elsewhere; see `fingerprint`.
        boxes: left, top, width, height of each fracture, as fractions of the picture.
    """

    sha256: str
    file: str
    source: str
    split: Split
    fractured: bool
    group: str
    aided: bool = False
    fingerprint: str = ""
    boxes: Boxes = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """Two splits that share pictures.

    Attributes:
        groups: how many groups of copies stand in both splits.
        pictures: how many pictures of `second` have a copy in `first`.
    """

    first: Split
    second: Split
    groups: int
    pictures: int


@dataclass(frozen=True)
class Manifest:
    """Every picture with its class, split, group and source. Equal content has an equal `sha256`.

    Attributes:
        name: for people.
    """

    name: str
    sources: tuple[Source, ...]
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        known = {source.name for source in self.sources}
        if len(known) != len(self.sources) or not {item.source for item in self.items} <= known:
            raise DatasetError(f"The sources of data set {self.name!r} must be named once each, and all be there.")
        for item in self.items:
            if PurePosixPath(item.file).is_absolute() or ".." in PurePosixPath(item.file).parts:
                raise DatasetError(f"The data set {self.name!r} names {item.file!r}, which leads out of its source.")

    @property
    def sha256(self) -> str:
        """The hash of the file that `write` makes."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """The pairs of splits that share groups; empty where every group stands in one split."""
        return leaks_of((item.group, item.split) for item in self.items)

    @property
    def is_tuned_on_training(self) -> bool:
        """Whether pictures of the tuning split have copies in the training split, so that the tuning figures leak."""
        return any((leak.first, leak.second) == (Split.TRAIN, Split.TUNING) for leak in self.leaks)

    def of(self, split: Split) -> tuple[Item, ...]:
        """The pictures of one split, in the manifest's order."""
        return tuple(item for item in self.items if item.split is split)

    def examples(self, split: Split, home: Path) -> list[Example]:
        """The pictures of one split as `read_split` gives them, in the manifest's order.

        Args:
            home: FRACTURE_HOME.
        """
        roots = {source.name: home / source.root for source in self.sources}  # an absolute root stays as it is
        return [Example(roots[item.source] / item.file, item.fractured, item.boxes) for item in self.of(split)]

    def split_sha256(self, split: Split) -> str:
        """The `manifest_hash` of the split's examples: over bytes and classes, whatever the files' names and places."""
        return hash_of_pictures((item.sha256, item.fractured) for item in self.of(split))

    def to_json(self) -> bytes:
        """Deterministic: equal manifests give equal bytes."""
        return (json.dumps(documents.to_plain(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Read what `to_json` wrote. Raises DatasetError for anything else."""
        try:
            return documents.from_json(cls, data)
        except ValueError as error:
            raise DatasetError("This is not a data set's manifest, or a damaged one. Make it again.") from error


def leaks_of(pictures: Iterable[tuple[Hashable, Split]]) -> tuple[Leak, ...]:
    """Find the pairs of splits that share pictures, from the group and the split of each picture."""
    counts: dict[Hashable, Counter[Split]] = defaultdict(Counter)
    for group, split in pictures:
        counts[group][split] += 1
    found = []
    for first, second in combinations(Split, 2):
        shared = [within[second] for within in counts.values() if within[first] and within[second]]
        if shared:
            found.append(Leak(first, second, len(shared), sum(shared)))
    return tuple(found)


def write(manifest: Manifest, home: Path) -> Path:
    """Write a manifest under FRACTURE_HOME, and return its file. No reader ever sees a part of it.

    Raises:
        DatasetError: it could not be read back.
    """
    data = manifest.to_json()
    Manifest.from_json(data)
    path = path_of(manifest.sha256, home)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def read(sha256: str, home: Path) -> Manifest:
    """Read what `write` wrote.

    Raises:
        DatasetError: there is no such manifest, or it has been changed since.
    """
    path = path_of(sha256, home)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"There is no data set {sha256[:8]}: {path} cannot be read. Make it again.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DatasetError(f"{path} has been changed since it was written. Make the data set again.")
    return Manifest.from_json(data)


def path_of(sha256: str, home: Path) -> Path:
    """The file of a manifest. Raises DatasetError for what is no hash, so that no name from outside becomes a path."""
    if len(sha256) != hashlib.sha256().digest_size * 2 or not set(sha256) <= set("0123456789abcdef"):
        raise DatasetError(f"A data set is named by the SHA-256 of its manifest, not {sha256!r}.")
    return home / FOLDER / sha256 / FILE


def kept(home: Path) -> tuple[str, ...]:
    """The hashes of all manifests under FRACTURE_HOME, the newest first."""
    files = sorted((home / FOLDER).glob(f"*/{FILE}"), key=lambda file: file.stat().st_mtime, reverse=True)
    return tuple(file.parent.name for file in files)


def both_classes(items: Iterable[Item]) -> bool:
    """Whether there are pictures of both classes, without which nothing can be learned or measured."""
    return len({item.fractured for item in items}) == 2
