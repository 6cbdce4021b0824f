"""Performance of readers and model: agreement, sensitivity, overruling, switching, reading times, and drift."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from core.domain import Band, ReadingMode, Verdict
from core.reading.review.reviews import agreement
from core.statistics.agreement import Drift, Figure, cohen_kappa, mean, median, population_stability, share
from core.store import performance_records
from core.store.database import Database
from core.store.performance_records import PredictedCase, ReviewedCase

BASELINE = 100  # predictions, at least, of the first periods, which later ones are compared with
COMPARED = 30  # predictions, at least, of a period that is compared
LONGEST_BY_DAY, LONGEST_BY_WEEK = timedelta(days=21), timedelta(weeks=26)  # a longer time is shown by month
CLEAR_VERDICTS = (Verdict.FRACTURED, Verdict.NOT_FRACTURED)
HIGH_SENSITIVITY, HIGH_SPECIFICITY = "high_sensitivity", "high_specificity"
NO_PART = "not said"


@dataclass(frozen=True, slots=True)
class Group:
    """A figure of one group of cases."""

    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Pair:
    """Agreement of two readers on the cases that both have read, over all four verdicts."""

    first: str
    second: str
    kappa: Figure


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The model at one operating point against readers.

    Attributes:
        name: `high_sensitivity` or `high_specificity`.
        unaided: whether it is measured on unaided verdicts alone.
        sensitivity, specificity: against the reference, which is the adjudicated verdict, else the verdict that all
            readers agree on.
        kappa: between the reference and the model.
    """

    name: str
    unaided: bool
    sensitivity: Figure
    specificity: Figure
    kappa: Figure


@dataclass(frozen=True, slots=True)
class Switches:
    """How often readers changed an unaided verdict once they saw the model's answer.

    Attributes:
        all: the share that changed, of all verdicts that were confirmed or changed.
        towards, away: of the same, the share that changed to what the model says, and away from it.
    """

    all: Figure
    towards: Figure
    away: Figure


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week or a month.

    Attributes:
        probability: the mean probability by one model version.
        overruled: the share of the period's clear verdicts that overrule the model.
        drift: of the probabilities from those of the first periods; None where there are too few to compare.
    """

    start: date
    probability: Figure
    overruled: Figure
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class Performance:
    """All figures. Adjudications count as the reference standard only, not as readings."""

    readings: int
    cases: int
    readers: tuple[str, ...]
    between_readers: tuple[Pair, ...]
    with_model: tuple[Group, ...]
    model: tuple[AtPoint, ...]
    overruled_by_band: tuple[Group, ...]
    overruled_by_part: tuple[Group, ...]
    switches: Switches
    seconds: tuple[Group, ...]
    model_version: str
    periods: tuple[Period, ...]


class PerformanceMeasurement:
    """Measures performance from the reviews and predictions in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def performance(self, batch_id: int | None = None) -> Performance:
        """Measure one batch, or all of them."""
        with self._database.reading() as connection:
            reviewed = performance_records.reviewed_cases(connection, batch_id)
            predicted = performance_records.predicted_cases(connection, batch_id)
        return measure(reviewed, predicted)


def measure(reviewed: Sequence[ReviewedCase], predicted: Sequence[PredictedCase]) -> Performance:
    """Measure every figure.

    Args:
        reviewed, predicted: every review and every prediction, oldest first.
    """
    standing = _standing(each for each in reviewed if not each.adjudication)
    adjudicated = {each.entry_id: each for each in _standing(each for each in reviewed if each.adjudication)}
    unaided = _first_unaided(reviewed)
    by_reader = _group(standing, lambda each: each.reader)
    version = predicted[-1].model_version if predicted else ""
    return Performance(
        readings=len(standing),
        cases=len({each.entry_id for each in standing}),
        readers=tuple(sorted(by_reader)),
        between_readers=tuple(_pairs(by_reader)),
        with_model=tuple(Group(reader, _kappa_with_model(cases)) for reader, cases in sorted(by_reader.items())),
        model=tuple(
            _at_point(name, is_unaided, _references(cases, adjudicated))
            for is_unaided, cases in ((False, standing), (True, unaided))
            for name in (HIGH_SENSITIVITY, HIGH_SPECIFICITY)
        ),
        overruled_by_band=tuple(
            Group(band, _overruled(each for each in standing if each.band is band))
            for band in (Band.POSITIVE, Band.NEGATIVE)
        ),
        overruled_by_part=tuple(
            Group(part, _overruled(cases))
            for part, cases in sorted(_group(standing, lambda each: each.body_part or NO_PART).items())
        ),
        switches=_switches(reviewed),
        seconds=tuple(_seconds(reviewed)),
        model_version=version,
        periods=tuple(_periods(standing, [each for each in predicted if each.model_version == version])),
    )


def _group(cases: Iterable[ReviewedCase], key: Callable[[ReviewedCase], str]) -> dict[str, list[ReviewedCase]]:
    groups: dict[str, list[ReviewedCase]] = defaultdict(list)
    for each in cases:
        groups[key(each)].append(each)
    return groups


def _standing(reviewed: Iterable[ReviewedCase]) -> list[ReviewedCase]:
    """Each reader's last verdict on each entry, unless it was taken back."""
    last = {(each.entry_id, each.reader): each for each in reviewed}
    return [each for each in last.values() if each.verdict is not None]


def _first_verdicts(reviewed: Iterable[ReviewedCase]) -> list[ReviewedCase]:
    """Each reader's first verdict on each entry."""
    first: dict[tuple[int, str], ReviewedCase] = {}
    for each in reviewed:
        if each.verdict is not None and not each.adjudication:
            first.setdefault((each.entry_id, each.reader), each)
    return list(first.values())


