"""One evaluation, on phantoms whose probability is their brightness."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.card import EvaluationDocument, SplitFigures, read, to_document
from core.cnn.engine import classifier_of
from core.config import SHIPPED_MODELS, Limits
from core.errors import DatasetError, RegistryError
from core.learning.datasets.class_folders import Example, hash_of_examples
from core.learning.evaluation.evaluate import (
    CHOSEN_ON,
    EvaluationData,
    check_may_record,
    evaluate,
    record,
)
from core.learning.evaluation.measured_version import MeasuredVersion
from core.registry import Registry
from tests.phantoms import encode
from tests.unit.cnn.helpers import brightness_network, version_of

BOX = (0.5, 0.5, 0.25, 0.25)


def subject(sign: float = 1.0, version: str = "tiny-1", **card: object) -> MeasuredVersion:
    network = brightness_network(sign)
    model = version_of(network, "evidence", version=version, **card)
    return MeasuredVersion(model, network, classifier_of(model, network))


def picture(path: Path, side: int, at: int) -> Path:
    """Black but for a bright square; the larger it is, the more probable is a fracture to the brightness network."""
    pixels = np.zeros((64, 64), np.uint8)
    pixels[at : at + side, at : at + side] = 250
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(pixels, "PNG"))
    return path


@pytest.fixture
def material(tmp_path: Path) -> EvaluationData:
    """Four fractured, one of them missed and shown elsewhere; four others, one of them taken for fractured."""
    folder = tmp_path / "made-up"
    fractured = [(20, 30), (16, 32), (14, 33), (6, 4)]
    others = [(18, 4), (7, 4), (8, 4), (9, 4)]
    examples = [
        Example(picture(folder / "test" / "fractured" / f"f{side}.png", side, at), True, (BOX,))
        for side, at in fractured
    ]
    examples += [Example(picture(folder / "test" / "normal" / f"n{side}.png", side, at), False) for side, at in others]
    groups = {"hand": frozenset({"f20.png", "n7.png", "n18.png"}), "without hardware": frozenset({"f16.png"})}
    return EvaluationData(folder, "test", examples, groups, Limits())


def test_the_document_holds_all_that_is_measured(material: EvaluationData) -> None:
    told: list[tuple[int, int]] = []
    document = evaluate(subject(), material, on_done=lambda done, total: told.append((done, total)))
    assert read(EvaluationDocument, json.loads(json.dumps(to_document(document), allow_nan=False))) == document
    shipped = json.loads((SHIPPED_MODELS / "lite0-fpn-5" / "evaluation-test.json").read_text())
    assert list(to_document(document)) == list(shipped), "written as they have always been"
    assert (document.kind, document.dataset, document.split) == ("evaluation", "made-up", "test")
    assert (document.n, document.n_fractured, document.n_refused, document.note) == (8, 4, 0, "")
    assert document.auc == pytest.approx((4 + 3 + 3 + 0) / 16)
    assert document.hit_rate == 3 / 4 and told[-1] == (8, 8)
    assert document.manifest_sha256 == hash_of_examples(list(material.examples))
    assert [look.why for look in document.looks] == ["python -m core evaluate"]
    assert document.leaks is False
    groups = document.subgroups
    assert groups["hand"].axis == "region" and groups["hand"].n == 3
    assert groups["without hardware"].auc is None
    assert groups["largest box 1 % and more"].n == 8


def test_the_worst_errors_are_listed_the_worst_first(material: EvaluationData) -> None:
    failures = evaluate(subject(), material).failures
    assert [one.file for one in failures.missed.worst] == ["test/fractured/f6.png"]
    assert [one.file for one in failures.false_alarms.worst] == ["test/normal/n18.png"]
    assert (failures.missed.n, failures.missed.of, failures.missed.rate) == (1, 4, 1 / 4)
    assert failures.missed.worst[0].boxes == (BOX,)


def test_another_version_stands_beside_in_every_row(material: EvaluationData) -> None:
    backwards = subject(sign=-1.0, version="backwards-1")
    document = evaluate(subject(), material, [backwards])
    other = document.against["backwards-1"]
    assert other.auc == pytest.approx(1 - document.auc)
    assert other.auc_difference == pytest.approx(document.auc - other.auc)
    assert other.subgroups.keys() == document.subgroups.keys()
    assert 0 < other.mcnemar_p["high_sensitivity"].specificity_p <= 1


def test_what_cannot_be_read_is_named_and_left_out_of_everything(material: EvaluationData) -> None:
    material.examples[1].path.write_bytes(b"no picture")
    document = evaluate(subject(), material, [subject(version="twin-1")])
    assert (document.n, document.n_refused) == (7, 1)
    assert document.refused[0].name == "f16.png"
    assert document.against["twin-1"].auc_difference == 0
    for example in material.examples:
        example.path.write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="None of the 8"):
        evaluate(subject(), material)


def test_figures_on_what_chose_a_version_say_so(material: EvaluationData) -> None:
    manifest = hash_of_examples(list(material.examples))
    chosen = subject(training={"manifest_sha256": {"train": "0", "val": manifest}})
    assert evaluate(chosen, material).note == CHOSEN_ON
    with pytest.raises(DatasetError, match="--record"):
        check_may_record(chosen.model, material.examples)
    with pytest.raises(RegistryError, match="read-only"):
        check_may_record(replace(subject().model, shipped=True), material.examples)
    check_may_record(subject().model, material.examples)


def test_recording_counts_the_looks(material: EvaluationData, tmp_path: Path) -> None:
    measured = subject()
    registry = Registry(tmp_path / "shipped", tmp_path / "models")
    known = replace(measured.model.card, figures={"val": SplitFigures(n=3)})
    registry.add("tiny-1", known, lambda path: path.write_bytes(b"w"))
    for number in (1, 2):
        document = evaluate(measured, material, why=f"look {number}")
        kept = record(registry, document, json.dumps(to_document(document))).card.figures
    assert [look.why for look in kept["test"].looks] == ["look 1", "look 2"]
    assert kept["val"].n == 3 and kept["test"].auc == document.auc
    assert kept["test"].failures.missed.n == 1 and kept["test"].failures.missed.worst is None
    assert not {"model_version", "format", "refused"} & to_document(kept["test"]).keys()
    assert json.loads(registry.evaluations("tiny-1")[0].read_text())["failures"]["missed"]["worst"]
