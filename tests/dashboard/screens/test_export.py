"""Export: what is filtered is what is written, and names can stay at home."""

from __future__ import annotations

import asyncio
import csv
import gc
import io
import re
import time
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Band, Verdict
from core.reading.worklist import WorklistFilter
from dashboard import downloads, resources
from dashboard.downloads import Ticket
from tests.dashboard.conftest import Fill

Open = Callable[..., AppTest]
LINK = re.compile(r'href="/download/([\w-]{43})" download')


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def fetch(secret: str) -> Response:
    """What a browser gets that asks for this address."""
    return downloads.send(Request({"type": "http", "path_params": {"secret": secret}}))


def rows_of(response: Response) -> list[dict[str, str]]:
    async def read() -> bytes:
        return b"".join([piece async for piece in response.body_iterator])

    return list(csv.DictReader(io.StringIO(asyncio.run(read()).decode("utf-8"))))


def test_the_filtered_rows_are_counted_and_previewed(open_app: Open, fill: Fill) -> None:
    fill("Monday", 4)
    tuesday = fill("Tuesday", 9, seed=1)
    app = open_app("export")
    assert len(app.dataframe[0].value) == 8
    assert any(caption.value.startswith("13 rows, one a batch entry") for caption in app.caption)
    app.selectbox(key="export-batch").set_value(tuesday.id).run()
    assert set(app.dataframe[0].value["batch"]) == {"Tuesday"}
    assert any(caption.value.startswith("9 rows") for caption in app.caption)
    app.button_group(key="export-bands").set_value([Band.NOT_ASSESSABLE]).run()
    assert app.text[0].value.startswith("No radiograph matches.")
    assert not LINK.search(html_of(app))


def test_file_names_can_be_left_out(open_app: Open, fill: Fill) -> None:
    fill("Monday", 2)
    app = open_app("export")
    assert "file" in app.dataframe[0].value
    with_names = LINK.search(html_of(app)).group(1)
    assert "without-names" not in fetch(with_names).headers["content-disposition"]
    app.checkbox[0].check().run()
    assert "file" not in app.dataframe[0].value
    assert any("names are left out" in caption.value for caption in app.caption)
    without = LINK.search(html_of(app)).group(1)
    assert without != with_names
    answer = fetch(without)
    assert "fracture-review-without-names-" in answer.headers["content-disposition"]
    assert "file" not in rows_of(answer)[0]


def test_it_starts_from_what_the_worklist_shows(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    tuesday = fill("Tuesday", 2, seed=1)
    order = services.worklist.freeze(WorklistFilter(batch_id=tuesday.id))
    app = open_app(order=order.id)
    app.switch_page("screens/export.py").run()
    assert app.selectbox(key="export-batch").value == tuesday.id


def test_the_file_is_what_the_screen_offers(open_app: Open, fill: Fill) -> None:
    fill("Monday", 3)
    tuesday = fill("Tuesday", 2, seed=1)
    app = open_app("export")
    app.selectbox(key="export-batch").set_value(tuesday.id).run()
    secret = LINK.search(html_of(app)).group(1)
    rows = rows_of(fetch(secret))
    assert [row["batch"] for row in rows] == ["Tuesday", "Tuesday"]
    assert all(row["file"] and row["sha256"] and row["probability"] for row in rows)
    app.run()
    assert LINK.search(html_of(app)).group(1) == secret, "what is offered already is not offered anew"


@pytest.mark.usefixtures("services")
def test_nobody_can_guess_an_address_and_none_outlives_its_session() -> None:
    assert fetch("guessed").status_code == 404
    ticket = Ticket("secret", WorklistFilter(), True, "ann", None)
    resources.tickets()[ticket.secret] = ticket
    assert fetch("secret").status_code == 200
    del ticket
    gc.collect()
    assert fetch("secret").status_code == 404


@pytest.mark.usefixtures("services")
def test_an_expired_sign_in_fetches_nothing() -> None:
    ticket = Ticket("secret", WorklistFilter(), True, "ann", until=time.time() - 1)
    resources.tickets()[ticket.secret] = ticket
    assert fetch("secret").status_code == 404


@pytest.mark.usefixtures("services")
def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    assert open_app("export").text[0].value.startswith("There is nothing to export yet.")


def test_every_review_can_be_had_one_a_row(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 3)
    app = open_app("export")
    app.button_group(key="export-form").set_value(downloads.Form.REVIEWS).run()
    assert not app.exception
    assert app.text[0].value == "Nobody has read any of these yet."
    entry = services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids[0]
    for reader, verdict in (("ann", Verdict.FRACTURED), ("bob", Verdict.UNSURE)):
        services.reviews.give(entry, None, reader, verdict)
    app.run()
    assert list(app.dataframe[0].value["reader"]) == ["ann", "bob"]
    written = fetch(LINK.search(html_of(app)).group(1))
    assert "every-review" in written.headers["content-disposition"]
    assert [row["verdict"] for row in rows_of(written)] == ["fractured", "unsure"]
