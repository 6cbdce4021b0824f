"""Files to predictions without the store: in order, bounded, and each failure by itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Limits
from core.domain import Prediction, Radiograph
from core.prediction.files import COLUMNS, FileProgress, PredictedFile, read_paths, row_of
from core.prediction.pipeline import BATCH
from tests.cards import card_of
from tests.fakes import ASKEW, DECLINED, STUMBLING, VERSION, FakeClassifier, picture
from tests.phantoms import bone, dicom, encode, zip_of

MOST_AHEAD = 4 * BATCH  # two batches waiting, one in hand, one being taken from


class Counting(FakeClassifier):
    """Counts what it has prepared, and fails to prepare what is 41 pixels wide."""

    def __init__(self) -> None:
        super().__init__(VERSION)
        self.prepared = 0
        self.asked: list[int] = []

    def prepare(self, radiograph: Radiograph) -> np.ndarray:
        self.prepared += 1
        if radiograph.width == 41:
            raise ValueError("it cannot be prepared")
        return super().prepare(radiograph)

    def predict(self, prepared: Sequence[np.ndarray], heatmaps: bool = True, saliency: bool = True) -> list[Prediction]:
        self.asked.append(len(prepared))
        return super().predict(prepared, heatmaps)


@pytest.fixture
def classifier() -> Counting:
    return Counting()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read(classifier: Counting, *paths: Path, **options) -> list[PredictedFile]:
    return list(read_paths(classifier, paths, Limits(), **options))


def status(reading: PredictedFile) -> str:
    return row_of(reading, VERSION)["status"]


def test_everything_comes_in_order_under_its_name(classifier: Counting, tmp_path: Path) -> None:
    pages = np.stack([np.full((20, 20), value, np.uint8) for value in (10, 20, 30)])
    write(
        tmp_path,
        {
            "b.png": picture(0.5),
            "a/z.png": picture(0.6, 1),
            "c.zip": zip_of({"inner/x.png": picture(0.7, 2), "inner/bad.png": b"", "y.png": picture(0.1, 3)}),
            "d.tif": encode(pages, "TIFF-PAGES"),
            "e.txt": b"no picture",
        },
    )
    folder = tmp_path.as_posix()
    readings = read(classifier, tmp_path, tmp_path / "gone.png")
    assert [(r.name.removeprefix(folder), status(r)) for r in readings] == [
        ("/b.png", "predicted"),
        ("/c.zip/inner/x.png", "predicted"),
        ("/c.zip/inner/bad.png", "refused"),
        ("/c.zip/y.png", "predicted"),
        ("/d.tif", "predicted"),
        ("/d.tif#2", "predicted"),
        ("/d.tif#3", "predicted"),
        ("/e.txt", "refused"),
        ("/a/z.png", "predicted"),
        ("/gone.png", "refused"),
    ]
    assert classifier.asked == [7]


def test_what_looks_turned_is_warned_of(classifier: Counting, tmp_path: Path) -> None:
    files = {"1.png": picture(0.2), "2.png": picture(0.2, 1, first=ASKEW)}
    rows = [row_of(each, VERSION) for each in read(classifier, write(tmp_path, files))]
    assert [row["presentation"] for row in rows] == ["", "turned"]
    assert ["turned by a quarter" in row["warnings"] for row in rows] == [False, True]


def test_of_a_declined_one_no_number_could_be_taken_for_an_answer(classifier: Counting, tmp_path: Path) -> None:
    files = {"1.png": picture(0.9, first=DECLINED)}
    (row,) = [row_of(each, VERSION) for each in read(classifier, write(tmp_path, files))]
    assert (row["band"], row["error"]) == ("not_assessable", "It looks like no radiograph of bone.")
    assert row["probability"] == row["score"] == row["saliency_x"] == row["saliency_y"] == ""


def test_what_lies_outside_the_validated_anatomy_is_warned_of(classifier: Counting, tmp_path: Path) -> None:
    pixels = bone(np.random.default_rng(1), True, bits=16)
    parts = {"1.dcm": "THORAX", "2.dcm": "HAND", "3.dcm": "EXTREMITY"}
    files = {name: dicom(pixels, BodyPartExamined=part) for name, part in parts.items()}
    card = card_of(data={"body_parts": ["HAND"]})
    rows = [row_of(each, VERSION, card=card) for each in read(classifier, write(tmp_path, files))]
    assert [row["outside_validated_anatomy"] for row in rows] == ["true", "false", ""]
    assert ["header says THORAX" in row["warnings"] for row in rows] == [True, False, False]


def test_a_picture_that_makes_the_network_stumble_fails_by_itself(classifier: Counting, tmp_path: Path) -> None:
    files = {f"{number}.png": picture(0.1 * number, number) for number in range(5)}
    readings = read(classifier, write(tmp_path, files | {"2.png": picture(0.5, 2, STUMBLING)}))
    assert [status(r) for r in readings] == ["predicted", "predicted", "failed", "predicted", "predicted"]
    row = row_of(readings[2], VERSION)
    assert row["error"] == "it could not be predicted (ValueError)" and row["sha256"] and row["probability"] == ""
    assert "stumbles" not in row["error"], "what an unknown error says may hold anything"


def test_a_picture_that_cannot_be_prepared_fails_by_itself(classifier: Counting, tmp_path: Path) -> None:
    odd = encode(np.full((30, 41), 90, np.uint8), "PNG")
    readings = read(classifier, write(tmp_path, {"1.png": picture(0.3), "2.png": odd, "3.png": picture(0.4)}))
    assert [status(r) for r in readings] == ["predicted", "failed", "predicted"]
    assert row_of(readings[1], VERSION)["width"] == "41"


def test_however_many_files_few_are_in_memory(classifier: Counting, tmp_path: Path) -> None:
    write(tmp_path, {f"{number:04d}.png": picture(0.5, number) for number in range(6 * BATCH)})
    ahead = []
    for consumed, reading in enumerate(read_paths(classifier, [tmp_path], Limits()), 1):
        ahead.append(classifier.prepared - consumed)
        assert reading.picture is None
    assert consumed == 6 * BATCH
    assert max(ahead) <= MOST_AHEAD


def test_the_pages_of_a_tiff_wait_for_their_turn(classifier: Counting, tmp_path: Path) -> None:
    pages = np.random.default_rng(0).integers(0, 256, (5 * BATCH, 8, 8), dtype=np.uint8)
    write(tmp_path, {"many.tif": encode(pages, "TIFF-PAGES")})
    readings = read_paths(classifier, [tmp_path], Limits())
    next(readings)
    assert classifier.prepared <= BATCH + 2
    assert 1 + sum(1 for _ in readings) == 5 * BATCH


def test_a_bad_page_does_not_keep_the_others_out(classifier: Counting, tmp_path: Path) -> None:
    first, second, third = (Image.fromarray(np.full((side, side), 77, np.uint8)) for side in (30, 40, 20))
    first.save(tmp_path / "x.tif", save_all=True, append_images=[second, third])
    readings = list(read_paths(classifier, [tmp_path], Limits(pixels=1000)))
    assert [(Path(r.name).name, status(r)) for r in readings] == [
        ("x.tif", "predicted"),
        ("x.tif#2", "refused"),
        ("x.tif#3", "predicted"),
    ]


def test_pictures_are_kept_for_overlays_alone(classifier: Counting, tmp_path: Path) -> None:
    write(tmp_path, {"x.png": picture(0.5)})
    (reading,) = read(classifier, tmp_path, heatmaps=True)
    assert reading.picture.shape == (reading.height, reading.width) and reading.picture.dtype == np.uint8
    assert reading.prediction.heatmap is not None


def test_the_results_own_file_is_passed_over(classifier: Counting, tmp_path: Path) -> None:
    write(tmp_path, {"x.png": picture(0.5), "out.csv": b"file\n"})
    assert len(read(classifier, tmp_path)) == 2
    assert [status(r) for r in read(classifier, tmp_path, leave_out=tmp_path / "out.csv")] == ["predicted"]
    relative = Path(os.path.relpath(tmp_path / "out.csv"))
    assert len(read(classifier, tmp_path, leave_out=relative.resolve())) == 1


def test_progress_counts_files(classifier: Counting, tmp_path: Path) -> None:
    write(tmp_path, {"x.png": picture(0.5), "y.zip": zip_of({"a.png": picture(0.1), "b.png": picture(0.2)}), "z": b""})
    seen = []
    progress = FileProgress(on_change=lambda now: seen.append((now.done, now.total)))
    assert len(read(classifier, tmp_path, progress=progress)) == 4
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_row_has_every_column_as_text(classifier: Counting, tmp_path: Path) -> None:
    write(tmp_path, {"x.png": picture(0.25), "y.png": b"no picture"})
    for reading in read(classifier, tmp_path):
        row = row_of(reading, VERSION, "overlay.png")
        assert tuple(row) == COLUMNS
        assert all(isinstance(value, str) for value in row.values())
        assert row["model_version"] == VERSION
