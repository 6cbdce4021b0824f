"""The command line as a user would use it: train, list, predict, evaluate, on phantoms."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.bootstrap import build
from core.card import read_card
from core.cli import main
from core.domain import Mark, MarkKind, Verdict
from core.learning.datasets.class_folders import read_boxes
from core.registry import Registry
from tests.phantoms import bone, class_folders, dicom, encode, zip_of
from tests.unit.architecture.sources import ROOT, run_python
from tests.unit.cnn.helpers import brightness_network, version_of

TRAINED = "ref-1"  # by `train`
BRIGHT = "bright-1"  # made here: the brighter a radiograph, the more fractured, with its brightest cell for a peak
SPELLING = ("fractured", "Non_fractured")  # the second sorts first
ASKED_FOR = ("file", "sha256", "probability", "band", "saliency_x", "saliency_y", "model_version", "status", "error")
EVALUATED = ("n", "n_fractured", "auc", "auc_ci", "sensitivity", "specificity", "ece")
BANDS = {"positive", "doubt", "negative"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a version that `train` made of phantoms, and the phantoms beside it."""
    place = tmp_path_factory.mktemp("command-line")
    class_folders(place / "data", {"train": 20, "val": 10, "test": 6}, spelling=SPELLING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRACTURE_HOME", str(place / "home"))
        options = ["--network", "reference", "--version", TRAINED, "--epochs", "2", "--batch-size", "8", "--seed", "5"]
        assert main(["train", str(place / "data"), *options]) == 0
        network = brightness_network()
        card = version_of(network, "evidence").card
        Registry(place / "none", place / "home" / "models").add(BRIGHT, card, network.save)
        yield place


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRACTURE_HOME", str(place / "home"))
    return place / "home"


def phantom(seed: int, size: tuple[int, int] = (60, 48)) -> np.ndarray:
    return bone(np.random.default_rng(seed), seed % 2 == 0, size)


def predict(*arguments: object, csv_file: Path, version: str = BRIGHT) -> tuple[int, list[dict[str, str]]]:
    """The exit code and the rows."""
    code = main(["predict", *map(str, arguments), "--csv", str(csv_file), "--model", version])
    with csv_file.open(newline="", encoding="utf-8") as stream:
        return code, list(csv.DictReader(stream))


def usage(*arguments: object) -> int:
    """The exit code of arguments that argparse may refuse."""
    try:
        return main([*map(str, arguments)])
    except SystemExit as ended:
        return ended.code


def test_train_makes_a_version_with_its_card(place: Path, home: Path) -> None:
    folder = home / "models" / TRAINED
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "manifest.json", "x_ray.keras"]
    assert str(place) not in (folder / "manifest.json").read_text(encoding="utf-8")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert card["network"] == "reference" and card["parameters"] == 22_430_849
    assert card["sigmoid_means"] == "fractured"
    assert card["input"]["size"] == 150 and card["input"]["letterbox"] is False
    assert card["sha256"] == hashlib.sha256((folder / "x_ray.keras").read_bytes()).hexdigest()
    training = card["training"]
    assert (training["seed"], len(training["history"])) == (5, 2)
    assert (
        training["recipe"]["augmentation"] | {"shear": 0.2, "zoom": 0.2, "horizontal_flip": 0.5}
        == (training["recipe"]["augmentation"])
    )
    assert training["n"] == {"train": 40, "val": 20} and training["ancestors"] == []
    assert set(training["manifest_sha256"]) == {"train", "val"}
    assert [point["name"] for point in card["operating_points"]] == ["high_sensitivity", "high_specificity"]
    assert card["figures"]["val"]["n"] == 20 and "Not a medical device" in card["limits"][0]
    assert str(place) not in json.dumps(card), "the card names a path of this machine"
    assert list((home / "training" / TRAINED / "tensorboard").glob("events.*"))


