"""The class of a reviewed radiograph: from an adjudication, or from the agreement of all readers."""

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
        readers: whose verdicts; empty for everybody's.
        since: only verdicts given at this time or later; None for any time.
        aided: False leaves out verdicts given with the model's prediction visible.
    """

    readers: tuple[str, ...] = ()
    since: datetime | None = None
    aided: bool = True


class NoLabel(StrEnum):
    """Why a reviewed radiograph gets no class. The values are for people."""

    DISPUTED = "readers disagree, and nobody has adjudicated"
    OTHER = "unsure or not assessable"
    NOT_CHOSEN = "no verdict by the chosen readers, in the chosen time and way"


@dataclass(frozen=True, slots=True)
class Label:
    """The class of a reviewed radiograph.

    Attributes:
        aided: whether the model's prediction was visible for one of the verdicts behind it.
    """

    fractured: bool
    aided: bool


def label(reviews: Sequence[Review], policy: LabelPolicy) -> Label | NoLabel:
    """Find the class that readers gave a radiograph.

    The newest adjudication counts. Without one each reader's last verdict counts, and all of them must agree.

    Args:
        reviews: all reviews of the radiograph, oldest first. A review without a verdict withdraws the reader's earlier
            verdicts on that entry.

    Returns:
        The class, or why there is none.
    """
    counting = [review for review in _last_verdicts(reviews, policy.aided) if _counts(review, policy)]
    adjudications = [review for review in counting if review.adjudication]
    by_reader = {review.reader: review for review in counting if not review.adjudication}
    deciding = adjudications[-1:] or list(by_reader.values())
    verdicts = {review.verdict for review in deciding}
    if not verdicts:
        return NoLabel.NOT_CHOSEN
    if len(verdicts) > 1:
        return NoLabel.DISPUTED
    verdict = verdicts.pop()
    if verdict not in CLASSES:
        return NoLabel.OTHER
    return Label(verdict is Verdict.FRACTURED, any(review.aided for review in deciding))


def _last_verdicts(reviews: Sequence[Review], aided: bool) -> list[Review]:
    """The last verdict of each reader on each entry; the last unaided one where aided verdicts do not count."""
    series: dict[tuple[int, str, bool], list[Review]] = defaultdict(list)
    for review in reviews:
        key = (review.entry_id, review.reader, review.adjudication)
        if review.verdict is None:
            series[key].clear()
        elif aided or not review.aided:
            series[key].append(review)
    return sorted((given[-1] for given in series.values() if given), key=lambda review: review.id)


def _counts(review: Review, policy: LabelPolicy) -> bool:
    is_reader = not policy.readers or review.reader in policy.readers
    return is_reader and (policy.since is None or review.created >= policy.since)
