"""Export: what is filtered is what is written, and names can stay at home."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Band
from core.reading.worklist import WorklistFilter
from dashboard.screens import export
from tests.dashboard.conftest import Fill

Open = Callable[..., AppTest]


def test_the_filtered_rows_are_previewed(open_app: Open, fill: Fill) -> None:
    fill("Monday", 4)
    tuesday = fill("Tuesday", 3, seed=1)
    app = open_app("export")
    assert len(app.dataframe[0].value) == 7
    app.selectbox(key="export-batch").set_value(tuesday.id).run()
    assert set(app.dataframe[0].value["batch"]) == {"Tuesday"}
    app.button_group(key="export-bands").set_value([Band.POSITIVE]).run()
    assert app.text[0].value.startswith("No radiograph matches.") or set(app.dataframe[0].value["band"]) == {"positive"}


def test_file_names_can_be_left_out(open_app: Open, fill: Fill) -> None:
    fill("Monday", 2)
    app = open_app("export")
    assert "file" in app.dataframe[0].value
    app.checkbox[0].check().run()
    assert "file" not in app.dataframe[0].value


def test_it_starts_from_what_the_worklist_shows(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    tuesday = fill("Tuesday", 2, seed=1)
    order = services.worklist.freeze(WorklistFilter(batch_id=tuesday.id))
    app = open_app(order=order.id)
    app.switch_page("screens/export.py").run()
    assert app.selectbox(key="export-batch").value == tuesday.id


def test_the_file_is_written_when_it_is_asked_for(fill: Fill) -> None:
    fill("Monday", 3)
    written = export.write(WorklistFilter(), names=False).read().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 3
    assert "file" not in rows[0]
    assert all(row["sha256"] and row["probability"] for row in rows)


@pytest.mark.usefixtures("services")
def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    assert open_app("export").text[0].value.startswith("There is nothing to export yet.")
