"""The worklist: likely fractures first, in an order that holds still, at a place that the URL names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Band, ReadingMode
from core.reading.worklist import WorklistFilter
from dashboard.components.table import HELD_BACK, row_pixels
from dashboard.components.theme import BANDS
from tests import phantoms
from tests.dashboard.conftest import READER, Fill, be_the_worker, parameter
from tests.fakes import picture, read_all

Open = Callable[..., AppTest]


def ids(app: AppTest) -> list[str]:
    """The short ids on the screen, from the top."""
    return list(app.dataframe[0].value["id"])


def table_key(app: AppTest) -> str:
    return app.dataframe[0].key


def words(app: AppTest) -> str:
    """All of the screen's own HTML."""
    return " ".join(element.proto.body for element in app.get("html"))


def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    app = open_app()
    assert app.text[0].value.startswith("Nothing has been taken in yet.")
    app.button[0].click().run()
    assert app.header[0].value == "Upload"


def test_the_likely_fractures_stand_first_on_pages_of_twenty(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 23)
    app = open_app()
    frame = app.dataframe[0].value
    assert len(frame) == 20
    assert list(frame["probability"]) == sorted(frame["probability"], reverse=True)
    assert all(frame["thumbnail"].str.startswith("data:image/"))
    assert {label.split(maxsplit=1)[1] for label in frame["band"]} <= {look.word for look in BANDS.values()}
    assert "23 radiographs" in words(app)
    app.pagination[0].set_value(2).run()
    assert len(app.dataframe[0].value) == 3
    assert parameter(app, "page") == "2"


def test_a_refresh_or_a_sent_link_comes_back_to_the_place(open_app: Open, fill: Fill) -> None:
    fill("Monday", 23)
    app = open_app()
    app.pagination[0].set_value(2).run()
    place = {name: parameter(app, name) for name in app.query_params}
    fill("Tuesday", 5, seed=1)
    again = open_app(**place)
    assert ids(again) == ids(app)


@pytest.mark.parametrize(
    "parameters", [{"order": "gone"}, {"page": "99"}, {"page": "-1"}, {"order": "'; DROP", "page": "x"}]
)
def test_an_address_that_makes_no_sense_shows_the_worklist(open_app: Open, fill: Fill, parameters: dict) -> None:
    fill("Monday", 3)
    assert len(open_app(**parameters).dataframe[0].value) == 3


def test_a_link_to_an_unknown_list_says_so_and_opens_the_first_page(open_app: Open, fill: Fill) -> None:
    fill("Monday", 23)
    app = open_app(order="doesnotexist", page="99")
    assert app.text[0].value.startswith("The list of this link is not known here.")
    assert len(app.dataframe[0].value) == 20
    assert parameter(app, "page") == "1"
    app.run()
    assert app.text[0].value.startswith("The list of this link is not known here.")
    app.pagination[0].set_value(2).run()
    known = {name: parameter(app, name) for name in app.query_params}
    assert not open_app(**known).text
    assert not open_app().text


def test_counts_move_while_the_worker_reads_but_rows_do_not(open_app: Open, fill: Fill) -> None:
    fill("Monday", 6, read=False)
    app = open_app()
    before = ids(app)
    assert set(app.dataframe[0].value["band"]) == {"○ waiting"}
    fill.read()
    app.run()
    assert ids(app) == before
    assert "waiting" not in " ".join(app.dataframe[0].value["band"])
    button = app.button(key="reorder-button")
    assert button.label == "6 new, reorder"
    button.click().run()
    assert ids(app) != before
    assert sorted(ids(app)) == sorted(before)
    assert not [each for each in app.button if each.key == "reorder-button"]


def test_what_failed_stands_above_the_negatives(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 8, read=False)
    claims = services.queue.claim("nobody", 1)
    services.queue.store_results({}, {claims[0].work_id: "three crashes"})
    fill.read()
    bands = [label.split(maxsplit=1)[1] for label in open_app().dataframe[0].value["band"]]
    assert "failed" in bands
    assert "failed" not in bands[bands.index("negative") :]


def test_filters_by_batch_band_status_and_text(open_app: Open, fill: Fill) -> None:
    fill("Monday", 6)
    tuesday = fill("Tuesday 50% [draft]_", 4, seed=1)
    app = open_app()
    app.selectbox(key="worklist-batch").set_value(tuesday.id).run()
    assert len(app.dataframe[0].value) == 4
    app.button_group(key="worklist-bands").set_value([Band.NEGATIVE]).run()
    assert all(label.endswith("negative") for label in app.dataframe[0].value["band"])
    app.button_group(key="worklist-bands").set_value([]).run()
    app.text_input(key="worklist-text").set_value("x003").run()
    assert list(app.dataframe[0].value["file"]) == ["x003.png"]
    app.text_input(key="worklist-text").set_value("%_'").run()
    assert app.text[0].value.startswith("No radiograph matches.")
    app.text_input(key="worklist-text").set_value("").run()
    app.selectbox(key="worklist-progress").set_value("Reviewed").run()
    assert app.text[0].value.startswith("No radiograph matches.")


