"""The audit of a data set: its counts, unreadable files, copies, leaks, contradictions and shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from core.config import Limits
from core.domain import Refusal
from core.learning.datasets.duplicates import Candidate, find_groups
from core.learning.datasets.manifest import Leak, Split, leaks_of
from core.learning.datasets.shortcuts import Shortcut, find_shortcuts
from core.learning.datasets.survey import Picture, Survey, Surveyed, survey

UNSPLIT = "none"  # the split of a picture whose source gives none


@dataclass(frozen=True, slots=True)
class Count:
    """The pictures of one split that can be read.

    Attributes:
        split: its name, or `UNSPLIT`.
        smallest, typical, largest: width and height of the picture with the fewest, median and most pixels.
    """

    split: str
    fractured: int
    not_fractured: int
    bytes: int
    smallest: tuple[int, int]
    typical: tuple[int, int]
    largest: tuple[int, int]


@dataclass(frozen=True)
class Audit:
    """The result of an audit. Files are named by `Picture.name`.

    Attributes:
        pictures: how many files can be read.
        distinct: how many pictures there are when all copies of one count once.
        exact_copies: how many files have the same bytes as an earlier one.
        copy_groups: the groups of more than one copy, each with all its files.
        leaks: the splits that share pictures.
        contradictions: those of `copy_groups` that stand under both classes.
        shortcuts: how well each trait of the files predicts the class, the highest AUC first.
    """

    pictures: int
    distinct: int
    counts: tuple[Count, ...]
    unreadable: tuple[Refusal, ...]
    exact_copies: int
    copy_groups: tuple[tuple[str, ...], ...]
    leaks: tuple[Leak, ...]
    contradictions: tuple[tuple[str, ...], ...]
    shortcuts: tuple[Shortcut, ...]

    def as_json(self) -> dict[str, object]:
        """The audit as `audit --json` writes it."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Audited:
    """An audit with what it was made from.

    Attributes:
        groups: indices into `survey.pictures`, one group of copies each, single pictures too.
    """

    audit: Audit
    survey: Survey
    groups: tuple[tuple[int, ...], ...]


def audit(
    pictures: Sequence[Picture], limits: Limits, on_done: Callable[[str, int, int], None] | None = None
) -> Audited:
    """Read all pictures, sort them into groups of copies, and report.

    Args:
        on_done: called with (phase, done, total).
    """

    def progress_of(phase: str) -> Callable[[int, int], None]:
        return lambda done, total: on_done(phase, done, total) if on_done else None

    found, fingerprints = survey(pictures, limits, progress_of("reading"))
    candidates = [Candidate(each.sha256, pair) for each, pair in zip(found.pictures, fingerprints, strict=True)]
    groups = find_groups(candidates, progress_of("comparing"))
    return Audited(report(found, groups), found, tuple(map(tuple, groups)))


def report(found: Survey, groups: Sequence[Sequence[int]]) -> Audit:
    """Make the audit of a survey.

    Args:
        groups: indices into `found.pictures`, one group of copies each, single pictures too.
    """
    read = found.pictures
    copies = [group for group in groups if len(group) > 1]
    contradictory = [group for group in copies if len({read[index].picture.fractured for index in group}) > 1]
    group_of = {index: number for number, group in enumerate(groups) for index in group}
    split = [(group_of[index], each.picture.split) for index, each in enumerate(read) if each.picture.split]
    undisputed = [read[group[0]] for group in groups if group not in contradictory]
    return Audit(
        pictures=len(read),
        distinct=len(groups),
        counts=_count(read),
        unreadable=tuple(refusal for _, refusal in found.refused),
        exact_copies=len(read) - len({each.sha256 for each in read}),
        copy_groups=_names(read, copies),
        leaks=leaks_of(split),
        contradictions=_names(read, contradictory),
        shortcuts=find_shortcuts([each.traits for each in undisputed], [each.picture.fractured for each in undisputed]),
    )


def _names(read: Sequence[Surveyed], groups: Sequence[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(read[index].picture.name for index in group) for group in groups)


def _count(read: Sequence[Surveyed]) -> tuple[Count, ...]:
    counts = []
    for split in (*Split, None):
        within = [each for each in read if each.picture.split is split]
        if not within:
            continue
        sizes = sorted(((each.traits.width, each.traits.height) for each in within), key=lambda size: size[0] * size[1])
        fractured = sum(each.picture.fractured for each in within)
        counts.append(
            Count(
                split or UNSPLIT,
                fractured,
                len(within) - fractured,
                sum(each.traits.file_bytes for each in within),
                sizes[0],
                sizes[len(sizes) // 2],
                sizes[-1],
            )
        )
    return tuple(counts)
