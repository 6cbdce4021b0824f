"""95 % intervals: the one of a share, and the level that all of them have."""

from __future__ import annotations

from scipy import stats

CONFIDENCE = 0.95
LOWER, UPPER = 0.025, 0.975  # the quantiles between which CONFIDENCE lies
DEVIATIONS = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))  # of a normal distribution, to either side: 1.96
DRAWS = 2000  # of a bootstrap

Interval = tuple[float, float]


def wilson(successes: int, trials: int) -> Interval:
    """Wilson's score interval of a share (Wilson 1927).

    With p = successes / trials, n = trials and z = DEVIATIONS its ends are

        (p + z² / 2n ± z sqrt(p (1 - p) / n + z² / 4n²)) / (1 + z² / n).

    Returns:
        In [0, 1]; (0, 1) without trials.
    """
    if trials == 0:
        return 0.0, 1.0
    interval = stats.binomtest(int(successes), int(trials)).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)
