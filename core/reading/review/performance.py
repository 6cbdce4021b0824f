"""How readers and the model do: agreement, the model against the reviews, overruling, switching, times, and drift."""

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

BASELINE = 100  # predictions at least, from the beginning on, that later ones are compared with
COMPARED = 30  # predictions at least, in a period that is compared
DAYS, WEEKS = timedelta(days=21), timedelta(weeks=26)  # so long a time is shown by day, by week; a longer one by month
CLEAR = (Verdict.FRACTURED, Verdict.NOT_FRACTURED)
NO_PART = "not said"


@dataclass(frozen=True, slots=True)
class Group:
    """A figure of some of the cases."""

    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readers on the cases that both have read, over all four verdicts."""

    first: str
    second: str
    kappa: Figure


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The model at one operating point against readers.

    Attributes:
        name: `high_sensitivity` or `high_specificity`.
        unaided: whether only verdicts count that were given without the model's answer in sight.
        sensitivity, specificity: against the adjudicated verdict, else against what all readers agree on.
        kappa: between that verdict and the model.
    """

    name: str
    unaided: bool
    sensitivity: Figure
    specificity: Figure
    kappa: Figure


@dataclass(frozen=True, slots=True)
class Switches:
    """What became of verdicts once the model's answer was shown.

    Attributes:
        all: how many changed, of all that were confirmed or changed.
        towards, away: how many changed to what the model says, and from it, of the same.
    """

    all: Figure
    towards: Figure
    away: Figure


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week or a month.

    Attributes:
        probability: the mean, of one model version; `drift` of their distribution is from the first periods', and None
            where there is too little to compare.
        overruled: of the verdicts given in it.
    """

    start: date
    probability: Figure
    overruled: Figure
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class Performance:
    """All of it. Adjudications count as the reference standard only, not as readings."""

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
    """Measures from what the store holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def performance(self, batch_id: int | None = None) -> Performance:
        """Of one batch, or of all."""
        with self._database.reading() as connection:
            said = performance_records.reviewed_cases(connection, batch_id)
            predicted = performance_records.predicted_cases(connection, batch_id)
        return measure(said, predicted)


def measure(said: Sequence[ReviewedCase], predicted: Sequence[PredictedCase]) -> Performance:
    """Every figure from every review and prediction, both oldest first."""
    standing = _standing(each for each in said if not each.adjudication)
    settled = {each.entry_id: each for each in _standing(each for each in said if each.adjudication)}
    unaided = _first_unaided(said)
    by_reader = _by(standing, lambda each: each.reader)
    version = predicted[-1].model_version if predicted else ""
    return Performance(
        readings=len(standing),
        cases=len({each.entry_id for each in standing}),
        readers=tuple(sorted(by_reader)),
        between_readers=tuple(_pairs(by_reader)),
        with_model=tuple(Group(reader, _kappa_with_model(found)) for reader, found in sorted(by_reader.items())),
        model=tuple(
            _at_point(name, is_unaided, _references(found, settled))
            for is_unaided, found in ((False, standing), (True, unaided))
            for name in ("high_sensitivity", "high_specificity")
        ),
        overruled_by_band=tuple(
            Group(band, _overruled(each for each in standing if each.band is band))
            for band in (Band.POSITIVE, Band.NEGATIVE)
        ),
        overruled_by_part=tuple(
            Group(part, _overruled(found))
            for part, found in sorted(_by(standing, lambda each: each.body_part or NO_PART).items())
        ),
        switches=_switches(said),
        seconds=tuple(_seconds(said)),
        model_version=version,
        periods=tuple(_periods(standing, [each for each in predicted if each.model_version == version])),
    )


