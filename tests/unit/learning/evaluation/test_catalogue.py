"""Evaluations are found on the card and beside it, and their errors are drawn where the data set is at hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.card import EvaluationDocument, Failure, SplitFigures, to_document
from core.config import Limits
from core.errors import DatasetError
from core.learning.evaluation.catalogue import BOX_COLOUR, PEAK_COLOUR, PICTURE_SIZE, EvaluationCatalogue
from core.registry import Registry
from tests.fakes import VERSION, add_fake_version
from tests.phantoms import encode

DOCUMENT = EvaluationDocument(model_version=VERSION, dataset="made-up", split="test", n=2)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    add_fake_version(tmp_path / "models")
    registry = Registry(tmp_path / "shipped", tmp_path / "models")
    registry.amend(VERSION, lambda card: {"figures": {"val": SplitFigures(n=5), "test": SplitFigures(n=6)}})
    return registry


@pytest.fixture
def evaluations(registry: Registry, tmp_path: Path) -> EvaluationCatalogue:
    return EvaluationCatalogue(registry, tmp_path / "datasets", Limits())


def failure(tmp_path: Path, name: str = "f.png") -> Failure:
    """A grey picture of 100 x 50 in the data set, with a box and a peak."""
    data = encode(np.full((50, 100), 90, np.uint8) + np.arange(100, dtype=np.uint8) // 50, "PNG")
    path = tmp_path / "datasets" / "made-up" / "test" / "fractured" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Failure(
        file=f"test/fractured/{name}",
        sha256=hashlib.sha256(data).hexdigest(),
        boxes=((0.5, 0.5, 0.25, 0.25),),
        peak=(0.2, 0.3),
    )


def test_a_file_beside_takes_the_place_of_the_cards_own(registry: Registry, evaluations: EvaluationCatalogue) -> None:
    assert [one.name for one in evaluations.documents(VERSION)] == ["card: test", "card: val"]
    assert evaluations.read(VERSION, "card: val") == EvaluationDocument(model_version=VERSION, split="val", n=5)
    registry.keep_evaluation(VERSION, "test", json.dumps(to_document(DOCUMENT)))
    assert [(one.name, one.title) for one in evaluations.documents(VERSION)] == [
        ("evaluation-test.json", "test"),
        ("card: val", "val"),
    ]
    assert evaluations.read(VERSION, "evaluation-test.json") == DOCUMENT


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"kind": "study"}'])
def test_what_is_no_evaluation_is_refused_by_name(
    text: str, registry: Registry, evaluations: EvaluationCatalogue
) -> None:
    registry.keep_evaluation(VERSION, "test", text)
    with pytest.raises(DatasetError, match=r"evaluation-test\.json"):
        evaluations.read(VERSION, "evaluation-test.json")


@pytest.mark.parametrize("name", ["card: train", "evaluation-gone.json", "../card.json", ""])
def test_a_name_that_is_not_listed_is_refused(name: str, evaluations: EvaluationCatalogue) -> None:
    with pytest.raises(DatasetError, match="has no evaluation"):
        evaluations.read(VERSION, name)


def test_an_error_is_drawn_with_its_box_and_peak(evaluations: EvaluationCatalogue, tmp_path: Path) -> None:
    drawn = evaluations.picture(DOCUMENT, failure(tmp_path))
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert pixels.shape == (PICTURE_SIZE // 2, PICTURE_SIZE, 3)
    assert tuple(pixels[80, 200]) == BOX_COLOUR and tuple(pixels[100, 160]) == BOX_COLOUR
    around = pixels[48, 64 - 9 : 64 - 5].astype(int)
    assert np.abs(around - PEAK_COLOUR).sum(axis=1).min() < 60, "a circle about the peak"
    grey = pixels[20, 300]
    assert grey[0] == grey[1] == grey[2]


def test_nothing_is_drawn_of_another_picture_or_from_elsewhere(
    evaluations: EvaluationCatalogue, registry: Registry, tmp_path: Path
) -> None:
    known = failure(tmp_path)
    assert evaluations.picture(DOCUMENT, replace(known, sha256="0" * 64)) is None
    assert evaluations.picture(DOCUMENT, replace(known, file="test/fractured/gone.png")) is None
    assert EvaluationCatalogue(registry, None, Limits()).picture(DOCUMENT, known) is None
    outside = tmp_path / "outside.png"
    outside.write_bytes((tmp_path / "datasets" / "made-up" / known.file).read_bytes())
    assert evaluations.picture(DOCUMENT, replace(known, file="../../outside.png")) is None
