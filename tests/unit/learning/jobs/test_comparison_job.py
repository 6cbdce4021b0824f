"""Two versions are compared on the pictures that both of them answer."""

from __future__ import annotations

from pathlib import Path

from core.learning.datasets.class_folders import Example
from core.learning.evaluation.compare import VersionAnswers
from core.learning.evaluation.figures import ExamplePrediction
from core.learning.jobs.comparison_job import restrict


def test_an_answer_that_the_other_version_lacks_is_left_out() -> None:
    examples = [Example(Path(f"{number}.png"), number % 2 == 0) for number in range(4)]
    answers = tuple(ExamplePrediction(example.path.name, example.fractured, 0.0, 0.5) for example in examples)
    one = VersionAnswers("one-1", "a" * 64, 0.3, 0.7, answers, ())
    other = VersionAnswers("two-1", "b" * 64, 0.3, 0.7, answers[1:], ())
    kept = set(examples[:3]) & set(examples[1:])
    found = [restrict(one, examples, kept), restrict(other, examples[1:], kept)]
    assert [[answer.file for answer in said.answers] for said in found] == [["1.png", "2.png"]] * 2
    assert (found[0].version, found[1].version) == ("one-1", "two-1")
