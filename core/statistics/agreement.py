"""Figures of agreement, of shares, of times and of drift, each with a 95 % interval. Pure NumPy and SciPy."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from core.statistics.intervals import CONFIDENCE, DEVIATIONS, Interval, wilson

PSI_BINS = 10  # deciles of the baseline, as is usual for it (Siddiqi 2006)
PSI_MODERATE = 0.1  # below this a shift is taken for none (Lewis 1994; Siddiqi 2006)
PSI_CHANCE = 0.01  # how often equal distributions may exceed the critical value


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure from `n` observations; no value, or no interval, where there are too few for one."""

    value: float | None
    interval: Interval | None
    n: int


def share(successes: int, trials: int) -> Figure:
    """A share with Wilson's score interval; see `wilson`."""
    if trials == 0:
        return Figure(None, None, 0)
    return Figure(successes / trials, wilson(successes, trials), int(trials))


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> Figure:
    """Agreement beyond chance of two raters on the same cases (Cohen 1960).

    The interval is the large-sample one of Fleiss, Cohen and Everitt (1969), clipped to [-1, 1]; with fewer than about
    thirty cases take it for a rough one. Without a value where one of the raters says the same of every case: it is
    then 0 by construction, or not defined, whatever the other one says.
    """
    n = len(first)
    names = sorted({*first, *second}, key=str)
    table = np.zeros((len(names), len(names)))
    for a, b in zip(first, second, strict=True):
        table[names.index(a), names.index(b)] += 1
    if n == 0:
        return Figure(None, None, 0)
    p = table / n
    rows, columns, observed = p.sum(axis=1), p.sum(axis=0), float(np.trace(p))
    chance = float(rows @ columns)
    if math.isclose(max(*rows, *columns), 1.0):
        return Figure(None, None, n)
    kappa = (observed - chance) / (1 - chance)
    on_diagonal = float(np.sum(np.diag(p) * (1 - (rows + columns) * (1 - kappa)) ** 2))
    off = p * (columns[:, None] + rows[None, :]) ** 2
    off_diagonal = (1 - kappa) ** 2 * float(off.sum() - np.trace(off))
    variance = on_diagonal + off_diagonal - (kappa - chance * (1 - kappa)) ** 2
    half = DEVIATIONS * math.sqrt(max(variance, 0.0) / n) / (1 - chance)
    return Figure(kappa, (max(-1.0, kappa - half), min(1.0, kappa + half)), n)


def median(values: Sequence[float]) -> Figure:
    """The median with the distribution-free interval between two order statistics (Conover 1999, 3.2).

    With fewer than six values no such interval holds 95 %.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    if len(ordered) == 0:
        return Figure(None, None, 0)
    rank = int(stats.binom.ppf((1 - CONFIDENCE) / 2, len(ordered), 0.5))  # counts from 1
    interval = (float(ordered[rank - 1]), float(ordered[len(ordered) - rank])) if rank > 0 else None
    return Figure(float(np.median(ordered)), interval, len(ordered))


def mean(values: Sequence[float]) -> Figure:
    """The mean with Student's interval."""
    array = np.asarray(values, np.float64)
    if len(array) == 0:
        return Figure(None, None, 0)
    middle = float(array.mean())
    if len(array) < 2:
        return Figure(middle, None, len(array))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(array) - 1)) * float(array.std(ddof=1)) / math.sqrt(len(array))
    return Figure(middle, (middle - half, middle + half), len(array))


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a distribution has moved from its baseline.

    Attributes:
        index: the population stability index; 0 where nothing moved.
        by_chance: what equal distributions exceed in one of a hundred samples of these sizes.
    """

    index: float
    by_chance: float

    @property
    def is_flagged(self) -> bool:
        """Whether it moved by more than a moderate shift, and by more than chance gives."""
        return self.index > max(self.by_chance, PSI_MODERATE)


def population_stability(baseline: Sequence[float], recent: Sequence[float]) -> Drift:
    """Compare two samples of probabilities over the deciles of the first (Lewis 1994; Siddiqi 2006).

    The fixed limits in use pay no heed to how many there are, so what chance alone gives stands beside: the index over
    (1/n + 1/m) is about chi-squared with one degree of freedom fewer than bins (Yurdakul and Naranjo 2020, Journal of
    Risk Model Validation 14(4)). Half an observation is added to each bin, so that an empty one has a logarithm.
    """
    first, second = np.asarray(baseline, np.float64), np.asarray(recent, np.float64)
    inner = np.unique(np.quantile(first, np.arange(1, PSI_BINS) / PSI_BINS))
    shares = []
    for values in (first, second):
        counts = np.bincount(np.searchsorted(inner, values, side="right"), minlength=len(inner) + 1) + 0.5
        shares.append(counts / counts.sum())
    index = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    return Drift(index, float((1 / len(first) + 1 / len(second)) * stats.chi2.ppf(1 - PSI_CHANCE, len(inner))))
