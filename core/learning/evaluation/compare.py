"""Two versions on one test: how far apart they are, and whether that supports letting the challenger serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from core.domain import Band
from core.learning.evaluation.comparison import Comparison, Disagreement, PointFigures, PointTest, ReliabilityBin, Side
from core.learning.evaluation.figures import ExamplePrediction, labels_and_values
from core.statistics import calibration, discrimination

POINTS = ("high_sensitivity", "high_specificity")
FEWEST = 20  # test pictures of either class: the interval is a normal approximation, which with fewer promises too much


@dataclass(frozen=True, slots=True)
class VersionAnswers:
    """What one version says of the test, picture by picture, with its thresholds."""

    version: str
    sha256: str
    low: float
    high: float
    answers: Sequence[ExamplePrediction]
    leaks: tuple[str, ...]


def compare(
    challenger: VersionAnswers,
    champion: VersionAnswers,
    pictures: Sequence[str],
    hashes: tuple[str, str],
    looks: int,
    margin: float,
) -> Comparison:
    """Compare two versions' answers on the same pictures, in the same order.

    Args:
        pictures: the SHA-256 of each.
        hashes: of the manifest and of its test split.
    """
    labels, ours = labels_and_values(challenger.answers)
    _, theirs = labels_and_values(champion.answers)
    difference = discrimination.auc_difference(labels, ours, theirs)
    sides = side(challenger), side(champion)
    supported, sentence = judge(sides, difference, min(int(labels.sum()), int((~labels).sum())), margin)
    return Comparison(
        manifest_sha256=hashes[0],
        test_sha256=hashes[1],
        n=len(labels),
        n_fractured=int(labels.sum()),
        looks=looks,
        challenger=sides[0],
        champion=sides[1],
        auc_difference=difference.value,
        auc_difference_ci=difference.interval,
        auc_difference_p=difference.p,
        points=tuple(
            _test(name, labels, ours >= low, theirs >= other)
            for name, low, other in zip(
                POINTS, (challenger.low, challenger.high), (champion.low, champion.high), strict=True
            )
        ),
        disagreements=disagreements(challenger, champion, pictures),
        margin=margin,
        supported=supported,
        sentence=sentence,
    )


def judge(
    sides: tuple[Side, Side], difference: discrimination.Difference, rarer: int, margin: float
) -> tuple[bool, str]:
    """Non-inferiority: the interval of the AUC's difference must stay above minus the margin (Piaggio et al. 2012).

    Args:
        rarer: how many test pictures are of the rarer class.
    """
    low, high = difference.interval
    found = f"The AUC of {sides[0].version} minus that of {sides[1].version} is {difference.value:+.3f} " + (
        f"(95 % interval {low:+.3f} to {high:+.3f})"
    )
    leaks = [reason for one in sides for reason in one.leaks]
    if leaks:
        return False, f"Promoting is not supported: the test leaks, so its figures do not count. {leaks[0]}"
    if rarer < FEWEST:
        few = f"the test has {rarer} of one class, and fewer than {FEWEST} prove nothing"
        return False, f"Promoting is not supported: {few}. {found}."
    if low <= -margin:
        return False, f"Promoting is not supported: {found}, and a loss of {margin:g} or more cannot be ruled out."
    better = "it is better" if low > 0 else f"it is not worse by {margin:g} or more"
    return True, f"Promoting is supported: {found}, so {better}."


def side(reading: VersionAnswers) -> Side:
    """One version's own figures."""
    labels, values = labels_and_values(reading.answers)
    assessed = values >= 0
    inside, probabilities = labels[assessed], values[assessed]
    none = not assessed.any()
    return Side(
        version=reading.version,
        sha256=reading.sha256,
        auc=discrimination.auc(labels, values),
        auc_ci=discrimination.auc_interval(labels, values),
        coverage=float(assessed.mean()),
        points=tuple(
            PointFigures(name, threshold, **asdict(discrimination.at_threshold(labels, values >= threshold)))
            for name, threshold in zip(POINTS, (reading.low, reading.high), strict=True)
        ),
        ece=None if none else calibration.expected_calibration_error(inside, probabilities),
        ece_by_chance=None if none else calibration.chance_range(probabilities),
        brier=None if none else calibration.brier(inside, probabilities),
        reliability=tuple(
            ReliabilityBin(point.n, point.probability, point.share, point.interval)
            for point in calibration.reliability(inside, probabilities)
        ),
        roc=tuple((float(x), float(y)) for x, y in discrimination.roc_points(labels, values)),
        leaks=reading.leaks,
    )


def disagreements(
    challenger: VersionAnswers, champion: VersionAnswers, pictures: Sequence[str]
) -> tuple[Disagreement, ...]:
    """The pictures in different bands, the widest apart first."""
    found = []
    for sha256, one, other in zip(pictures, challenger.answers, champion.answers, strict=True):
        ours = Band.of(one.probability, challenger.low, challenger.high)
        theirs = Band.of(other.probability, champion.low, champion.high)
        if ours is not theirs:
            found.append(Disagreement(sha256, one.fractured, one.probability, other.probability, ours, theirs))
    return tuple(sorted(found, key=_apart, reverse=True))


def _apart(item: Disagreement) -> float:
    return abs((item.challenger_probability or 0.0) - (item.champion_probability or 0.0))


def _test(name: str, labels: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> PointTest:
    """Among the fractured, to be right is to be positive; among the others, not to be."""
    on_fractured = discrimination.mcnemar(ours[labels], theirs[labels])
    on_others = discrimination.mcnemar(~ours[~labels], ~theirs[~labels])
    return PointTest(name, on_fractured, on_others)
