"""The division of audited pictures into train, val and test, so that no copy crosses."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.errors import DatasetError
from core.learning.datasets.audit import Audited
from core.learning.datasets.manifest import Item, LeftOut, Manifest, Source, Split, both_classes
from core.learning.datasets.survey import Surveyed

CONTRADICTION = "copies of it stand under the other class"
CROSSING = "a copy of it stands in a split before"
FURTHER_COPY = "a further copy of a picture in val or test"
UNREADABLE = "unreadable"
Group = Sequence[Surveyed]
MENDABLE = 0.1  # of `val` or `test`: where more of it has a copy in an earlier split, too little of it would be left


class Division(StrEnum):
    """How a data set is divided into train, val and test.

    GIVEN keeps the split of the folders, even where it leaks. MENDED keeps it without the copies that cross: a picture
    stays in the first of its splits, because a picture that was trained on, here or by an ancestor, cannot be a test.
    FRESH makes a new split by group.
    """

    GIVEN = "given"
    MENDED = "mended"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of the distinct pictures in each split: above zero, and one in sum.

    Raises:
        DatasetError: they are not.
    """

    train: float = 0.70
    tuning: float = 0.15
    test: float = 0.15

    def __post_init__(self) -> None:
        if min(self.train, self.tuning, self.test) <= 0 or abs(self.train + self.tuning + self.test - 1) > 1e-6:
            raise DatasetError("The shares of train, val and test must be above zero and add up to one.")


def suggest(audited: Audited) -> Division:
    """Suggest a division.

    Returns:
        GIVEN where the given split is complete and does not leak, MENDED where little of it leaks, else FRESH.
    """
    pictures = Counter(each.picture.split for each in audited.survey.pictures)
    if not set(Split) <= set(pictures):
        return Division.FRESH
    if not audited.audit.leaks:
        return Division.GIVEN
    crossing: Counter[Split] = Counter()
    for group in audited.groups:
        splits = [audited.survey.pictures[index].picture.split for index in group]
        given = [split for split in splits if split]
        crossing.update(split for split in given if split is not _first(given))
    is_little = all(crossing[split] <= MENDABLE * pictures[split] for split in (Split.TUNING, Split.TEST))
    return Division.MENDED if is_little else Division.FRESH


def make_manifest(
    name: str,
    sources: Sequence[Source],
    audited: Audited,
    home: Path,
    division: Division,
    shares: Shares | None = None,
    seed: int = 0,
) -> Manifest:
    """Divide audited pictures. The same pictures, division, shares and seed give the same manifest.

    Pictures whose copies carry both classes are left out. A fresh split is stratified by class. It takes one copy of
    each picture into `val` and `test`, so that each counts once there. Where the given split is kept, pictures of
    sources without a split follow their copies, or are divided by the shares.

    Args:
        home: FRACTURE_HOME; sources with a relative root lie below it.

    Raises:
        DatasetError: the training split or the tuning split lacks a class.
    """
    shares = shares or Shares()
    read = audited.survey.pictures
    groups = [[read[index] for index in group] for group in audited.groups]
    left_out: Counter[tuple[str, str]] = Counter((each.source, UNREADABLE) for each, _ in audited.survey.refused)
    undisputed: list[Group] = []
    for group in groups:
        if len({each.picture.fractured for each in group}) > 1:
            left_out.update((each.picture.source, CONTRADICTION) for each in group)
        else:
            undisputed.append(group)
    roots = {source.name: home / source.root for source in sources}
    items: list[Item] = []
    for divided in _divide(undisputed, division, shares, seed):
        kept, reason = _kept(divided, division)
        left_out.update((each.surveyed.picture.source, reason) for each in divided.members if each not in kept)
        leader = min(each.surveyed.sha256 for each in divided.members)
        items += [_item(each, leader, roots) for each in kept]
    described = tuple(
        replace(source, left_out=(*source.left_out, *_left_out(left_out, source.name))) for source in sources
    )
    in_order = sorted(set(items), key=lambda item: (item.split, item.source, item.file))
    manifest = Manifest(name, described, tuple(in_order))
    for split in (Split.TRAIN, Split.TUNING):
        if not both_classes(manifest.of(split)):
            raise DatasetError(
                f"Too little is left: {split!r} needs pictures of both classes. Add some, or split anew."
            )
    return manifest


