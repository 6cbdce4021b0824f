"""Evaluation: what a document holds is shown, what it lacks is left out, and nothing in it is markup."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.card import EvaluationDocument, SplitFigures, read, to_document
from core.learning.evaluation.catalogue import EvaluationCatalogue
from core.learning.evaluation.figures import ExamplePrediction, by_subgroup, summarise, with_difference
from core.learning.evaluation.saliency import OVERLAP_THRESHOLDS, Pointing
from dashboard.components.model import evaluation
from tests.fakes import VERSION
from tests.phantoms import bone, encode

Open = Callable[..., AppTest]


def answers(seed: int) -> list[ExamplePrediction]:
    rng = np.random.default_rng(seed)
    found = []
    for index in range(60):
        fractured = index % 3 == 0
        value = float(1 / (1 + np.exp(-(rng.normal() + 2 * fractured - 1))))
        pointing = Pointing(0.0, 0.4, (0.2,) * len(OVERLAP_THRESHOLDS), 0.01, 0.02, 0.03) if fractured else None
        found.append(ExamplePrediction(f"{index}.png", fractured, 0.0, value, pointing))
    return found


@pytest.fixture
def document() -> dict:
    mine, theirs = answers(1), answers(2)
    groups = {"hand": lambda a: a.file < "3", "without hardware": lambda a: a.fractured}
    step = {"ssim": 0.4, "ssim_sd": 0.1, "rank_correlation": 0.1, "share_empty": 0.0}
    return {
        "kind": "evaluation",
        "created": "2026-01-01T00:00:00+00:00",
        "model_version": VERSION,
        "dataset": "made-up",
        "split": "test",
        "note": "",
        "looks": [{"at": "2026-01-01T00:00:00+00:00", "why": "for the test"}] * 2,
        "n_refused": 1,
        **to_document(summarise(mine, 0.3, 0.7)),
        "subgroups": {n: {"axis": "region", **to_document(g)} for n, g in by_subgroup(mine, groups, 0.3, 0.7).items()},
        "saliency_checks": {
            "plain_grad_cam": {"hit_rate": 0.123},
            "randomisation": {"n": 5, "between_radiographs": step, "steps": [{"randomised_down_to": "top", **step}]},
        },
        "against": {
            "reference-1": {
                **to_document(with_difference(summarise(theirs, 0.3, 0.7), mine, theirs)),
                "subgroups": to_document(by_subgroup(theirs, groups, 0.3, 0.7)),
            }
        },
        "failures": {
            "missed": {"n": 1, "of": 20, "rate": 0.05, "rate_ci": [0.01, 0.24], "worst": [failure("f.png")]},
            "false_alarms": {"n": 0, "of": 40, "rate": 0.0, "rate_ci": [0.0, 0.09], "worst": []},
        },
    }


def failure(name: str) -> dict:
    return {"file": f"test/fractured/{name}", "sha256": "0" * 64, "probability": 0.004, "boxes": [], "peak": None}


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def keep(services: Services, document: dict, name: str = "test") -> None:
    services.registry.keep_evaluation(VERSION, name, json.dumps(document))


def test_a_whole_evaluation(open_app: Open, services: Services, document: dict) -> None:
    keep(services, document)
    app = open_app("evaluation")
    shown = html_of(app)
    for part in (
        "made-up test",
        "60 radiographs",
        "33 % fractured",
        "1 file refused",
        "looked at 2 times",
        "reference-1",
    ):
        assert part in shown
    low, high = document["auc_ci"]
    assert f"{document['auc']:.3f}<small>{low:.3f} to {high:.3f}</small>" in shown
    difference = f"{document['against']['reference-1']['auc_difference']:.3f}".replace("-", "\N{MINUS SIGN}")
    assert f"<td>{difference}<small>" in shown
    titles = [element.value for element in app.subheader]
    assert [t for t in titles if t in ("ROC", "Precision and recall", "Reliability", "Bands", "Subgroups", "Saliency")]
    assert len(app.get("vega_lite_chart")) == 6
    assert any("f.png" in element.value and "<0.01" in element.value for element in app.text)
    assert any(" radiographs. 0 % of the shuffled network's heatmaps are empty." in e.value for e in app.caption)
    assert any("1 radiograph of 20: 5 % (1 to 24 %)" in element.value for element in app.caption)


def test_errors_are_pictures_where_the_data_set_is_at_hand(
    open_app: Open, services: Services, document: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(bone(np.random.default_rng(0), True), "PNG")
    path = tmp_path / "datasets" / "made-up" / "test" / "fractured" / "f.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    monkeypatch.setenv("FRACTURE_DATASETS", str(tmp_path / "datasets"))
    document["failures"]["missed"]["worst"][0]["sha256"] = hashlib.sha256(data).hexdigest()
    keep(services, document)
    assert len(open_app("evaluation").get("image")) == 1


def test_where_nobody_measured_it_says_what_to_do(
    open_app: Open, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VERSION not in open_app("evaluation").selectbox[0].options
    monkeypatch.setattr(EvaluationCatalogue, "documents", lambda self, version: [])
    app = open_app("evaluation")
    assert not app.selectbox and "python -m core evaluate" in app.text[0].value


def test_a_damaged_document_is_an_error_by_name(open_app: Open, services: Services) -> None:
    services.registry.keep_evaluation(VERSION, "test", "{")
    assert "evaluation" in open_app("evaluation").error[0].value


def test_what_chose_the_version_is_warned_of(open_app: Open, services: Services, document: dict) -> None:
    leak = {"leaks": True, "leak_reasons": ["3 of the 9 pictures to be measured on were used to train it."]}
    keep(services, {**document, "note": "These chose it.", **leak})
    first, second = (element.value for element in open_app("evaluation").warning)
    assert "These chose it" in first and "leak" in second and "3 of the 9 pictures to be measured on" in second


def test_an_old_card_shows_what_it_has(open_app: Open, services: Services) -> None:
    """A card of before: figures without curves, checks or failures."""
    services.registry.amend(VERSION, lambda card: {"figures": {"test": SplitFigures(n=9, auc=0.9, auc_ci=(0.8, 1.0))}})
    app = open_app("evaluation")
    assert "9 radiographs" in html_of(app) and "0.800 to 1.000" in html_of(app)
    assert not app.get("vega_lite_chart")


def test_nothing_in_a_document_is_markup(document: dict) -> None:
    attack = "<script>alert(1)</script>"
    hostile = copy.deepcopy(document)
    hostile |= {"dataset": attack, "split": attack, "model_version": attack, "created": attack}
    hostile["against"] = {attack: hostile["against"]["reference-1"]}
    hostile["subgroups"] = {attack: hostile["subgroups"]["hand"]}
    hostile["bands"] = {attack: hostile["bands"]["doubt"]}
    read_back = read(EvaluationDocument, hostile)
    for draw in (evaluation.facts, evaluation.figures, evaluation.calibration, evaluation.bands, evaluation.subgroups):
        shown = str(draw(read_back))
        assert "<script" not in shown and "&lt;script" in shown
    assert "<script" not in str(evaluation.saliency(read_back))


def test_charts_carry_the_figures(document: dict) -> None:
    found = read(EvaluationDocument, document)
    line, _, marks = evaluation.roc(found)["layer"]
    own = [row for row in line["data"]["values"] if row["version"] == VERSION]
    assert [row["y"] for row in own] == document["curves"]["roc"]["sensitivity"]
    assert {row["y"] for row in marks["data"]["values"]} == {p["sensitivity"] for p in document["points"].values()}
    line, _ = evaluation.precision_recall(found)["layer"]
    own = [row for row in line["data"]["values"] if row["version"] == VERSION]
    assert [row["y"] for row in own] == document["curves"]["precision_recall"]["precision"]
    bins = evaluation.reliability(found)["layer"][1]["data"]["values"]
    assert [row["n"] for row in bins] == [point["count"] for point in document["reliability"]]
    aucs = evaluation.subgroup_aucs(found)
    assert {(each.group, each.version) for each in aucs} == {("hand", VERSION), ("hand", "reference-1")}
    counted = evaluation.band_chart(found)["layer"][0]["data"]["values"]
    assert sum(row["n"] for row in counted) == 60
    assert sum(row["n"] for row in counted if row["what"] == "fractured") == 20
