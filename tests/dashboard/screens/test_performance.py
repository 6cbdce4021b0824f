"""Performance: figures of what was read, with their intervals, and what to do while there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Band, Verdict
from core.reading.review.performance import Period
from core.reading.worklist import WorklistFilter
from core.statistics.agreement import Drift, Figure
from dashboard.components.review import performance
from tests.dashboard.conftest import READER, Fill

Open = Callable[..., AppTest]


@pytest.mark.usefixtures("services")
def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    assert open_app("performance").text[0].value.startswith("There is nothing to measure yet.")


def test_figures_stand_with_their_intervals(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 6)
    tuesday = fill("Tuesday", 2, seed=1)
    for entry_id in services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids:
        row = services.worklist.row(entry_id)
        verdict = Verdict.FRACTURED if row.band is Band.POSITIVE else Verdict.NOT_FRACTURED
        services.reviews.give(entry_id, row.prediction_id, READER, verdict)
    app = open_app("performance")
    shown = " ".join(element.proto.body for element in app.get("html"))
    assert "6 verdicts on 6 radiographs by 1 reader" in app.caption[0].value
    assert f"{READER} and the model" in shown
    assert "high sensitivity point, all verdicts" in shown
    assert "No batch was read unaided first yet." in shown
    app.selectbox(key="performance-batch").set_value(tuesday.id).run()
    assert app.caption[0].value.startswith("0 verdicts")


def test_a_drift_has_another_mark_and_is_named() -> None:
    figure = Figure(0.4, (0.3, 0.5), 60)
    first = Period(date(2026, 3, 2), figure, Figure(None, None, 0), None)
    second = replace(first, start=date(2026, 3, 9), drift=Drift(0.8, 0.2))
    rows = performance.probabilities([first, second])["data"]["values"]
    assert [(row["start"], row["low"], row["drift"]) for row in rows] == [
        ("2026-03-02", 0.3, False),
        ("2026-03-09", 0.3, True),
    ]
    assert performance.overruling([first, second])["data"]["values"] == []
    assert performance.drifted([first, second]) == [second]
