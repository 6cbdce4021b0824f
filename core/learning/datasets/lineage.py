"""The ancestors of a version, and whether a test leaks: whether it holds pictures that one of them was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.card import Ancestor
from core.errors import RegistryError
from core.learning.datasets.class_folders import Example, sha256_or_empty
from core.learning.datasets.duplicates import find_copies
from core.learning.datasets.manifest import Item, Manifest, Source, SourceKind, Split
from core.registry import Registry

UNTRAINED = ("random", "imagenet")  # starts that are no model version

Line = Sequence[tuple[str, Manifest | None]]


def ancestors(registry: Registry, start: str) -> tuple[Ancestor, ...]:
    """The versions a warm start goes back to, the nearest first, with the hashes of what they were trained on."""
    if start in UNTRAINED:
        return ()
    card = registry.get(start).card
    nearest = Ancestor(
        version=start, sha256=card.sha256, manifest_sha256=card.training.manifest_sha256 if card.training else None
    )
    return (nearest, *(card.training.ancestors if card.training else ()))


def line_of(registry: Registry, version: str) -> Line:
    """A version and its ancestors, each with its manifest; None where that is not kept.

    The manifest of an ancestor that is gone, such as one that an older release shipped, is found by the hashes of its
    splits where another version was made from the same pictures.
    """
    line = ancestors(registry, version)
    return [
        (each.version, manifest_of(registry, each.version) or _with_splits(registry, each.manifest_sha256))
        for each in line
    ]


def leaks(line: Line, test: Sequence[Item]) -> tuple[str, ...]:
    """Say why the figures of a line's first version on a test do not count: a sentence each, none where they do.

    No picture of the test, and no copy of one, may be among those that the version or an ancestor was trained or chosen
    on. A manifest that is not kept counts as a leak.
    """
    found = []
    for version, manifest in line:
        if manifest is None:
            found.append(f"Which pictures {version} was trained on is not known: no manifest is kept beside it.")
        elif shared := copies(manifest, test):
            used = f"{shared} of the {len(test)} pictures to be measured on"
            found.append(f"{used} were used to train or to choose {version}.")
    return tuple(found)


def copies(manifest: Manifest, test: Sequence[Item], of: Sequence[Split] = (Split.TRAIN, Split.TUNING)) -> int:
    """Count the pictures of a test that stand in these splits of a manifest, themselves or as a copy."""
    used = [item for item in manifest.items if item.split in of]
    groups = {item.group for item in used}
    return len({*find_copies(used, test), *(item for item in test if item.group in groups)})


def _with_splits(registry: Registry, split_sha256: Mapping[str, str] | None) -> Manifest | None:
    """Find a manifest beside any version that has exactly these pictures in `train` and `val`."""
    if not split_sha256:
        return None
    for model in registry.versions():
        if model.card.training and model.card.training.manifest_sha256 == split_sha256:
            found = manifest_of(registry, model.version)
            if found and all(found.split_sha256(Split(name)) == known for name, known in split_sha256.items()):
                return found
    return None


def manifest_of(registry: Registry, version: str) -> Manifest | None:
    """The manifest that a version was made from; None where it is not kept, or the version itself is gone."""
    try:
        data = registry.manifest(version)
    except RegistryError:
        return None
    return None if data is None else Manifest.from_json(data)


def describe_folders(name: str, splits: Mapping[Split, Sequence[Example]], root: Path | None = None) -> Manifest:
    """Make the manifest of class folders that nobody has audited: each picture is a group of its own.

    Args:
        root: the folder that the pictures lie below, where the manifest is to find them again; else it holds no root.
    """
    items = []
    for split, examples in splits.items():
        for example in examples:
            sha256, path = sha256_or_empty(example.path), example.path
            file = path.resolve().relative_to(root) if root else Path(split, path.parent.name, path.name)
            items.append(Item(sha256, file.as_posix(), name, split, example.fractured, sha256, boxes=example.boxes))
    return Manifest(name, (Source(name, SourceKind.FOLDER, str(root or "")),), tuple(items))
