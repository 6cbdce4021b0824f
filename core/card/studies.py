"""Studies beyond one evaluation, as they stand on a card. A study's key on the card is its `kind`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

from core.card.convert import read
from core.card.figures import SplitFigures
from core.card.part import Count, Interval, Part, Share, always


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedPictures(Part):
    """What the gate declines of pictures of one kind.

    Attributes:
        n: pictures that could be read.
        declined: share of them that the gate declines.
        n_unreadable: files that are no picture.
    """

    n: Count | None = None
    declined: Share | None = always()
    declined_ci: Interval | None = None
    n_unreadable: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStudy(Part):
    """What the gate of one version declines, by kind of picture. `note` says what must be known of the pictures."""

    kind: str = always("gate")
    version: str | None = None
    note: str | None = None
    measured: Mapping[str, DeclinedPictures] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAgainFigures(Part):
    """One version on radiographs saved in one way.

    Attributes:
        n: radiographs.
        auc: of the probabilities.
        moved: share whose probability differs by more than the study's `moved_by` from that of the original.
        other_band: share that comes into another band.
    """

    n: Count | None = None
    auc: Share | None = always()
    auc_ci: Interval | None = None
    moved: Share | None = None
    other_band: Share | None = None
    moved_ci: Interval | None = None
    other_band_ci: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAgainStudy(Part):
    """The same radiographs saved again with losses, by how they were saved."""

    kind: str = always("saved_again")
    version: str | None = None
    dataset: str | None = None
    split: str | None = None
    manifest_sha256: str | None = None
    moved_by: float | None = None
    measured: Mapping[str, SavedAgainFigures] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipFigures(Part):
    """One way of reading: the AUC of the scores, the pointing game, and its time in times of reading once."""

    n: Count | None = None
    auc: Share | None = always()
    auc_ci: Interval | None = None
    hit_rate: Share | None = None
    hit_rate_ci: Interval | None = None
    time: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipsStudy(Part):
    """Each radiograph read once, and twice with the mean of both readings."""

    kind: str = always("flips")
    version: str | None = None
    dataset: str | None = None
    split: str | None = None
    manifest_sha256: str | None = None
    measured: Mapping[str, FlipFigures] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSpread(Part):
    """One figure over several seeds: mean, sample standard deviation, and the values."""

    mean: float
    sd: float | None = always()
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsStudy(Part):
    """The spread of figures over versions that differ in their seed, by name of the figure."""

    kind: str = always("seeds")
    dataset: str | None = None
    split: str | None = None
    versions: tuple[str, ...] = ()
    figures: Mapping[str, SeedSpread] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalStudy(Part):
    """Versions on one picture a source of another collection.

    Attributes:
        n_files, n_sources: of the whole collection.
        measured: by version.
    """

    kind: str = always("external")
    dataset: str | None = None
    n_files: Count | None = None
    n_sources: Count | None = None
    manifest_sha256: str | None = None
    measured: Mapping[str, SplitFigures] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEpoch(Part):
    """One epoch of the reference CNN, with what its author reported; None where he reported nothing."""

    epoch: Count
    accuracy: Share | None = always()
    loss: float | None = always()
    seed_accuracy: Share | None = always()
    seed_loss: float | None = always()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceStudy(Part):
    """The reference CNN trained as its author did, and measured where he did and where he did not.

    Attributes:
        n_train, n_sources_in_train: files, and source pictures they are copies of.
        best_epoch: counts from 1.
        measured: by group of radiographs.
    """

    kind: str = always("seed_figures")
    dataset: str | None = None
    network: str | None = None
    n_train: Count | None = None
    n_sources_in_train: Count | None = None
    best_epoch: Count | None = None
    epochs: tuple[ReferenceEpoch, ...] = ()
    measured: Mapping[str, SplitFigures] = always({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies(Part):
    """The studies of a version; None where one was not made."""

    seed_figures: ReferenceStudy | None = None
    gate: GateStudy | None = None
    external: ExternalStudy | None = None
    seeds: SeedsStudy | None = None
    saved_again: SavedAgainStudy | None = None
    flips: FlipsStudy | None = None


Study: TypeAlias = GateStudy | SavedAgainStudy | FlipsStudy | SeedsStudy | ExternalStudy | ReferenceStudy

KINDS: Mapping[str, type[Study]] = MappingProxyType(
    {
        "gate": GateStudy,
        "saved_again": SavedAgainStudy,
        "flips": FlipsStudy,
        "seeds": SeedsStudy,
        "external": ExternalStudy,
        "seed_figures": ReferenceStudy,
    }
)


def read_study(document: object) -> Study:
    """Read what `python -m core study` wrote.

    Raises:
        ValueError: it is no study, or of no known kind.
    """
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, but is {kind!r}")
    study: Study = read(KINDS[kind], document)
    return study


def with_studies(studies: Studies, added: Iterable[Study]) -> Studies:
    """The studies of a card, with others added to them or put in their place."""
    by_kind: dict[str, Any] = {study.kind: study for study in added}
    return replace(studies, **by_kind)