def test_models_are_listed_and_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(TRAINED)]
    assert line.split()[1] == "reference" and "trained here" in line
    assert main(["models", "show", TRAINED]) == 0
    assert TRAINED in capsys.readouterr().out.splitlines()[0]
    assert main(["models", "show", TRAINED, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == TRAINED


@pytest.fixture(scope="module")
def mixed(place: Path) -> Path:
    """A folder of everything: pictures, inner folders, a ZIP, pages, broken files, hostile names."""
    folder = place / "mixed"
    (folder / "inner" / "deep").mkdir(parents=True)
    whole = encode(phantom(4), "PNG")
    files = {
        "a.zip": zip_of(
            {
                "inner/": b"",
                "inner/x.png": encode(phantom(0), "PNG"),
                "y.jpg": encode(phantom(1), "JPEG"),
                "z.png": b"no",
            }
        ),
        "bomb.zip": zip_of({"zeros.png": b"\0" * 3_000_000}),
        "blank.png": encode(np.zeros((50, 50), np.uint8), "PNG"),
        "dicom-without-extension": dicom(phantom(2).astype(np.uint16) * 16, BitsStored=12),
        "inner/deep/w.bmp": encode(phantom(3), "BMP"),
        "truncated.png": whole[: len(whole) // 2],
        "x.tif": encode(np.stack([phantom(5), phantom(6)]), "TIFF-PAGES"),
        "=cmd|calc.png": encode(phantom(7), "PNG"),
        "empty.jpg": b"",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def test_predict_goes_through_everything(home: Path, mixed: Path, tmp_path: Path) -> None:
    extra = tmp_path / "single.webp"
    extra.write_bytes(encode(phantom(8), "WEBP"))
    code, rows = predict(mixed, extra, tmp_path / "gone.png", csv_file=tmp_path / "out.csv")
    assert code == 0, "refusals are no failure"
    assert all(key in rows[0] for key in ASKED_FOR)
    status = {row["file"].removeprefix(f"{mixed}/"): row["status"] for row in rows}
    assert status == {
        "=cmd|calc.png": "predicted",
        "a.zip/inner/x.png": "predicted",
        "a.zip/y.jpg": "predicted",
        "a.zip/z.png": "refused",
        "blank.png": "predicted",
        "bomb.zip": "refused",
        "dicom-without-extension": "predicted",
        "empty.jpg": "refused",
        "truncated.png": "refused",
        "x.tif": "predicted",
        "x.tif#2": "predicted",
        "inner/deep/w.bmp": "predicted",
        str(extra): "predicted",
        str(tmp_path / "gone.png"): "refused",
    }
    for row in rows:
        assert row["model_version"] == BRIGHT
        if row["status"] == "refused":
            assert row["error"] and not row["band"] and not row["probability"]
        elif row["file"].endswith("blank.png"):
            assert (row["band"], row["probability"]) == ("not_assessable", "") and "blank" in row["error"]
        else:
            assert row["band"] in BANDS and 0 <= float(row["probability"]) <= 1 and row["error"] == ""
            assert float(row["threshold_low"]) <= float(row["threshold_high"])
            if row["saliency_x"]:
                assert 0 <= int(row["saliency_x"]) < int(row["width"])
                assert 0 <= int(row["saliency_y"]) < int(row["height"])
    by_name = {Path(row["file"]).name: row for row in rows}
    assert by_name["single.webp"]["sha256"] == hashlib.sha256(extra.read_bytes()).hexdigest()
    assert by_name["x.tif"]["sha256"] == by_name["x.tif#2"]["sha256"]
    assert "there is no such file" in by_name["gone.png"]["error"]
    assert all(row["saliency_x"] for row in rows if row["band"] in BANDS)


def test_predict_leaves_no_store_behind(
    home: Path, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("FRACTURE_HOME", str(elsewhere))
    monkeypatch.setenv("FRACTURE_MODELS", str(home / "models"))
    monkeypatch.setenv("FRACTURE_DATABASE_URL", f"sqlite:///{elsewhere / 'other.db'}")
    code, rows = predict(place / "data" / "test", csv_file=tmp_path / "out.csv")
    assert code == 0 and len(rows) == 12
    assert not elsewhere.exists()


def test_hostile_names_are_defused_and_harmless(home: Path, tmp_path: Path) -> None:
    """Relative names, as a user in that folder would give them; none of them may become a path or a formula."""
    archive = tmp_path / "h.zip"
    names = ["../../escape.png", "/tmp/absolute.png", "con\x01trol.png", "ру́сский.png", "x" * 4000 + ".png"]
    archive.write_bytes(zip_of({name: encode(phantom(number), "PNG") for number, name in enumerate(names)}))
    code, rows = predict(archive, csv_file=tmp_path / "out.csv")
    assert code == 0 and {row["status"] for row in rows} == {"predicted"}
    assert [row["file"].removeprefix(f"{archive}/") for row in rows] == [
        names[0],
        names[1],
        "con\N{REPLACEMENT CHARACTER}trol.png",
        names[3],
        names[4],
    ]
    assert not list(tmp_path.parent.glob("escape.png")) and not Path("/tmp/absolute.png").exists()


@pytest.mark.parametrize("name", ["=SUM(A1).png", "+1.png", "@x.png", "=cmd|' /C calc'!A0.png"])
def test_a_name_like_a_formula_is_text(name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name.replace("/", "_")).write_bytes(b"no picture")
    _, rows = predict(name.replace("/", "_"), csv_file=tmp_path / "out.csv")
    assert rows[0]["file"] == "'" + name.replace("/", "_")


def test_overlays_lie_under_checksums(home: Path, tmp_path: Path) -> None:
    """Each at its radiograph's own size; no name from outside is among them."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "patient-name.png").write_bytes(encode(phantom(0, (80, 50)), "PNG"))
    (folder / "pages.tif").write_bytes(encode(np.stack([phantom(1, (40, 70)), phantom(2, (40, 70))]), "TIFF-PAGES"))
    (folder / "blank.png").write_bytes(encode(np.zeros((33, 44), np.uint8), "PNG"))
    (folder / "bad.png").write_bytes(b"no picture")
    overlays = tmp_path / "new" / "overlays"
    code, rows = predict(folder, "--overlays", overlays, csv_file=tmp_path / "out.csv")
    assert code == 0
    named = {row["overlay"] for row in rows if row["overlay"]}
    assert named == {path.name for path in overlays.iterdir()} and named
    for row in rows:
        if row["band"] not in ("positive", "doubt"):  # nor of what was refused or declined
            assert row["overlay"] == ""
            continue
        assert row["overlay"].startswith(row["sha256"][:16])
        shown = cv2.imread(str(overlays / row["overlay"]), cv2.IMREAD_UNCHANGED)
        assert shown.shape[:2] == (int(row["height"]), int(row["width"]))
        if row["saliency_x"] and row["band"] in BANDS:
            assert shown.ndim == 3 and np.ptp(shown.astype(int), axis=2).any(), "the evidence is in colour"
        else:
            assert shown.ndim == 2


def test_wrong_usage_is_two(home: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, data = tmp_path / "out.csv", place / "data"
    picture = next(data.rglob("*.jpg"))
    assert usage() == 2
    assert usage("predict") == 2
    assert usage("predict", picture) == 2, "--csv is missing"
    assert usage("predict", picture, "--csv", tmp_path / "no folder" / "out.csv") == 2
    assert usage("predict", picture, "--csv", tmp_path) == 2
    assert usage("predict", picture, "--csv", out, "--model", "gone-1") == 2
    assert usage("predict", picture, "--csv", out, "--model", "../models/ref-1") == 2
    assert usage("predict", picture, "--csv", out, "--overlays", picture) == 2
    assert usage("predict", tmp_path / "gone.png", "--csv", out, "--model", TRAINED) == 2
    assert usage("dance") == 2
    assert usage("train", tmp_path / "gone") == 2
    assert usage("train", data, "--network", "resnet") == 2
    assert usage("train", data, "--network", "compact", "--recipe", "champion") == 2
    assert usage("train", data, "--network", "reference", "--epochs", "0") == 2
    assert usage("train", data, "--network", "reference", "--seed", "-1") == 2
    assert usage("train", data, "--network", "reference", "--version", TRAINED) == 2
    assert usage("train", data, "--network", "reference", "--version", "../evil") == 2
    assert usage("evaluate", tmp_path / "gone", "--json", tmp_path / "e.json") == 2
    assert usage("evaluate", data, "--split", "gone", "--json", tmp_path / "e.json", "--model", TRAINED) == 2
    assert usage("evaluate", data, "--json", tmp_path / "no folder" / "e.json") == 2
    assert usage("evaluate", data, "--json", tmp_path / "e.json", "--boxes", tmp_path / "gone.csv") == 2
    assert not (home.parent / "evil").exists() and not (tmp_path / "e.json").exists()
    assert "Traceback" not in capsys.readouterr().err


def test_export_names_a_batch_that_is_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRACTURE_HOME", str(tmp_path / "elsewhere"))
    assert main(["export", "--csv", str(tmp_path / "out.csv")]) == 0
    assert capsys.readouterr().out == "0 rows\n"
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("file,sha256,")
    assert main(["export", "--csv", str(tmp_path / "other.csv"), "--batch", "7"]) == 2
    assert "There is no batch 7" in capsys.readouterr().err
    assert not (tmp_path / "other.csv").exists()


def test_boxes_that_readers_drew_are_read_by_an_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRACTURE_HOME", str(tmp_path / "drawn"))
    services = build()
    batch = services.ingest.create_batch("drawn", "ann")
    data = encode(bone(np.random.default_rng(0), True, size=(200, 100)), "PNG")
    (taken,) = services.ingest.take_in(batch.id, "wards/x.png", data)
    box, arrow = Mark(MarkKind.BOX, 10, 20, 60, 120, "step"), Mark(MarkKind.ARROW, 1, 2, 30, 40)
    services.reviews.give(taken.entry_id, None, "ann", Verdict.FRACTURED, marks=(box, arrow))
    services.close()
    boxes, marks, as_json = tmp_path / "boxes.csv", tmp_path / "marks.csv", tmp_path / "marks.json"
    assert main(["export", "--boxes", str(boxes), "--marks", str(marks), "--marks-json", str(as_json)]) == 0
    assert read_boxes(boxes) == {"x.png": (pytest.approx((0.1, 0.1, 0.5, 0.5)),)}
    drawn = csv.DictReader(marks.read_text(encoding="utf-8").splitlines())
    assert [row["kind"] for row in drawn] == ["box", "arrow"]
    assert json.loads(as_json.read_text(encoding="utf-8"))[0]["marks"][0]["note"] == "step"
    for wrong in ([], ["--boxes", str(boxes), "--without-names"]):
        with pytest.raises(SystemExit, match="2"):
            main(["export", *wrong])
    assert "boxes" in capsys.readouterr().err


def test_weights_that_were_changed_are_a_failure(
    home: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    card = (home / "models" / TRAINED / "card.json").read_text(encoding="utf-8")
    Registry(tmp_path / "none", models).add(
        "changed-1", read_card(card, TRAINED), lambda path: path.write_bytes(b"weights")
    )
    (models / "changed-1" / "x_ray.keras").write_bytes(b"other weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRACTURE_MODELS", str(models))
        assert main(["predict", str(place), "--csv", str(tmp_path / "out.csv"), "--model", "changed-1"]) == 1
    assert "not the ones its card describes" in capsys.readouterr().err


def test_what_fails_is_one_as_a_real_process(home: Path, place: Path, tmp_path: Path) -> None:
    """A network that gives no number fails for each picture, and the process ends with 1."""
    import keras

    inputs = keras.Input((150, 150, 3))
    features = keras.layers.Conv2D(2, 3, name="features")(inputs)
    score = keras.layers.Dense(1, activation="sigmoid", kernel_initializer=keras.initializers.Constant(float("nan")))
    broken = keras.Model(inputs, score(keras.layers.GlobalAveragePooling2D()(features)))
    card = (home / "models" / TRAINED / "card.json").read_text(encoding="utf-8")
    models = tmp_path / "models"
    Registry(tmp_path / "none", models).add(
        "nan-1", replace(read_card(card, TRAINED), saliency_layer="features"), broken.save
    )
    picture, gone = next((place / "data").rglob("*.jpg")), tmp_path / "gone.png"
    out = tmp_path / "out.csv"
    done = subprocess.run(
        [sys.executable, "-m", "core", "predict", picture, gone, "--csv", out, "--model", "nan-1"],
        cwd=ROOT,
        env=os.environ | {"FRACTURE_HOME": str(home), "FRACTURE_MODELS": str(models)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert done.stdout == "0 predicted, 1 refused, 1 failed\n"
    assert done.stderr == f"predict: there is no file or folder {gone}; it is a refused row of the CSV\n"
    with out.open(newline="", encoding="utf-8") as stream:
        failed, refused = csv.DictReader(stream)
    assert failed["status"] == "failed" and "does not give a number" in failed["error"]
    assert not failed["probability"] and not failed["band"]
    assert refused["status"] == "refused"


def test_evaluate_measures_a_split(home: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,split,left,top,width,height\n0000.jpg,test,0,0,1,1\n0001.jpg,test,0.4,0.4,0.2,0.2\n")
    arguments = ["evaluate", str(place / "data"), "--model", TRAINED, "--json", str(tmp_path / "e.json")]
    assert main([*arguments, "--boxes", str(boxes)]) == 0
    figures = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert all(key in figures for key in (*EVALUATED, "hit_rate"))
    assert (figures["n"], figures["n_fractured"], figures["n_located"]) == (12, 6, 2)
    assert 0 <= figures["auc_ci"][0] <= figures["auc"] <= figures["auc_ci"][1] <= 1
    assert figures["model_version"] == TRAINED and figures["split"] == "test"
    assert TRAINED in capsys.readouterr().out
    assert main(arguments) == 0
    without = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert "hit_rate" not in without and without["auc"] == figures["auc"]


def test_evaluate_and_predict_say_the_same(home: Path, place: Path, tmp_path: Path) -> None:
    """AUC, sensitivity and specificity of the JSON, worked out again from the rows of the CSV."""
    test = place / "data" / "test"
    assert main(["evaluate", str(test), "--model", BRIGHT, "--json", str(tmp_path / "e.json")]) == 0
    figures = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    _, rows = predict(test, csv_file=tmp_path / "out.csv")
    fractured = np.array(["/fractured/" in row["file"] for row in rows])
    values = np.array([float(row["probability"]) for row in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in values[fractured] for b in values[~fractured]]
    low = float(rows[0]["threshold_low"])
    assert figures["auc"] == pytest.approx(np.mean(pairs))
    assert figures["sensitivity"] == np.mean(values[fractured] >= low)
    assert figures["specificity"] == np.mean(values[~fractured] < low)
    assert [row["band"] != "negative" for row in rows] == (values >= low).tolist()


def test_evaluate_goes_on_without_what_cannot_be_read(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class_folders(tmp_path / "data", {"test": 3})
    for number in range(3):
        (tmp_path / "data" / "test" / "fractured" / f"{number:04d}.jpg").write_bytes(b"no picture")
    assert main(["evaluate", str(tmp_path / "data"), "--model", TRAINED, "--json", str(tmp_path / "e.json")]) == 0
    figures = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert (figures["n"], figures["n_fractured"], figures["n_refused"], figures["auc"]) == (3, 0, 3, None)
    assert capsys.readouterr().err.count("0000.jpg") == 1


def test_evaluate_with_boxes_of_other_pictures_is_wrong_usage(home: Path, place: Path, tmp_path: Path) -> None:
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,left,top,width,height\nother.jpg,0,0,1,1\n")
    arguments = ["evaluate", place / "data", "--model", TRAINED, "--json", tmp_path / "e.json", "--boxes", boxes]
    assert usage(*arguments) == 2


@pytest.mark.parametrize(
    "module",
    [
        "core",
        "core.cli",
        "core.commands.train",
        "core.registry",
        "core.learning.datasets.class_folders",
        "core.learning.evaluation.figures",
        "core.cnn.training.augmentation",
        "core.cnn.training.train",
        "core.prediction.classifier",
        "core.prediction.files",
    ],
)
def test_importing_is_light(module: str) -> None:
    held = run_python(f"import sys, {module}; print('tensorflow' in sys.modules or 'keras' in sys.modules)")
    assert held.split() == ["False"]
