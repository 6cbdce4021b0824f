"""Versions on one picture of each source of another collection."""

from __future__ import annotations

import json
from pathlib import Path

from core.card import ExternalStudy, read, to_document
from core.cnn.engine import classifier_of
from core.config import Limits
from core.learning.evaluation.figures import ExamplePrediction, summarise
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.studies.external import measure_external
from tests.phantoms import class_folders
from tests.unit.cnn.helpers import brightness_network, version_of


def subject(version: str) -> MeasuredVersion:
    network = brightness_network()
    model = version_of(network, "evidence", version=version)
    return MeasuredVersion(model, network, classifier_of(model, network))


def test_versions_are_measured_on_one_picture_per_source_and_compared_with_the_first(tmp_path: Path) -> None:
    data = class_folders(tmp_path / "data", {"val": 3})
    rows = ["split,class,file,source_group,fracatlas"]
    for number, path in enumerate(sorted(data.glob("*/*/*"))):
        split, kind = path.relative_to(data).parts[:2]
        rows.append(f"{split},{kind},{path.name},{number},{'IMG0000001.jpg' if number == 0 else ''}")
    (data / "groups.csv").write_text("\n".join(rows))
    found = measure_external(data, [subject("first"), subject("second")], Limits())
    assert read(ExternalStudy, json.loads(json.dumps(to_document(found), allow_nan=False))) == found
    assert (found.n_files, found.n_sources) == (6, 6)
    first, second = found.measured.values()
    assert first.n == second.n == 5  # one picture is FracAtlas'
    assert first.compared_with is None
    assert (second.compared_with, second.auc_difference) == ("first", 0.0)


def test_fractures_alone_have_no_auc() -> None:
    answers = [ExamplePrediction("x", True, 0.0, p) for p in (0.2, 0.8)]
    figures = summarise(answers, 0.5, 0.6, whole=False)
    assert figures.auc is None and figures.sensitivity == 0.5
