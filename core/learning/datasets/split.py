"""From audited pictures to a manifest: which are trained on, chosen on and tested on, so that no copy crosses."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
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


MENDABLE = 0.1  # of `val` or `test`: where more of it stands in a split before, too little of it would be left


class Division(StrEnum):
    """How a data set becomes train, val and test.

    GIVEN keeps the split of the folders, even where it leaks. MENDED keeps it without the copies that cross: a picture
    stays in the first of its splits, since what was trained on before, here or in an ancestor, cannot be a test. FRESH
    makes a new one by group.
    """

    GIVEN = "given"
    MENDED = "mended"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of the distinct pictures go where, as shares above zero that add up to one."""

    train: float = 0.70
    tuning: float = 0.15
    test: float = 0.15

    def __post_init__(self) -> None:
        if min(self.train, self.tuning, self.test) <= 0 or abs(self.train + self.tuning + self.test - 1) > 1e-6:
            raise DatasetError("The shares of train, val and test must be above zero and add up to one.")


def suggest(audited: Audited) -> Division:
    """The given split where it is clean and complete, a mended one where little of it is not, else a fresh one."""
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
    """Decide where each picture goes. The same pictures, division, shares and seed give the same manifest.

    Pictures whose copies carry both classes are left out. A fresh split is stratified by class, and takes one copy of
    each picture into `val` and `test`, since more would count it more than once. Where the given split is kept,
    pictures of sources without one follow their copies, or are dealt out by the shares.

    Args:
        home: FRACTURE_HOME; sources with a relative root lie below it.

    Raises:
        DatasetError: too little is left to train on and to choose by.
    """
    shares = shares or Shares()
    read = audited.survey.pictures
    groups = [[read[index] for index in group] for group in audited.groups]
    left_out: Counter[tuple[str, str]] = Counter((each.source, UNREADABLE) for each, _ in audited.survey.refused)
    clear = []
    for group in groups:
        if len({each.picture.fractured for each in group}) > 1:
            left_out.update((each.picture.source, CONTRADICTION) for each in group)
        else:
            clear.append(group)
    roots = {source.name: home / source.root for source in sources}
    items: list[Item] = []
    for group, split in _divide(clear, division, shares, seed):
        kept, reason = _kept(group, split, division)
        left_out.update((each.picture.source, reason) for each in group if each not in kept)
        leader = min(each.sha256 for each in group)
        items += [_item(each, split or each.picture.split, leader, roots) for each in kept]
    noted = tuple(replace(source, left_out=(*source.left_out, *_noted(left_out, source.name))) for source in sources)
    manifest = Manifest(name, noted, tuple(sorted(set(items), key=lambda item: (item.split, item.source, item.file))))
    for split in (Split.TRAIN, Split.TUNING):
        if not both_classes(manifest.of(split)):
            raise DatasetError(
                f"Too little is left: {split!r} needs pictures of both classes. Add some, or split anew."
            )
    return manifest


def _divide(groups: Sequence[Group], division: Division, shares: Shares, seed: int) -> list[tuple[Group, Split | None]]:
    """Each group with its split; None where each picture keeps its own."""
    divided: list[tuple[Group, Split | None]] = []
    to_deal: list[Group] = []
    for group in groups:
        given = {each.picture.split for each in group} - {None}
        if division is Division.FRESH or not given:
            to_deal.append(group)
        else:
            told = [each if each.picture.split else _put(each, _first(given)) for each in group]
            divided.append((told, None))
    for fractured in (True, False):
        of_class = [group for group in to_deal if group[0].picture.fractured is fractured]
        divided += _deal(of_class, shares, seed)
    return divided


def _deal(groups: Sequence[Group], shares: Shares, seed: int) -> list[tuple[Group, Split]]:
    """Shuffle in an order that the pictures' bytes and the seed decide, whatever their names."""
    ordered = sorted(groups, key=lambda group: min(each.sha256 for each in group))
    random.Random(seed).shuffle(ordered)
    tested = max(1, round(len(ordered) * shares.test))
    chosen = tested + max(1, round(len(ordered) * shares.tuning))
    places = [Split.TEST if at < tested else Split.TUNING if at < chosen else Split.TRAIN for at in range(len(ordered))]
    return list(zip(ordered, places, strict=True))


def _kept(group: Group, split: Split | None, division: Division) -> tuple[Group, str]:
    """Those of a group that are taken, and why the others are not."""
    if split is None and division is Division.MENDED:
        first = _first(each.picture.split for each in group)
        return [each for each in group if each.picture.split is first], CROSSING
    if split in (None, Split.TRAIN):
        return group, ""
    return [min(group, key=_plainness)], FURTHER_COPY


def _first(splits: Iterable[Split]) -> Split:
    return min(splits, key=list(Split).index)


def _put(each: Surveyed, split: Split) -> Surveyed:
    return replace(each, picture=replace(each.picture, split=split))


def _plainness(each: Surveyed) -> tuple[float, str]:
    """The copy that was turned least has the fewest corners filled with black."""
    return each.traits.black_corners, each.sha256


def _item(each: Surveyed, split: Split, group: str, roots: dict[str, Path]) -> Item:
    picture = each.picture
    return Item(
        sha256=each.sha256,
        file=picture.path.relative_to(roots[picture.source]).as_posix(),
        source=picture.source,
        split=split,
        fractured=picture.fractured,
        group=group,
        aided=picture.aided,
        fingerprint=each.fingerprint,
        boxes=picture.boxes,
    )


def _noted(left_out: Counter[tuple[str, str]], source: str) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(why, number) for (where, why), number in sorted(left_out.items()) if where == source)
