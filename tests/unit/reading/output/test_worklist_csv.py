"""The CSV: every column, read back as it was, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from core.bootstrap import Services
from core.csv_text import FORMULA_STARTS
from core.domain import Band, Verdict
from core.reading.output.worklist_csv import COLUMNS
from core.reading.worklist import WorklistFilter
from tests.fakes import ASKEW, DECLINED, STUMBLING, picture, read_all, take_in
from tests.phantoms import bone, dicom
from tests.unit.test_csv_text import HOSTILE

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EVERYTHING = WorklistFilter()


def exported(services: Services, wanted: WorklistFilter = EVERYTHING, names: bool = True) -> list[dict[str, str]]:
    data = b"".join(services.worklist_csv.csv(wanted, names))
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


@pytest.fixture
def batch_id(services: Services) -> int:
    """Positive, negative, failed and waiting, and a DICOM file."""
    film = dicom(bone(np.random.default_rng(1), True, bits=16), ViewPosition="AP", ImageLaterality="L")
    files = [("neg.png", picture(0.1)), ("pos.png", picture(0.9)), ("bad.png", picture(0.5, first=STUMBLING))]
    batch = take_in(services, *files, ("film.dcm", film))
    read_all(services)
    return take_in(services, ("wait.png", picture(0.4)), batch_id=batch)


def test_every_column_is_there(services: Services, batch_id: int) -> None:
    first = exported(services)[0]
    assert tuple(first) == COLUMNS
    row = services.worklist.page(services.worklist.freeze(EVERYTHING), 1)[0]
    assert (first["file"], first["sha256"], first["batch"], first["page"]) == ("pos.png", row.sha256, "phantoms", "1")
    assert (float(first["probability"]), first["band"]) == (pytest.approx(row.probability, abs=1e-6), Band.POSITIVE)
    assert (first["threshold_low"], first["threshold_high"]) == ("0.300000", "0.700000")
    assert (first["model_version"], first["model_sha256"]) == ("fake-1", "f" * 64)
    assert (int(first["saliency_x"]), int(first["saliency_y"])) == row.saliency_xy
    assert (first["status"], first["error"]) == ("predicted", "")
    assert TIME.fullmatch(first["taken_in_at"])
    assert TIME.fullmatch(first["predicted_at"])
    assert first["reviewed_at"] == first["verdict"] == first["agreement"] == ""


def test_what_looks_turned_says_so(services: Services, batch_id: int) -> None:
    take_in(services, ("turned.png", picture(0.2, first=ASKEW)), batch_id=batch_id)
    read_all(services)
    marked = {row["file"]: row["presentation"] for row in exported(services)}
    assert (marked["turned.png"], marked["pos.png"], marked["bad.png"]) == ("turned", "", "")


def test_of_a_declined_one_no_number_could_be_taken_for_an_answer(services: Services, batch_id: int) -> None:
    take_in(services, ("chest.png", picture(0.9, first=DECLINED)), batch_id=batch_id)
    read_all(services)
    row = next(row for row in exported(services) if row["file"] == "chest.png")
    assert (row["band"], row["error"]) == ("not_assessable", "It looks like no radiograph of bone.")
    assert row["probability"] == row["score"] == row["saliency_x"] == row["saliency_y"] == ""


def test_what_lies_outside_the_validated_anatomy_says_so(services: Services, batch_id: int) -> None:
    jaw = dicom(bone(np.random.default_rng(2), True, bits=16), BodyPartExamined="JAW")
    take_in(services, ("jaw.dcm", jaw), batch_id=batch_id)
    waiting = {row["file"]: row["outside_validated_anatomy"] for row in exported(services)}
    assert waiting["jaw.dcm"] == "", "there is no prediction to mark yet"
    read_all(services)
    marked = {row["file"]: row["outside_validated_anatomy"] for row in exported(services)}
    assert (marked["jaw.dcm"], marked["film.dcm"], marked["pos.png"]) == ("true", "false", "")


def test_rows_stand_in_the_worklists_order(services: Services, batch_id: int) -> None:
    rows = exported(services)
    assert [row["file"] for row in rows] == ["pos.png", "film.dcm", "bad.png", "neg.png", "wait.png"]
    assert [row["status"] for row in rows] == ["predicted", "predicted", "failed", "predicted", "waiting"]
    assert rows[2]["error"] == "it cannot be read (ValueError)"
    assert rows[4]["probability"] == rows[4]["band"] == rows[4]["score"] == ""
    assert (rows[1]["body_part"], rows[1]["view"], rows[1]["laterality"]) == ("HAND", "AP", "L")


def test_the_filter_is_the_worklists(services: Services, batch_id: int) -> None:
    assert [row["file"] for row in exported(services, WorklistFilter(bands=(Band.POSITIVE,)))] == ["pos.png"]
    assert exported(services, WorklistFilter(batch_id=99)) == []


def test_verdicts_with_their_readers(services: Services, batch_id: int) -> None:
    pos, neg = (services.worklist.freeze(WorklistFilter(text=name)).entry_ids[0] for name in ("pos", "neg"))
    services.reviews.give(pos, pos, "ann", Verdict.NOT_FRACTURED, 'she said "no",\r\ntwice')
    services.reviews.give(pos, pos, "bob", Verdict.FRACTURED)
    services.reviews.give(neg, neg, "ann", Verdict.UNSURE)
    rows = {row["file"]: row for row in exported(services)}
    assert (rows["pos.png"]["verdict"], rows["pos.png"]["reviewer"]) == ("fractured", "bob")
    assert (rows["pos.png"]["agreement"], rows["pos.png"]["other_verdicts"]) == ("agree", "ann: not_fractured")
    assert (rows["neg.png"]["verdict"], rows["neg.png"]["agreement"]) == ("unsure", "")
    assert TIME.fullmatch(rows["neg.png"]["reviewed_at"])
    services.reviews.undo(pos, "bob")
    row = exported(services, WorklistFilter(text="pos"))[0]
    assert (row["verdict"], row["comment"], row["agreement"]) == (
        "not_fractured", 'she said "no",\ntwice', "disagree",
    )  # fmt: skip


def test_names_are_left_out_on_request(services: Services, batch_id: int) -> None:
    rows = exported(services, names=False)
    assert tuple(rows[0]) == COLUMNS[1:]
    data = b"".join(services.worklist_csv.csv(EVERYTHING, names=False))
    assert b".png" not in data
    assert b".dcm" not in data


@pytest.mark.parametrize("name", HOSTILE)
def test_what_begins_like_a_formula_is_defused(services: Services, name: str) -> None:
    batch_id = take_in(services, (name, picture(0.5)))
    entry_id = services.worklist.freeze(EVERYTHING).entry_ids[0]
    services.reviews.give(entry_id, None, name.strip() or "=x", Verdict.UNSURE, name)
    (row,) = exported(services, WorklistFilter(batch_id=batch_id))
    for column in ("file", "reviewer", "comment"):
        assert not row[column].lstrip(" \u00a0").startswith(FORMULA_STARTS), column