def _by(found: Iterable[ReviewedCase], key: Callable[[ReviewedCase], str]) -> dict[str, list[ReviewedCase]]:
    groups: dict[str, list[ReviewedCase]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    return groups


def _standing(found: Iterable[ReviewedCase]) -> list[ReviewedCase]:
    """Each reader's last word on each entry, unless it was taken back."""
    last = {(each.entry_id, each.reader): each for each in found}
    return [each for each in last.values() if each.verdict is not None]


def _first_unaided(said: Iterable[ReviewedCase]) -> list[ReviewedCase]:
    """Each reader's first verdict on each entry, where it was given without the model's answer in sight."""
    first: dict[tuple[int, str], ReviewedCase] = {}
    for each in said:
        if each.verdict is not None and not each.adjudication:
            first.setdefault((each.entry_id, each.reader), each)
    return [each for each in first.values() if not each.aided]


def _pairs(by_reader: dict[str, list[ReviewedCase]]) -> Iterable[Pair]:
    for first, second in combinations(sorted(by_reader), 2):
        others = {each.entry_id: each.verdict for each in by_reader[second]}
        both = [(each.verdict, others[each.entry_id]) for each in by_reader[first] if each.entry_id in others]
        if both:
            yield Pair(first, second, cohen_kappa(*zip(*both, strict=True)))


def _kappa_with_model(found: Iterable[ReviewedCase]) -> Figure:
    """Where both are clear: the reader for or against, the model positive or negative."""
    both = [
        (each.verdict is Verdict.FRACTURED, each.band is Band.POSITIVE)
        for each in found
        if agreement(each.verdict, each.band)
    ]
    return cohen_kappa([a for a, _ in both], [b for _, b in both])


def _references(found: Iterable[ReviewedCase], settled: dict[int, ReviewedCase]) -> list[ReviewedCase]:
    """One reading an entry, with the verdict that counts: the adjudicated, else the one that all readers agree on."""
    by_entry: dict[int, list[ReviewedCase]] = defaultdict(list)
    for each in found:
        by_entry[each.entry_id].append(each)
    chosen = (
        settled.get(entry_id) or (each[0] if len({reading.verdict for reading in each}) == 1 else None)
        for entry_id, each in by_entry.items()
    )
    return [each for each in chosen if each and each.verdict in CLEAR and each.probability is not None]


def _at_point(name: str, unaided: bool, references: Sequence[ReviewedCase]) -> AtPoint:
    fractured = [each.verdict is Verdict.FRACTURED for each in references]
    positive = [
        each.probability >= (each.threshold_low if name == "high_sensitivity" else each.threshold_high)
        for each in references
    ]
    hits = sum(a and b for a, b in zip(fractured, positive, strict=True))
    rejections = sum(not a and not b for a, b in zip(fractured, positive, strict=True))
    return AtPoint(
        name=name,
        unaided=unaided,
        sensitivity=share(hits, sum(fractured)),
        specificity=share(rejections, len(fractured) - sum(fractured)),
        kappa=cohen_kappa(fractured, positive),
    )


def _overruled(found: Iterable[ReviewedCase]) -> Figure:
    compared = [said for each in found if (said := agreement(each.verdict, each.band))]
    return share(compared.count("disagree"), len(compared))


def _switches(said: Sequence[ReviewedCase]) -> Switches:
    first = {(each.entry_id, each.reader): each for each in _first_unaided(said)}
    pairs = [
        (before, each)
        for each in _standing(each for each in said if not each.adjudication)
        if each.aided
        and each.mode is ReadingMode.UNAIDED_FIRST
        and (before := first.get((each.entry_id, each.reader))) is not None
    ]
    changed = [(before, after) for before, after in pairs if before.verdict is not after.verdict]
    towards = [after for before, after in changed if agreement(after.verdict, after.band) == "agree"]
    away = [after for before, after in changed if agreement(before.verdict, after.band) == "agree"]
    return Switches(*(share(len(some), len(pairs)) for some in (changed, towards, away)))


def _seconds(said: Sequence[ReviewedCase]) -> Iterable[Group]:
    """From the radiograph on the screen to the first verdict on it, by mode."""
    first: dict[tuple[int, str], ReviewedCase] = {}
    for each in said:
        if each.verdict is not None and not each.adjudication:
            first.setdefault((each.entry_id, each.reader), each)
    timed = [each for each in first.values() if each.shown_at is not None]
    for mode in ReadingMode:
        values = [(each.created - each.shown_at).total_seconds() for each in timed if each.mode is mode]
        if values:
            yield Group(mode, median(values))


def _periods(standing: Sequence[ReviewedCase], predicted: Sequence[PredictedCase]) -> Iterable[Period]:
    times = [each.created for each in (*standing, *predicted)]
    if not times:
        return
    start_of = _calendar(max(times) - min(times))
    probabilities: dict[date, list[float]] = defaultdict(list)
    verdicts: dict[date, list[ReviewedCase]] = defaultdict(list)
    for each in predicted:
        if each.probability is not None:
            probabilities[start_of(each.created)].append(each.probability)
    for reading in standing:
        verdicts[start_of(reading.created)].append(reading)
    baseline: list[float] = []
    for start in sorted({*probabilities, *verdicts}):
        recent, drift = probabilities.get(start, []), None
        if len(baseline) < BASELINE:
            baseline += recent
        elif len(recent) >= COMPARED:
            drift = population_stability(baseline, recent)
        yield Period(start, mean(recent), _overruled(verdicts.get(start, ())), drift)


def _calendar(span: timedelta) -> Callable[[datetime], date]:
    """The first day of the period that a time lies in."""

    def start(time: datetime) -> date:
        day = time.astimezone(UTC).date()
        if span <= DAYS:
            return day
        return day - timedelta(days=day.weekday()) if span <= WEEKS else day.replace(day=1)

    return start
