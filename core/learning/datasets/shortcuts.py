"""Shortcuts: traits of the files, such as their size, that predict the class and that a network would learn instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from core.learning.datasets.survey import Traits

NUMBERS = (
    *("width", "height", "aspect", "file_bytes", "bits_per_pixel", "bit_depth"),
    *("black_border", "white_border", "black_corners", "brightness", "contrast"),
)
WORDS = ("format", "layout")
FOLDS, LEAVES, LEAST_IN_LEAF = 5, 4, 5
TELLING = 0.55  # a trait is reported where the lower end of its AUC's interval reaches this; 0.5 is chance


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well one trait by itself predicts the class.

    Attributes:
        trait: a field of `Traits`.
        auc, interval: of a small decision tree, cross-fitted; the interval is DeLong's, 95 %.
        fractured, not_fractured: the median of a number in each class, the most frequent value of a word.
        telling: whether the whole interval lies at or above `TELLING`.
    """

    trait: str
    auc: float
    interval: tuple[float, float]
    fractured: str
    not_fractured: str
    telling: bool


def find_shortcuts(traits: Sequence[Traits], fractured: Sequence[bool]) -> tuple[Shortcut, ...]:
    """Measure how well each trait predicts the class.

    Args:
        traits: of one picture of each group: copies would count one picture many times.

    Returns:
        All traits, the highest AUC first; nothing where a class has too few pictures.
    """
    labels = np.array(fractured, bool)
    if min(labels.sum(), (~labels).sum()) < FOLDS * LEAST_IN_LEAF:
        return ()
    found = [_measure(name, [getattr(each, name) for each in traits], labels) for name in (*NUMBERS, *WORDS)]
    return tuple(sorted(found, key=lambda shortcut: -shortcut.auc))


def _measure(name: str, values: Sequence[float | str], labels: np.ndarray) -> Shortcut:
    """Fit a tree and not a rank: a size that is typical of one class need not be its largest or smallest."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # here, because it takes seconds to import
    from sklearn.tree import DecisionTreeClassifier

    from core.statistics.discrimination import auc, auc_interval

    if name in WORDS:
        columns = np.stack([np.array(values) == each for each in sorted(set(values))], axis=1).astype(float)
    else:
        columns = np.array(values, float)[:, np.newaxis]
    tree = DecisionTreeClassifier(
        max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_IN_LEAF, class_weight="balanced", random_state=0
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    answers = cross_val_predict(tree, columns, labels, cv=folds, method="predict_proba")[:, 1]
    low, high = auc_interval(labels, answers)
    fractured = [value for value, label in zip(values, labels, strict=True) if label]
    others = [value for value, label in zip(values, labels, strict=True) if not label]
    return Shortcut(
        name,
        auc(labels, answers),
        (float(low), float(high)),
        _typical(fractured),
        _typical(others),
        bool(low >= TELLING),
    )


def _typical(values: Sequence[float | str]) -> str:
    if isinstance(values[0], str):
        return str(Counter(values).most_common(1)[0][0])
    return f"{median(float(value) for value in values):.4g}"
