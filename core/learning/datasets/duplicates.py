"""Which pictures are copies of one another: the same radiograph turned, mirrored, rescaled, re-saved or toned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.datasets.fingerprint import Fingerprint, comparable, from_text, is_copy
from core.learning.datasets.manifest import Item

# How alike fingerprints are, as a cosine; chosen on two public collections of radiographs. Of all pairs of copies
# there, turned by any angle, 99.9 % are above ALIKE and 99.5 % above CERTAIN; of 55 million pairs of different
# radiographs none was above CERTAIN.
ALIKE = 0.985
AKIN = 0.97  # what the first pictures of two groups must be alike by before the groups become one
CERTAIN = 0.9955  # alike enough to be taken for a copy without the pixels
TRIES = 3  # members of a group that a picture is compared with before it is held for another one
ROWS = 512  # pictures compared with all others at once, which bounds the memory


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is needed of a picture to find its copies. Pictures of one SHA-256 are the same file."""

    sha256: str
    fingerprints: tuple[Fingerprint, Fingerprint]


def find_groups(pictures: Sequence[Candidate], on_done: Callable[[int, int], None] | None = None) -> list[list[int]]:
    """Sort pictures into groups of copies.

    Each picture is compared with the members it is most alike of each group there is. It joins where it agrees with
    one of them and is alike the group's first picture as well, so that a chain of small steps leads nowhere else.

    Args:
        on_done: told (done, total).

    Returns:
        Indices, one list a picture, singles too; by their first member, each in ascending order.
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


def between(first: Sequence[Item], second: Sequence[Item]) -> tuple[Item, ...]:
    """The pictures of `second` that are copies of one of `first`, told from the manifests alone: no file is opened.

    By SHA-256, or by fingerprint; a picture of an item without one is only found by its bytes.
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


def _group(looks: Sequence[tuple[Fingerprint, Fingerprint]], on_done: Callable[[int, int], None] | None) -> list[int]:
    """For each picture the index of its group's first one."""
    views = [comparable(np.stack([look[view].fingerprint for look in looks])) for view in range(2)] if looks else []
    leader = np.arange(len(looks))
    for start in range(0, len(looks), ROWS):
        stop = min(start + ROWS, len(looks))
        alike = np.maximum(*(view[start:stop] @ view[:stop].T for view in views))
        for index in range(start, stop):
            near = np.flatnonzero(alike[index - start, :index] >= ALIKE)
            near = near[np.argsort(-alike[index - start, near], kind="stable")]
            for head in dict.fromkeys(leader[near].tolist()):
                own = int(leader[index])
                if head != own and _akin(views, own, head):
                    members = near[leader[near] == head][:TRIES]
                    if any(_is_copy(looks[index], looks[member]) for member in members):
                        leader[leader == max(own, head)] = min(own, head)
        if on_done:
            on_done(stop, len(looks))
    return leader.tolist()


def _akin(views: Sequence[np.ndarray], first: int, second: int) -> bool:
    return max(float(view[first] @ view[second]) for view in views) >= AKIN


def _is_copy(first: tuple[Fingerprint, Fingerprint], second: tuple[Fingerprint, Fingerprint]) -> bool:
    (whole, middle), (other, other_middle) = first, second
    if is_copy(whole, other):
        return True
    return (whole is not middle or other is not other_middle) and is_copy(middle, other_middle)
