"""Every reader's every review in one file, and marks that an evaluation can read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from core.bootstrap import Services
from core.domain import Mark, MarkKind, ReadingMode, Verdict
from core.learning.datasets.class_folders import read_boxes
from core.processes import now
from core.reading.worklist import WorklistFilter
from tests.fakes import picture, read_all, take_in
from tests.phantoms import zip_of

EVERYTHING = WorklistFilter()
BOX = Mark(MarkKind.BOX, 12, 10, 24, 30, "=1+1")
ARROW = Mark(MarkKind.ARROW, 0, 0, 5, 5)


def lines(pieces: Iterable[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))


@pytest.fixture
def read(services: Services) -> Services:
    """Two radiographs, of 48 x 40 pixels: one read and marked by ann and bob, who differ, and adjudicated by carl."""
    take_in(services, ("pile.zip", zip_of({"hand/a.png": picture(0.9), "hand/b.png": picture(0.2)})))
    read_all(services)
    row = services.worklist.page(services.worklist.freeze(EVERYTHING), 1)[0]
    began = now() - timedelta(seconds=12)
    services.reviews.give(row.entry_id, None, "ann", Verdict.UNSURE, shown_at=began)
    given = (row.entry_id, row.prediction_id)
    services.reviews.give(*given, "ann", Verdict.FRACTURED, "seen", marks=(BOX, ARROW), shown_at=began)
    services.reviews.give(*given, "bob", Verdict.NOT_FRACTURED, marks=(BOX,))
    services.reviews.adjudicate(*given, "carl", Verdict.FRACTURED)
    return services


def test_one_row_a_review(read: Services) -> None:
    found = lines(read.reviews_csv.csv(EVERYTHING))
    said = [(line["reader"], line["kind"], line["verdict"], line["standing"], line["aided"]) for line in found]
    assert said == [
        ("ann", "reading", "unsure", "no", "no"),
        ("ann", "reading", "fractured", "yes", "yes"),
        ("bob", "reading", "not_fractured", "yes", "yes"),
        ("carl", "adjudication", "fractured", "yes", "yes"),
    ]
    assert {line["file"] for line in found} == {"pile.zip/hand/a.png"}
    assert 12 <= float(found[0]["seconds"]) < 60
    assert (found[2]["shown_at"], found[2]["seconds"], found[1]["marks"], found[1]["band"]) == ("", "", "2", "positive")
    read.reviews.undo(1, "carl")
    last = lines(read.reviews_csv.csv(EVERYTHING))[-1]
    assert (last["reader"], last["verdict"], last["standing"]) == ("carl", "taken_back", "no")
    assert "file" not in lines(read.reviews_csv.csv(EVERYTHING, names=False))[0]


def test_marks_of_standing_reviews(read: Services) -> None:
    found = lines(read.reviews_csv.marks_csv(EVERYTHING))
    assert [(line["reader"], line["kind"], line["x"], line["y2"]) for line in found] == [
        ("ann", "box", "12", "30"),
        ("ann", "arrow", "0", "5"),
        ("bob", "box", "12", "30"),
    ]
    assert found[0]["note"] == "'=1+1"  # no formula for a spreadsheet
    said = json.loads(read.reviews_csv.marks_json(EVERYTHING))
    assert [(each["reader"], each["width"], len(each["marks"])) for each in said] == [("ann", 48, 2), ("bob", 48, 1)]
    assert said[0]["marks"][0] == {"kind": "box", "x": 12, "y": 10, "x2": 24, "y2": 30, "note": "=1+1"}
    assert "file" not in json.loads(read.reviews_csv.marks_json(EVERYTHING, names=False))[0]


def test_an_evaluation_reads_the_boxes(read: Services, tmp_path: Path) -> None:
    file = tmp_path / "boxes.csv"
    file.write_bytes(b"".join(read.reviews_csv.boxes_csv(EVERYTHING)))
    assert read_boxes(file) == {"a.png": (pytest.approx((0.25, 0.25, 0.25, 0.5)),)}


def test_a_second_reader_gets_only_their_own(services: Services) -> None:
    batch = services.ingest.create_batch("apart", "ann", ReadingMode.BLIND, second_share=1.0)
    take_in(services, ("a.png", picture(0.9)), batch_id=batch.id)
    read_all(services)
    services.reviews.give(1, None, "ann", Verdict.FRACTURED, marks=(BOX,))
    assert lines(services.reviews_csv.csv(EVERYTHING, reader="bob")) == []
    assert lines(services.reviews_csv.marks_csv(EVERYTHING, reader="bob")) == []
    (line,) = lines(services.reviews_csv.csv(EVERYTHING, reader="ann"))
    assert (line["mode"], line["probability"], line["band"]) == ("blind", "", "")
