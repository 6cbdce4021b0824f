"""The figures of a small reading room, counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.bootstrap import Services
from core.domain import Band, ReadingMode, Verdict
from core.reading.review.performance import BASELINE, Performance, measure
from core.reading.worklist import WorklistFilter
from core.store.performance_records import PredictedCase, ReviewedCase
from tests.fakes import HIGH, LOW, picture, read_all, take_in

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
F, N, U = Verdict.FRACTURED, Verdict.NOT_FRACTURED, Verdict.UNSURE


def said(
    entry_id: int,
    reader: str,
    verdict: Verdict | None,
    probability: float | None,
    *,
    aided: bool = True,
    adjudication: bool = False,
    mode: ReadingMode = ReadingMode.AI_FIRST,
    part: str = "",
    seconds: float | None = None,
    day: float = 0,
) -> ReviewedCase:
    created = START + timedelta(days=day)
    return ReviewedCase(
        entry_id=entry_id,
        reader=reader,
        verdict=verdict,
        adjudication=adjudication,
        aided=aided,
        mode=mode,
        shown_at=None if seconds is None else created - timedelta(seconds=seconds),
        created=created,
        body_part=part,
        band=Band.of(probability, LOW, HIGH),
        probability=probability,
        threshold_low=LOW,
        threshold_high=HIGH,
    )


def predicted(probability: float, day: float = 0, version: str = "v") -> PredictedCase:
    return PredictedCase(START + timedelta(days=day), version, Band.of(probability, LOW, HIGH), probability)


def point(found: Performance, name: str, unaided: bool = False):
    return next(each for each in found.model if (each.name, each.unaided) == (name, unaided))


def test_nothing_said_is_nothing_measured() -> None:
    found = measure([], [])
    assert (found.readings, found.cases, found.readers, found.periods, found.seconds) == (0, 0, (), (), ())
    assert all(each.sensitivity.value is None and each.kappa.value is None for each in found.model)
    assert found.switches.all.value is None


def test_readers_are_compared_on_what_both_have_read() -> None:
    found = measure(
        [said(1, "ann", F, 0.9), said(2, "ann", N, 0.1), said(3, "ann", N, 0.1), said(1, "bob", F, 0.9)]
        + [said(2, "bob", F, 0.1), said(2, "bob", N, 0.1), said(4, "bob", U, 0.5), said(3, "carl", None, 0.1)],
        [],
    )
    assert (found.readings, found.cases, found.readers) == (6, 4, ("ann", "bob"))
    (pair,) = found.between_readers
    assert (pair.first, pair.second, pair.kappa.value, pair.kappa.n) == ("ann", "bob", 1.0, 2)


def test_the_model_is_measured_against_what_counts() -> None:
    readings = [
        *(said(1, reader, F, 0.9) for reader in ("ann", "bob")),  # found at both points
        said(2, "ann", F, 0.5),  # at the sensitive one only
        said(3, "ann", N, 0.5),
        said(4, "ann", N, 0.1),
        said(5, "ann", F, 0.1),  # readers differ, and nobody has settled it: not counted
        said(5, "bob", N, 0.1),
        said(6, "ann", F, 0.1),  # settled as fractured: missed
        said(6, "bob", N, 0.1),
        said(6, "carl", F, 0.1, adjudication=True),
        said(7, "ann", U, 0.9),  # not clear
        said(8, "ann", F, None),  # not assessable
    ]
    found = measure(readings, [])
    low, high = point(found, "high_sensitivity"), point(found, "high_specificity")
    assert (low.sensitivity.value, low.sensitivity.n) == (pytest.approx(2 / 3), 3)
    assert (low.specificity.value, low.specificity.n) == (0.5, 2)
    assert (high.sensitivity.value, high.specificity.value) == (pytest.approx(1 / 3), 1.0)
    assert found.readers == ("ann", "bob")


def test_unaided_verdicts_are_measured_apart() -> None:
    readings = [
        said(1, "ann", N, 0.9, aided=False, mode=ReadingMode.UNAIDED_FIRST),
        said(1, "ann", F, 0.9, mode=ReadingMode.UNAIDED_FIRST),
        said(2, "ann", F, 0.9),
    ]
    found = measure(readings, [])
    assert point(found, "high_specificity").sensitivity.n == 2
    apart = point(found, "high_specificity", unaided=True)
    assert (apart.sensitivity.n, apart.specificity.value) == (0, 0.0)


def test_overruling_by_band_and_part() -> None:
    readings = [
        said(1, "ann", F, 0.9, part="HAND"),
        said(2, "ann", N, 0.9, part="HAND"),
        said(3, "ann", N, 0.1, part="LEG"),
        said(4, "ann", F, 0.5, part="LEG"),  # there is nothing to overrule in doubt
        said(5, "ann", U, 0.9),
    ]
    found = measure(readings, [])
    assert [(g.name, g.figure.value, g.figure.n) for g in found.overruled_by_band] == [
        ("positive", 0.5, 2),
        ("negative", 0.0, 1),
    ]
    by_part = {group.name: (group.figure.value, group.figure.n) for group in found.overruled_by_part}
    assert by_part == {"HAND": (0.5, 2), "LEG": (0.0, 1), "not said": (None, 0)}
    ((name, figure),) = [(group.name, group.figure) for group in found.with_model]
    assert (name, figure.n) == ("ann", 3)


def test_switches_towards_the_model_and_away_from_it() -> None:
    mode = {"mode": ReadingMode.UNAIDED_FIRST}
    readings = []
    for entry_id, before, after in ((1, N, F), (2, F, N), (3, F, F), (4, U, F)):
        readings += [said(entry_id, "ann", before, 0.9, aided=False, **mode), said(entry_id, "ann", after, 0.9, **mode)]
    readings.append(said(5, "ann", F, 0.9, aided=False, **mode))  # not confirmed yet
    readings.append(said(6, "ann", F, 0.9))
    found = measure(readings, []).switches
    assert (found.all.value, found.all.n) == (0.75, 4)
    assert (found.towards.value, found.away.value) == (0.5, 0.25)


def test_times_are_of_first_verdicts_by_mode() -> None:
    readings = [said(n, "ann", F, 0.9, seconds=n) for n in range(1, 8)] + [said(1, "ann", N, 0.9, seconds=500)]
    readings.append(said(9, "bob", F, 0.9, aided=False, mode=ReadingMode.BLIND, seconds=60))
    found = {group.name: group.figure for group in measure(readings, []).seconds}
    assert found["ai_first"].value == 4
    assert found["ai_first"].interval == (1, 7)
    assert (found["blind"].value, found["blind"].n) == (60, 1)


@pytest.mark.parametrize(("span", "starts"), [(2, "2026-03-02"), (40, "2026-03-02"), (400, "2026-03-01")])
def test_time_is_shown_by_day_week_or_month(span: int, starts: str) -> None:
    found = measure([said(1, "ann", F, 0.9), said(2, "ann", F, 0.9, day=span)], [])
    assert str(found.periods[0].start) == starts
    assert [period.overruled.n for period in found.periods] == [1, 1]


def test_a_shift_of_the_probabilities_is_flagged() -> None:
    rng = np.random.default_rng(0)
    steady = [predicted(p, day) for day in range(4) for p in rng.beta(1, 3, BASELINE)]
    shifted = [predicted(p, 4) for p in rng.beta(3, 1, 50)]
    few = [predicted(p, 5) for p in rng.beta(3, 1, 5)]
    other = [predicted(0.99, 1, version="before")] * 50
    found = measure([], sorted(other + steady + shifted + few, key=lambda each: each.created))
    assert found.model_version == "v"
    flags = [period.drift and period.drift.is_flagged for period in found.periods]
    assert flags == [None, False, False, False, True, None]
    assert found.periods[4].probability.value > 0.7


def test_it_is_measured_from_the_store(services: Services) -> None:
    batch_id = take_in(services, *((f"{n}.png", picture(n / 10, n)) for n in (1, 2, 8, 9)))
    read_all(services)
    for row in services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=batch_id)), 1):
        verdict = F if row.band is Band.POSITIVE else N
        services.reviews.give(row.entry_id, row.prediction_id, "ann", verdict)
    found = services.performance.performance(batch_id)
    assert found == services.performance.performance()
    high = point(found, "high_specificity")
    assert (high.sensitivity.value, high.specificity.value, high.kappa.value) == (1.0, 1.0, 1.0)
    assert (high.sensitivity.n, high.specificity.n) == (2, 2)
    assert found.periods[0].probability.n == 4
    assert services.performance.performance(batch_id + 1).readings == 0


def test_a_blind_batch_gives_nothing_away_before_it_is_signed(services: Services) -> None:
    batch = services.ingest.create_batch("blind", "ann", ReadingMode.BLIND)
    take_in(services, ("a.png", picture(0.9)), batch_id=batch.id)
    read_all(services)
    services.reviews.give(1, None, "ann", F)
    assert point(services.performance.performance(), "high_specificity").sensitivity.n == 0
    services.batch_signing.sign(batch.id, "ann")
    assert point(services.performance.performance(), "high_specificity").sensitivity.n == 1
