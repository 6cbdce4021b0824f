"""Upload: everything that comes in is accounted for, and the uploader keeps nothing."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import IntakeState, ReadingMode
from core.reading.worklist import WorklistFilter
from tests import phantoms
from tests.dashboard.components.test_html import cells_of
from tests.dashboard.conftest import Fill, parameter

Open = Callable[..., AppTest]
SECONDS = 20.0


def picture(seed: int) -> bytes:
    return phantoms.encode(phantoms.bone(np.random.default_rng(seed), bool(seed % 2), size=(64, 48)), "PNG")


def drop(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files and run the app until the intake is over."""
    app.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files])
    return app.run()


def finish(app: AppTest, services: Services) -> AppTest:
    """Wait until everything that was handed in is looked at."""
    batch_id = services.worklist.batches()[0].id
    deadline = time.monotonic() + SECONDS
    while services.ingest.progress(batch_id).state is IntakeState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return app.run()


def sums(app: AppTest) -> str:
    return next(element.proto.body for element in app.get("html") if 'class="sums"' in element.proto.body)


def refused(app: AppTest) -> str:
    return next(element.proto.body for element in app.get("html") if "refused, and what" in element.proto.body)


def test_a_drop_is_taken_in_and_accounted_for(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    app.text_input(key="upload-name-0").set_value("Night **shift**")
    drop(app, ("a.png", picture(1)), ("again.png", picture(1)), ("notes.txt", b"no image"), ("b.png", picture(2)))
    finish(app, services)
    batch = services.worklist.batches()[0]
    assert batch.name == "Night **shift**"
    progress = services.ingest.progress(batch.id)
    assert progress.received == progress.taken + progress.known + progress.refused == 4
    for number, word in ((4, "received"), (2, "taken in"), (1, "already there"), (1, "refused")):
        assert f"<b>{number}</b>{word}<" in sums(app)
    (refusal,) = services.ingest.refusals(batch.id)
    for part in ("notes.txt", refusal.reason[1:], refusal.remedy):
        assert html.escape(part) in refused(app)


def test_the_uploader_is_emptied_at_once(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    before = app.file_uploader[0].key
    drop(app, ("a.png", picture(1)))
    assert app.file_uploader[0].key != before
    assert not app.file_uploader[0].value
    finish(app, services)
    assert app.text_input(key="upload-name-1").value == ""


def test_the_limit_is_said_before_and_held(open_app: Open, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRACTURE_MAX_DROP_FILES", "2")
    app = open_app("upload")
    assert "up to 2 files" in app.file_uploader[0].label
    drop(app, *((f"{index}.png", picture(index)) for index in range(3)))
    assert "3 files were dropped" in app.error[0].value
    assert services.worklist.batches() == []


def test_a_refresh_finds_the_batch_again(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    drop(app, ("a.png", picture(1)))
    finish(app, services)
    batch = parameter(app, "batch")
    again = open_app("upload", batch=batch)
    assert "<b>1</b>taken in" in sums(again)


def test_more_files_go_into_a_batch_that_is_there(open_app: Open, services: Services, fill: Fill) -> None:
    batch = fill("Monday", 2)
    app = open_app("upload")
    app.selectbox(key="upload-into").set_value(batch.id).run()
    assert "Batch name" not in [field.label for field in app.text_input], "it has its name"
    drop(app, ("c.png", picture(9)))
    finish(app, services)
    assert [each.id for each in services.worklist.batches()] == [batch.id]
    assert services.ingest.batch(batch.id).entries == 3


def test_an_archive_is_one_drop_with_many_files(open_app: Open, services: Services) -> None:
    members = {f"inner/{index}.png": picture(index) for index in range(4)} | {"inner/readme.txt": b"x"}
    app = open_app("upload")
    drop(app, ("night.zip", phantoms.zip_of(members)))
    finish(app, services)
    assert "<b>5</b>received from 1 file<" in sums(app)
    assert "night.zip/inner/readme.txt" in refused(app)


def test_the_worklist_opens_on_the_new_batch(open_app: Open, services: Services, fill: Fill) -> None:
    fill("Older", 2, seed=5)
    app = open_app("upload")
    app.text_input(key="upload-name-0").set_value("Newer")
    drop(app, ("a.png", picture(1)))
    finish(app, services)
    next(button for button in app.button if button.label == "Open the worklist").click().run()
    assert app.selectbox(key="worklist-batch").value == services.worklist.batches()[0].id
    assert list(app.dataframe[0].value["file"]) == ["a.png"]


def test_the_inbox_is_listed_and_taken_in(
    open_app: Open, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "night").mkdir(parents=True)
    for index in range(3):
        (inbox / "night" / f"{index}.png").write_bytes(picture(index))
    monkeypatch.setenv("FRACTURE_INBOX", str(inbox))
    app = open_app("upload")
    assert list(app.dataframe[0].value["file"]) == ["night/0.png", "night/1.png", "night/2.png"]
    app.session_state[app.dataframe[0].key] = {"selection": {"rows": [0, 2], "columns": [], "cells": []}}
    app.run()
    next(button for button in app.button if button.label == "Take in 2 of 3").click().run()
    finish(app, services)
    assert "<b>2</b>taken in" in sums(app)


@pytest.mark.usefixtures("services")
def test_without_an_inbox_it_says_how_to_have_one(open_app: Open) -> None:
    assert any("FRACTURE_INBOX" in caption.value for caption in open_app("upload").caption)


def test_file_names_are_text(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    drop(app, ("<img src=x onerror=alert(1)> *a*.txt", b"no image"))
    finish(app, services)
    assert "&lt;img src=x onerror=alert(1)&gt; *a*.txt" in refused(app)
    assert "<img" not in " ".join(element.proto.body for element in app.get("html"))


def test_the_rest_of_a_drop_can_be_cancelled(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    drop(app, *((f"{index}.png", picture(index)) for index in range(250)))
    batch_id = services.worklist.batches()[0].id
    next(button for button in app.button if button.label == "Cancel the rest").click().run()
    finish(app, services)
    progress = services.ingest.progress(batch_id)
    assert progress.state is IntakeState.CANCELLED
    assert progress.received == progress.taken < 250
    assert any(text.value.startswith("Cancelled.") for text in app.text)
    assert f"<b>{progress.taken}</b>taken in" in sums(app)


def test_refused_files_stand_together_by_reason(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    drop(app, *((f"{index}.txt", b"no image") for index in range(25)), ("empty.png", b""), ("a.png", picture(1)))
    finish(app, services)
    rows = refused(app).split("<tr>")[2:]
    assert [row[len("<td>") : row.index("</td>")] for row in rows] == ["25", "1"], "the most frequent reason first"
    assert "19.txt and 5 more" in rows[0]
    assert "20.txt" not in rows[0]
    assert "empty.png" in rows[1]


def test_what_was_there_already_is_named_with_what_it_equals(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    app.text_input(key="upload-name-0").set_value("Monday")
    drop(app, ("first.png", picture(1)), ("other.png", picture(2)))
    finish(app, services)
    drop(app, ("again.png", picture(1)), ("new.png", picture(3)), ("new copy.png", picture(3)))
    finish(app, services)
    said = next(element.proto.body for element in app.get("html") if "came first as" in element.proto.body)
    assert cells_of(said) == [["again.png", "first.png", "Monday"], ["new copy.png", "new.png", "this one"]]
    assert "other.png" not in said


def test_a_name_is_what_it_was_before_the_browser_escaped_it(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    drop(app, ("=HYPERLINK(%22x%22) 100%25.png", picture(1)))
    finish(app, services)
    (row,) = services.worklist_csv.rows(WorklistFilter())
    assert row["file"] == '=HYPERLINK("x") 100%25.png'
    written = b"".join(services.worklist_csv.csv(WorklistFilter())).decode()
    assert '"\'=HYPERLINK(""x"") 100%25.png"' in written


def test_a_new_batch_is_read_as_chosen(open_app: Open, services: Services) -> None:
    app = open_app("upload")
    app.selectbox(key="upload-mode").set_value(ReadingMode.BLIND)
    app.number_input(key="upload-second").set_value(20).run()
    finish(drop(app, ("a.png", picture(1))), services)
    (batch,) = services.worklist.batches()
    assert (batch.plan.mode, batch.plan.second_share) == (ReadingMode.BLIND, 0.2)