def _first_unaided(reviewed: Iterable[ReviewedCase]) -> list[ReviewedCase]:
    """Each reader's first verdict on each entry, where it was unaided."""
    return [each for each in _first_verdicts(reviewed) if not each.aided]


def _pairs(by_reader: dict[str, list[ReviewedCase]]) -> Iterable[Pair]:
    for first, second in combinations(sorted(by_reader), 2):
        others = {each.entry_id: each.verdict for each in by_reader[second]}
        both = [(each.verdict, others[each.entry_id]) for each in by_reader[first] if each.entry_id in others]
        if both:
            yield Pair(first, second, cohen_kappa(*zip(*both, strict=True)))


def _kappa_with_model(cases: Iterable[ReviewedCase]) -> Figure:
    """Kappa of a reader and the model, on the cases where both are clear."""
    both = [
        (each.verdict is Verdict.FRACTURED, each.band is Band.POSITIVE)
        for each in cases
        if agreement(each.verdict, each.band)
    ]
    return cohen_kappa([a for a, _ in both], [b for _, b in both])


def _references(cases: Iterable[ReviewedCase], adjudicated: dict[int, ReviewedCase]) -> list[ReviewedCase]:
    """One case for each entry, with the reference verdict; without entries that have no clear one."""
    by_entry: dict[int, list[ReviewedCase]] = defaultdict(list)
    for each in cases:
        by_entry[each.entry_id].append(each)
    chosen = (
        adjudicated.get(entry_id) or (each[0] if len({case.verdict for case in each}) == 1 else None)
        for entry_id, each in by_entry.items()
    )
    return [each for each in chosen if each and each.verdict in CLEAR_VERDICTS and each.probability is not None]


def _at_point(name: str, unaided: bool, references: Sequence[ReviewedCase]) -> AtPoint:
    fractured = [each.verdict is Verdict.FRACTURED for each in references]
    positive = [_reaches(each, name) for each in references]
    true_positives = sum(a and b for a, b in zip(fractured, positive, strict=True))
    true_negatives = sum(not a and not b for a, b in zip(fractured, positive, strict=True))
    return AtPoint(
        name=name,
        unaided=unaided,
        sensitivity=share(true_positives, sum(fractured)),
        specificity=share(true_negatives, len(fractured) - sum(fractured)),
        kappa=cohen_kappa(fractured, positive),
    )


def _reaches(case: ReviewedCase, point: str) -> bool:
    """Whether the probability of a case reaches the threshold of an operating point."""
    threshold = case.threshold_low if point == HIGH_SENSITIVITY else case.threshold_high
    return case.probability is not None and threshold is not None and case.probability >= threshold


def _overruled(cases: Iterable[ReviewedCase]) -> Figure:
    compared = [compared for each in cases if (compared := agreement(each.verdict, each.band))]
    return share(compared.count("disagree"), len(compared))


def _switches(reviewed: Sequence[ReviewedCase]) -> Switches:
    first = {(each.entry_id, each.reader): each for each in _first_unaided(reviewed)}
    pairs = [
        (before, each)
        for each in _standing(each for each in reviewed if not each.adjudication)
        if each.aided
        and each.mode is ReadingMode.UNAIDED_FIRST
        and (before := first.get((each.entry_id, each.reader))) is not None
    ]
    changed = [(before, after) for before, after in pairs if before.verdict is not after.verdict]
    towards = [after for before, after in changed if agreement(after.verdict, after.band) == "agree"]
    away = [after for before, after in changed if agreement(before.verdict, after.band) == "agree"]
    return Switches(*(share(len(cases), len(pairs)) for cases in (changed, towards, away)))


def _seconds(reviewed: Sequence[ReviewedCase]) -> Iterable[Group]:
    """Median seconds from the radiograph on the screen to the first verdict on it, by mode."""
    first = _first_verdicts(reviewed)
    for mode in ReadingMode:
        values = [
            (each.created - each.shown_at).total_seconds()
            for each in first
            if each.mode is mode and each.shown_at is not None
        ]
        if values:
            yield Group(mode, median(values))


def _periods(standing: Sequence[ReviewedCase], predicted: Sequence[PredictedCase]) -> Iterable[Period]:
    times = [*(case.created for case in standing), *(case.created for case in predicted)]
    if not times:
        return
    start_of = _calendar(max(times) - min(times))
    probabilities: dict[date, list[float]] = defaultdict(list)
    verdicts: dict[date, list[ReviewedCase]] = defaultdict(list)
    for prediction in predicted:
        if prediction.probability is not None:
            probabilities[start_of(prediction.created)].append(prediction.probability)
    for case in standing:
        verdicts[start_of(case.created)].append(case)
    baseline: list[float] = []
    for start in sorted({*probabilities, *verdicts}):
        recent, drift = probabilities.get(start, []), None
        if len(baseline) < BASELINE:
            baseline += recent
        elif len(recent) >= COMPARED:
            drift = population_stability(baseline, recent)
        yield Period(start, mean(recent), _overruled(verdicts.get(start, ())), drift)


def _calendar(span: timedelta) -> Callable[[datetime], date]:
    """Choose days, weeks or months for a span, and return what gives the first day of a time's period."""

    def start(time: datetime) -> date:
        day = time.astimezone(UTC).date()
        if span <= LONGEST_BY_DAY:
            return day
        return day - timedelta(days=day.weekday()) if span <= LONGEST_BY_WEEK else day.replace(day=1)

    return start
