"""Batches: signed, archived and reopened under the reader's name, with a report and everything that was said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import BatchState, Verdict
from core.reading.worklist import WorklistFilter
from dashboard.screens import batches
from tests.dashboard.conftest import READER, Fill, parameter

Open = Callable[..., AppTest]


@pytest.mark.usefixtures("services")
def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    assert open_app("batches").text[0].value.startswith("There is no batch yet.")


def test_a_batch_is_signed_archived_and_reopened(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 3)
    app = open_app("batches", batch=batch.id)
    app.button(key=f"sign-{batch.id}").click().run()
    assert services.ingest.batch(batch.id).signed_by == READER
    app.button(key=f"archive-{batch.id}").click().run()
    assert services.ingest.batch(batch.id).state is BatchState.ARCHIVED
    app.button(key=f"reopen-{batch.id}").click().run()
    assert "Write it down" in app.error[0].value.replace("\\", "")
    app.text_input(key=f"reason-{batch.id}").set_value("a slip")
    app.button(key=f"reopen-{batch.id}").click().run()
    assert not app.exception
    events = services.batch_signing.events(batch.id)
    assert [(event.state, event.reader) for event in events] == [
        (BatchState.SIGNED, READER),
        (BatchState.ARCHIVED, READER),
        (BatchState.READING, READER),
    ]
    assert events[-1].reason == "a slip"


def test_what_cannot_be_signed_says_why(open_app: Open, fill: Fill) -> None:
    batch = fill("Monday", 2, read=False)
    app = open_app("batches", batch=batch.id)
    app.button(key=f"sign-{batch.id}").click().run()
    assert "not read yet" in app.error[0].value


def test_what_readers_differ_on_is_offered(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 2)
    entry_id = services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids[1]
    services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED)
    services.reviews.give(entry_id, None, "bob", Verdict.NOT_FRACTURED)
    app = open_app("batches", batch=batch.id)
    app.button(key=f"adjudicate-{batch.id}").click().run()
    assert not app.exception
    assert parameter(app, "entry") == str(entry_id)


def test_files_are_written_when_they_are_asked_for(fill: Fill, services: Services) -> None:
    batch = fill("Monday", 2)
    entry_id = services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids[0]
    services.reviews.give(entry_id, None, READER, Verdict.UNSURE)
    assert batches.report(batch.id, True, READER).read().startswith(b"%PDF-")
    said = batches.joined(services.reviews_csv.csv(WorklistFilter(batch_id=batch.id), reader=READER)).read().decode()
    assert READER in said
