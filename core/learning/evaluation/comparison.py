"""What a comparison of two versions has found: data alone, so that a screen need not import the statistics."""

from __future__ import annotations

from dataclasses import dataclass

from core import documents
from core.domain import Band

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PointFigures:
    """One operating point of one version, with 95 % Wilson intervals."""

    name: str
    threshold: float
    sensitivity: float
    sensitivity_ci: Interval
    specificity: float
    specificity_ci: Interval


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """A point of a reliability plot: `n` pictures, their mean probability, and the share of them that is fractured."""

    n: int
    predicted: float
    observed: float
    observed_ci: Interval


@dataclass(frozen=True, slots=True)
class Side:
    """What one version shows on the test. A picture that its gate declines counts as not positive.

    Attributes:
        coverage: share of pictures that its gate lets pass.
        ece, ece_by_chance, brier: of those, None without any; the range is that of a perfectly calibrated version.
        roc: (1 - specificity, sensitivity) points.
        leaks: why its figures here do not count; empty where they do.
    """

    version: str
    sha256: str
    auc: float
    auc_ci: Interval
    coverage: float
    points: tuple[PointFigures, ...]
    ece: float | None
    ece_by_chance: Interval | None
    brier: float | None
    reliability: tuple[ReliabilityBin, ...]
    roc: tuple[tuple[float, float], ...]
    leaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointTest:
    """Exact p of *both are right equally often* at one operating point, each version at its own threshold."""

    name: str
    sensitivity_p: float
    specificity_p: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A picture that the two versions put into different bands."""

    sha256: str
    fractured: bool
    challenger_probability: float | None
    champion_probability: float | None
    challenger_band: Band
    champion_band: Band


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it.

    Attributes:
        looks: how many times this installation has looked at this test, this comparison included.
        auc_difference: challenger minus champion, paired, with its 95 % interval (DeLong et al. 1988).
        margin: by how much the challenger's AUC may be lower, at worst.
        supported: whether promoting is; `sentence` says so in words.
    """

    manifest_sha256: str
    test_sha256: str
    n: int
    n_fractured: int
    looks: int
    challenger: Side
    champion: Side
    auc_difference: float
    auc_difference_ci: Interval
    auc_difference_p: float
    points: tuple[PointTest, ...]
    disagreements: tuple[Disagreement, ...]
    margin: float
    supported: bool
    sentence: str

    def to_json(self) -> str:
        """The comparison as its job keeps it. Raises ValueError for a figure that is NaN."""
        return documents.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Comparison:
        """Read what `to_json` wrote. Raises ValueError for anything else."""
        return documents.from_json(cls, text)
