"""Copies among pictures: the same radiograph turned, mirrored, rescaled, re-saved or toned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.datasets.fingerprint import Fingerprint, comparable, from_text, is_copy
from core.learning.datasets.manifest import Item

# Cosines of fingerprints, chosen on two public collections of radiographs. Of all pairs of copies there, turned by any
# angle, 99.9 % are above ALIKE and 99.5 % above CERTAIN. Of 55 million pairs of different radiographs none was above
# CERTAIN.
ALIKE = 0.985  # two pictures are compared by their pixels
MERGED = 0.97  # the first pictures of two groups, before the groups are merged
CERTAIN = 0.9955  # two pictures are copies, whatever their pixels
TRIES = 3  # the members of a group that a picture is compared with
ROWS = 512  # pictures that are compared with all others at once, which bounds the memory


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture whose copies are looked for. Pictures with one SHA-256 are the same file."""

    sha256: str
    fingerprints: tuple[Fingerprint, Fingerprint]


def find_groups(pictures: Sequence[Candidate], on_done: Callable[[int, int], None] | None = None) -> list[list[int]]:
    """Sort pictures into groups of copies.

    Each picture is compared with the most similar members of each group. It joins the group where it is a copy of one
    of them and its fingerprint is also like that of the group's first picture: a chain of small steps must not lead to
    another radiograph.

    Args:
        on_done: called with (done, total).

    Returns:
        Indices into `pictures`, one list for each group, single pictures too. The lists are in the order of their first
        member, each in ascending order.
    """
    first_of: dict[str, int] = {}
    for index, picture in enumerate(pictures):
        first_of.setdefault(picture.sha256, index)
    unique = list(first_of.values())
    group = _group([pictures[index].fingerprints for index in unique], on_done)
    by_sha256 = {pictures[index].sha256: number for index, number in zip(unique, group, strict=True)}
    found: dict[int, list[int]] = {}
    for index, picture in enumerate(pictures):
        found.setdefault(by_sha256[picture.sha256], []).append(index)
    return list(found.values())


def find_copies(first: Sequence[Item], second: Sequence[Item]) -> tuple[Item, ...]:
    """Find the pictures of `second` that are copies of one of `first`, from the manifests alone: no file is opened.

    Copies have one SHA-256, or fingerprints whose cosine is `CERTAIN` or more. An item without a fingerprint is found
    by its SHA-256 only.
    """
    if not first or not second:
        return ()
    known = {item.sha256 for item in first}
    theirs, ours = (np.stack([from_text(item.fingerprint) for item in items]) for items in (first, second))
    alike = np.zeros(len(second), bool)
    for view in range(2):
        columns = comparable(theirs[:, view]).T
        for start in range(0, len(second), ROWS):
            rows = comparable(ours[start : start + ROWS, view])
            alike[start : start + ROWS] |= (rows @ columns).max(axis=1) >= CERTAIN
    return tuple(item for item, is_alike in zip(second, alike, strict=True) if is_alike or item.sha256 in known)


def _group(
    pictures: Sequence[tuple[Fingerprint, Fingerprint]], on_done: Callable[[int, int], None] | None
) -> list[int]:
    """The index of the first picture in each picture's group."""
    if not pictures:
        return []
    views = [comparable(np.stack([pair[view].values for pair in pictures])) for view in range(2)]
    leader = np.arange(len(pictures))
    for start in range(0, len(pictures), ROWS):
        stop = min(start + ROWS, len(pictures))
        alike = np.maximum(*(view[start:stop] @ view[:stop].T for view in views))
        for index in range(start, stop):
            near = np.flatnonzero(alike[index - start, :index] >= ALIKE)
            near = near[np.argsort(-alike[index - start, near], kind="stable")]
            for head in dict.fromkeys(leader[near].tolist()):
                own = int(leader[index])
                if head != own and _can_merge(views, own, head):
                    members = near[leader[near] == head][:TRIES]
                    if any(_is_copy(pictures[index], pictures[member]) for member in members):
                        leader[leader == max(own, head)] = min(own, head)
        if on_done:
            on_done(stop, len(pictures))
    return leader.tolist()


def _can_merge(views: Sequence[np.ndarray], first: int, second: int) -> bool:
    return max(float(view[first] @ view[second]) for view in views) >= MERGED


def _is_copy(first: tuple[Fingerprint, Fingerprint], second: tuple[Fingerprint, Fingerprint]) -> bool:
    (whole, middle), (other, other_middle) = first, second
    if is_copy(whole, other):
        return True
    return (whole is not middle or other is not other_middle) and is_copy(middle, other_middle)