def test_the_filter_row_says_what_a_link_shows(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 4)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch.id, bands=(Band.NEGATIVE,), text="x0"))
    app = open_app(order=order.id)
    assert app.selectbox(key="worklist-batch").value == batch.id
    assert app.button_group(key="worklist-bands").value == [Band.NEGATIVE]
    assert app.text_input(key="worklist-text").value == "x0"


def test_a_click_opens_the_radiograph_that_was_clicked(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 6)
    app = open_app()
    clicked = ids(app)[3]
    app.session_state[table_key(app)] = {"selection": {"rows": [], "columns": [], "cells": [(3, "file")]}}
    app.run()
    entry = int(parameter(app, "entry"))
    assert services.worklist.row(entry).short_id == clicked
    assert any(clicked in caption.value for caption in app.caption)


def test_a_selection_never_survives_another_order(open_app: Open, fill: Fill) -> None:
    fill("Monday", 6, read=False)
    app = open_app()
    old = table_key(app)
    fill.read()
    app.run()
    app.button(key="reorder-button").click().run()
    assert table_key(app) != old
    app.session_state[old] = {"selection": {"rows": [], "columns": [], "cells": [(0, "file")]}}
    app.run()
    assert app.header[0].value == "Worklist"


def test_reading_goes_on_where_no_verdict_is_yet(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 4)
    order = services.worklist.freeze(WorklistFilter())
    first, second, *_ = order.entry_ids
    row = services.worklist.row(first)
    services.reviews.give(first, row.prediction_id, READER, "fractured")
    app = open_app(order=order.id)
    next(button for button in app.button if button.label == "Review from here").click().run()
    assert parameter(app, "entry") == str(second)


def test_names_are_text(open_app: Open, services: Services, fill: Fill) -> None:
    batch = services.ingest.create_batch("<img src=x onerror=alert(1)> **x**", READER)
    fill("Monday", 1)
    data = phantoms.encode(phantoms.bone(np.random.default_rng(3), True), "PNG")
    list(services.ingest.take_in(batch.id, "<b>a</b> *b* ![c](d).png", data))
    fill.read()
    app = open_app()
    assert "<b>a</b> *b* ![c](d).png" in list(app.dataframe[0].value["file"])
    assert "onerror" not in words(app)


def test_it_says_why_there_is_no_probability(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 4, read=False)
    assert "why" not in open_app().dataframe[0].value
    claims = services.queue.claim("nobody", 1)
    services.queue.store_results({}, {claims[0].work_id: "three crashes"})
    fill.read()
    frame = open_app().dataframe[0].value
    (failed,) = frame[frame["band"].str.endswith("failed")]["why"]
    assert failed == "three crashes"
    assert list(frame[frame["probability"] != ""]["why"].unique()) == [""]


def test_one_batch_needs_no_column_of_batches(open_app: Open, fill: Fill) -> None:
    batch = fill("Monday", 2)
    app = open_app()
    assert "batch" in app.dataframe[0].value
    app.selectbox(key="worklist-batch").set_value(batch.id).run()
    assert "batch" not in app.dataframe[0].value


@pytest.mark.parametrize(("window", "line"), [(None, 29), (600, 29), (800, 29), (1080, 43), (4000, 48)])
def test_a_page_of_lines_fills_the_window(window: int | None, line: int) -> None:
    assert row_pixels(window) == line


def test_progress_is_the_batch_s_own_whenever_it_is_looked_at(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2, read=False)
    fill("Tuesday", 5, read=False, seed=1)
    claims = services.queue.claim("nobody", 2)
    services.queue.store_results({}, {claim.work_id: "three crashes" for claim in claims})
    said = words(open_app())
    assert "Reading 2 of 5, 2 more in other batches" in said
    assert "<em>Tuesday</em>" in said


def test_a_blind_batch_tells_nothing_of_the_model(open_app: Open, services: Services) -> None:
    batch = services.ingest.create_batch("Blind", READER, ReadingMode.BLIND)
    for brightness in (0.2, 0.9):
        list(services.ingest.take_in(batch.id, f"{brightness}.png", picture(brightness)))
    read_all(services)
    be_the_worker(services)
    frame = open_app().dataframe[0].value
    assert list(frame["file"]) == ["0.2.png", "0.9.png"]  # as they came
    assert set(frame["probability"]) == {""}
    assert set(frame["band"]) == {HELD_BACK.label}