@dataclass(frozen=True, eq=False, slots=True)
class _Placed:
    """A picture with its split."""

    surveyed: Surveyed
    split: Split


@dataclass(frozen=True, eq=False, slots=True)
class _DividedGroup:
    """All copies of one picture, each with its split.

    Attributes:
        is_assigned: whether the whole group was assigned to one split; else the splits are those of the folders.
    """

    members: tuple[_Placed, ...]
    is_assigned: bool


def _divide(groups: Sequence[Group], division: Division, shares: Shares, seed: int) -> list[_DividedGroup]:
    """Keep the given splits, or assign new ones, and assign one to each group of pictures that have none."""
    divided: list[_DividedGroup] = []
    unassigned: list[Group] = []
    for group in groups:
        given = {each.picture.split for each in group if each.picture.split}
        if division is Division.FRESH or not given:
            unassigned.append(group)
        else:
            first = _first(given)
            divided.append(_DividedGroup(tuple(_Placed(each, each.picture.split or first) for each in group), False))
    for fractured in (True, False):
        of_class = [group for group in unassigned if group[0].picture.fractured is fractured]
        divided += _assign(of_class, shares, seed)
    return divided


def _assign(groups: Sequence[Group], shares: Shares, seed: int) -> list[_DividedGroup]:
    """Assign groups of one class to splits, in an order that the pictures' bytes and the seed decide."""
    ordered = sorted(groups, key=lambda group: min(each.sha256 for each in group))
    random.Random(seed).shuffle(ordered)  # noqa: S311  a repeatable order, and no secret
    n_test = max(1, round(len(ordered) * shares.test))
    n_held_out = n_test + max(1, round(len(ordered) * shares.tuning))
    assigned = []
    for number, group in enumerate(ordered):
        split = Split.TEST if number < n_test else Split.TUNING if number < n_held_out else Split.TRAIN
        assigned.append(_DividedGroup(tuple(_Placed(each, split) for each in group), True))
    return assigned


def _kept(group: _DividedGroup, division: Division) -> tuple[Sequence[_Placed], str]:
    """The members of a group that go into the manifest, and why the others do not."""
    first = _first(each.split for each in group.members)
    if not group.is_assigned:
        if division is Division.MENDED:
            return [each for each in group.members if each.split is first], CROSSING
        return group.members, ""
    if first is Split.TRAIN:
        return group.members, ""
    return [min(group.members, key=_blackness)], FURTHER_COPY


def _first(splits: Iterable[Split]) -> Split:
    return min(splits, key=list(Split).index)


def _blackness(each: _Placed) -> tuple[float, str]:
    """The sort key of copies: the copy that was turned least has the fewest corners filled with black."""
    return each.surveyed.traits.black_corners, each.surveyed.sha256


def _item(each: _Placed, group: str, roots: Mapping[str, Path]) -> Item:
    picture = each.surveyed.picture
    return Item(
        sha256=each.surveyed.sha256,
        file=picture.path.relative_to(roots[picture.source]).as_posix(),
        source=picture.source,
        split=each.split,
        fractured=picture.fractured,
        group=group,
        aided=picture.aided,
        fingerprint=each.surveyed.fingerprint,
        boxes=picture.boxes,
    )


def _left_out(counts: Counter[tuple[str, str]], source: str) -> tuple[LeftOut, ...]:
    """The pictures of one source that are left out, by reason; `counts` has a key (source, reason)."""
    return tuple(LeftOut(reason, number) for (of, reason), number in sorted(counts.items()) if of == source)
