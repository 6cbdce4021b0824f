"""A trait that gives the class away is found, also where its middle values do; one that does not is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.learning.datasets.shortcuts import find_shortcuts
from core.learning.datasets.survey import Traits

PLAIN = Traits(500, 400, 10_000, 0.4, 8, "JPEG", "L", 0.1, 0.0, 0.1, 0.2, 0.2)


def traits(number: int = 200) -> tuple[list[Traits], np.ndarray]:
    """Fractured ones are of middle width and saved as RGB mostly; brightness is chance."""
    rng = np.random.default_rng(0)
    fractured = np.arange(number) % 2 == 0
    widths = np.where(fractured, rng.integers(400, 500, number), rng.choice((300, 600), number))
    layouts = np.where(rng.random(number) < 0.1, ~fractured, fractured)
    made = [
        replace(PLAIN, width=int(width), layout="RGB" if is_colour else "L", brightness=float(rng.random()))
        for width, is_colour in zip(widths, layouts, strict=True)
    ]
    return made, fractured


def test_what_tells_the_class_is_found() -> None:
    found = {each.trait: each for each in find_shortcuts(*traits())}
    assert found["width"].auc == 1.0 and found["width"].telling
    assert found["layout"].telling and 0.85 < found["layout"].auc < 0.95
    assert (found["layout"].fractured, found["layout"].not_fractured) == ("RGB", "L")
    assert found["layout"].interval[0] < found["layout"].auc < found["layout"].interval[1]
    assert not found["brightness"].telling
    assert not found["format"].telling and found["format"].auc == 0.5


def test_the_most_telling_comes_first() -> None:
    aucs = [each.auc for each in find_shortcuts(*traits())]
    assert aucs == sorted(aucs, reverse=True)


def test_too_few_say_nothing() -> None:
    some, fractured = traits(40)
    assert find_shortcuts(some, fractured) == ()
    assert find_shortcuts([], []) == ()
