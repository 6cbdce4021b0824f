"""Figures against published ones, against definitions, and against what intervals promise."""

from __future__ import annotations

import numpy as np
import pytest

from core.statistics.agreement import cohen_kappa, mean, median, population_stability, share


def raters(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """The verdicts of two raters from how often each pair of them came."""
    pairs = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def test_kappa_of_a_textbook() -> None:
    """Fleiss, Levin and Paik 2003, table 18.1: kappa 0.68 with a standard error of 0.087."""
    figure = cohen_kappa(*raters([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert figure.value == pytest.approx(0.676, abs=0.001)
    assert (figure.interval[1] - figure.interval[0]) / 2 / 1.96 == pytest.approx(0.087, abs=0.001)


@pytest.mark.parametrize(
    ("first", "second", "kappa"),
    [
        ("aabb", "aabb", 1.0),
        ("aabb", "bbaa", -1.0),
        ("aabb", "abab", 0.0),
        ("aaaa", "aaaa", None),
        ("aaaa", "aabb", None),
        ("abab", "bbbb", None),
        ("", "", None),
    ],
)
def test_kappa_of_the_plainest_cases(first: str, second: str, kappa: float | None) -> None:
    assert cohen_kappa(first, second).value == kappa
    assert cohen_kappa(first, second).n == len(first)


def test_kappa_covers_what_it_measures() -> None:
    """Raters who agree by a known process, 200 cases each time: near 95 % of the intervals hold the true kappa."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        truth = rng.random(200) < 0.3
        first, second = (np.where(rng.random(200) < 0.9, truth, ~truth) for _ in range(2))
        positive = 0.3 * 0.9 + 0.7 * 0.1
        chance = positive**2 + (1 - positive) ** 2
        low, high = cohen_kappa(first.tolist(), second.tolist()).interval
        held += low <= (0.82 - chance) / (1 - chance) <= high
    assert 0.91 < held / 400 < 0.98


def test_a_share_with_wilsons_interval() -> None:
    """Newcombe 1998, table I: 81 of 263."""
    figure = share(81, 263)
    assert figure.interval == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert (share(0, 0).value, share(0, 0).interval) == (None, None)


def test_a_median_lies_between_order_statistics() -> None:
    figure = median(range(1, 11))
    assert (figure.value, figure.interval, figure.n) == (5.5, (2.0, 9.0), 10)  # ranks 2 and 9 of 10 hold 97.9 %
    assert median([3, 1, 2]).interval is None
    assert median([]).value is None


def test_a_mean_with_students_interval() -> None:
    figure = mean([1, 2, 3])
    assert figure.value == 2
    assert figure.interval == pytest.approx((2 - 4.3027 / np.sqrt(3), 2 + 4.3027 / np.sqrt(3)), abs=1e-3)
    assert (mean([5.0]).value, mean([5.0]).interval, mean([]).value) == (5.0, None, None)


def test_drift_is_flagged_where_there_is_some_and_seldom_else() -> None:
    rng = np.random.default_rng(2)
    same = [population_stability(rng.beta(1, 3, 300), rng.beta(1, 3, 60)).is_flagged for _ in range(300)]
    moved = [population_stability(rng.beta(1, 3, 300), rng.beta(2, 2, 60)).is_flagged for _ in range(300)]
    assert sum(same) / 300 < 0.04
    assert sum(moved) / 300 > 0.9


def test_drift_of_a_hand_computed_case() -> None:
    """Five bins, of which two are filled, by 3 and 1 against 1 and 3; half an observation more in each."""
    drift = population_stability([0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0])
    assert drift.index == pytest.approx(2 * (3.5 - 1.5) / 6.5 * np.log(3.5 / 1.5))
    assert drift.by_chance == pytest.approx((1 / 4 + 1 / 4) * 13.2767, abs=1e-3)  # chi-squared, 4 degrees, 1 %
    assert population_stability([0.5] * 9, [0.5] * 9).index == 0.0
