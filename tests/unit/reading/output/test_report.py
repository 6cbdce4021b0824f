"""The report says what was said, holds back what must be, and is a PDF with its pictures."""

from __future__ import annotations

import io
import re

import cv2
import numpy as np
import pytest

from core import NOT_A_MEDICAL_DEVICE
from core.bootstrap import Services
from core.domain import Mark, MarkKind, ReadingMode, Verdict
from core.errors import NotFoundError
from core.reading.output.document import CaseSheet, Document
from core.reading.output.pictures import MARK_COLOUR
from core.store.schema import prediction
from tests.fakes import ASKEW, VERSION, picture, read_all, take_in
from tests.phantoms import bone, dicom

BOX = Mark(MarkKind.BOX, 10, 10, 40, 30, "cortical step")


def make(services: Services, mode: ReadingMode = ReadingMode.AI_FIRST, second_share: float = 0.0) -> int:
    """A read batch of a likely fracture and an unlikely one."""
    batch = services.ingest.create_batch("night <b>shift</b> 夜", "ann", mode, second_share)
    take_in(services, ("a.png", picture(0.9)), ("b.png", picture(0.1)), ("c.txt", b"no picture"), batch_id=batch.id)
    read_all(services)
    return batch.id


def everything(document: Document) -> str:
    """All its words."""
    cells = [cell for table in document.tables for row in (table.heads, *table.rows) for cell in row]
    lines = [part for case in document.cases for part in (case.title, *(text for line in case.lines for text in line))]
    return " | ".join([document.title, document.status, *cells, *lines])


def case_of(document: Document, name: str) -> CaseSheet:
    return next(case for case in document.cases if case.title.endswith(name))


def test_it_warns_outside_the_validated_anatomy(services: Services) -> None:
    pixels = bone(np.random.default_rng(1), True, bits=16)
    batch_id = take_in(services, ("jaw.dcm", dicom(pixels, BodyPartExamined="JAW")), ("hand.dcm", dicom(pixels)))
    read_all(services)
    warned = {
        case.title[-8:]: "header says JAW" in str(case.lines) for case in services.report.document(batch_id).cases
    }
    assert sorted(warned.values()) == [False, True]
    assert warned[" jaw.dcm"]


def test_it_warns_of_what_looks_turned(services: Services) -> None:
    batch_id = take_in(services, ("turned.png", picture(0.2, first=ASKEW)), ("upright.png", picture(0.2)))
    read_all(services)
    document = services.report.document(batch_id)
    warned = ["turned by a quarter" in str(case_of(document, name).lines) for name in ("turned.png", "upright.png")]
    assert warned == [True, False]


def test_it_says_who_said_what_with_what(services: Services) -> None:
    batch_id = make(services)
    row = services.cases.case(1, "ann").row
    services.reviews.give(1, row.prediction_id, "ann", Verdict.FRACTURED, "distal radius", marks=(BOX,))
    document = services.report.document(batch_id)
    said = everything(document)
    for word in ("Draft", VERSION, "f" * 64, "1 refused", "1 without a verdict", "fractured, by ann", "distal radius"):
        assert word in said, word
    assert "box: cortical step" in said
    assert "positive 0.90" in said
    assert "high sensitivity point" in said
    assert document.footer == NOT_A_MEDICAL_DEVICE
    services.batch_signing.sign(batch_id, "ann")
    assert everything(services.report.document(batch_id)).count("Signed by ann") == 1
    assert "a.png" not in everything(services.report.document(batch_id, names=False))


@pytest.mark.parametrize(("probability", "said"), [(0.9976, "positive >0.99 by"), (0.0004, "negative <0.01 by")])
def test_a_probability_is_written_as_on_the_screens(services: Services, probability: float, said: str) -> None:
    batch_id = take_in(services, ("a.png", picture(probability)))
    read_all(services)
    with services.database.writing() as connection:
        connection.execute(prediction.update().values(probability=probability))
    assert said in everything(services.report.document(batch_id))


def test_marks_are_drawn_where_they_lie_and_overlays_where_they_mean_something(services: Services) -> None:
    batch_id = make(services)
    services.reviews.give(1, None, "ann", Verdict.FRACTURED, marks=(BOX,))
    document = services.report.document(batch_id)
    likely = case_of(document, "a.png")
    drawn = cv2.cvtColor(cv2.imdecode(np.frombuffer(likely.picture, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert drawn.shape == (40, 48, 3)
    assert np.abs(drawn[20, 10].astype(int) - MARK_COLOUR).max() < 60  # on the box's left side
    assert np.ptp(drawn[35, 5].astype(int)) < 12  # grey elsewhere
    assert likely.overlay is not None
    unlikely = case_of(services.report.document(batch_id), "b.png")
    assert (unlikely.picture is not None, unlikely.overlay) == (True, None)


@pytest.mark.parametrize("mode", [ReadingMode.BLIND, ReadingMode.UNAIDED_FIRST])
def test_nobody_reads_the_models_answer_in_a_draft(services: Services, mode: ReadingMode) -> None:
    batch_id = make(services, mode)
    document = services.report.document(batch_id, reader="ann")
    assert all(case.overlay is None for case in document.cases)
    said = everything(services.report.document(batch_id, reader="ann"))
    assert "held back" in said
    assert "positive" not in said
    services.batch_signing.sign(batch_id, "ann")
    assert "positive 0.90" in everything(services.report.document(batch_id, reader="ann"))


def test_a_second_reader_does_not_find_the_first_in_a_draft(services: Services) -> None:
    batch_id = make(services, second_share=1.0)
    services.reviews.give(1, None, "ann", Verdict.FRACTURED, marks=(BOX,))
    assert "by ann, unaided" in everything(services.report.document(batch_id, reader="ann"))
    assert "by ann, unaided" not in everything(services.report.document(batch_id, reader="bob"))


def test_it_is_a_pdf_with_every_picture(services: Services) -> None:
    batch_id = make(services)
    written = io.BytesIO()
    services.report.write(batch_id, written)
    data = written.getvalue()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Subtype /Image", data)) == 3  # two radiographs and one overlay
    assert len(re.findall(rb"/Type /Page\b", data)) >= 1
    with pytest.raises(NotFoundError):
        services.report.write(99, io.BytesIO())


def test_a_picture_that_is_gone_leaves_its_line(services: Services) -> None:
    batch_id = make(services)
    for file in (services.settings.home / "files").rglob("*"):
        if file.is_file():
            file.unlink()
    document = services.report.document(batch_id)
    sheet = case_of(document, "a.png")
    assert sheet.picture is None
    assert ("Picture", "The stored bytes of this radiograph are missing. Upload the file again.") in sheet.lines
    services.report.write(batch_id, io.BytesIO())
