"""From what readers said of a radiograph to its class: an adjudication, or the agreement of all readers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain import Review, Verdict

CLASSES = (Verdict.FRACTURED, Verdict.NOT_FRACTURED)


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """Which verdicts count.

    Attributes:
        readers: whose; empty for everybody's.
        since: given at this time or later; None for any time.
        aided: False leaves out verdicts given with the model's answer in sight.
    """

    readers: tuple[str, ...] = ()
    since: datetime | None = None
    aided: bool = True


class NoLabel(StrEnum):
    """Why a reviewed radiograph has no class. The values are for people."""

    DISPUTED = "readers disagree, and nobody has adjudicated"
    OTHER = "unsure or not assessable"
    NOT_CHOSEN = "no verdict by the chosen readers, in the chosen time and way"


@dataclass(frozen=True, slots=True)
class Label:
    """A class. `aided`: the model's answer was in sight for one of the verdicts behind it."""

    fractured: bool
    aided: bool


def label(reviews: Sequence[Review], choice: LabelPolicy) -> Label | NoLabel:
    """Find the class that readers gave a radiograph.

    The newest adjudication counts. Without one each reader's last verdict counts, and all must be the same.

    Args:
        reviews: all of the radiograph, oldest first. One without a verdict takes the reader's verdicts of that entry
            before it back.
    """
    counting = [each for each in _standing(reviews, choice.aided) if _is_chosen(each, choice)]
    adjudications = [each for each in counting if each.adjudication]
    by_reader = {each.reader: each for each in counting if not each.adjudication}
    deciding = adjudications[-1:] or list(by_reader.values())
    said = {each.verdict for each in deciding}
    if not said:
        return NoLabel.NOT_CHOSEN
    if len(said) > 1:
        return NoLabel.DISPUTED
    verdict = said.pop()
    if verdict not in CLASSES:
        return NoLabel.OTHER
    return Label(verdict is Verdict.FRACTURED, any(each.aided for each in deciding))


def _standing(reviews: Sequence[Review], aided: bool) -> list[Review]:
    """Each reader's last verdict on each entry; where aided ones don't count, the last one before they were aided."""
    series: dict[tuple[int, str, bool], list[Review]] = defaultdict(list)
    for each in reviews:
        key = (each.entry_id, each.reader, each.adjudication)
        if each.verdict is None:
            series[key].clear()
        elif aided or not each.aided:
            series[key].append(each)
    return sorted((given[-1] for given in series.values() if given), key=lambda each: each.id)


def _is_chosen(review: Review, choice: LabelPolicy) -> bool:
    is_reader = not choice.readers or review.reader in choice.readers
    return is_reader and (choice.since is None or review.created >= choice.since)
