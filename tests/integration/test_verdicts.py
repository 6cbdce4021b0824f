"""A verdict lands on the radiograph that was on the screen, whatever happened to the list meanwhile."""

from __future__ import annotations

import csv
import io

from core.bootstrap import Services
from core.domain import Verdict
from core.reading.worklist import WorklistFilter
from tests.fakes import FakeClassifier, add_fake_version, picture, read_all, take_in

EVERYTHING = WorklistFilter()


class Upside(FakeClassifier):
    """Another version, which turns the order around."""

    def prepare(self, radiograph):
        return 255 - super().prepare(radiograph)


def test_after_a_new_order_and_a_second_reading(services: Services) -> None:
    batch_id = take_in(services, *((f"{n}.png", picture(n / 10, n)) for n in range(1, 10)))
    read_all(services)
    order = services.worklist.freeze(EVERYTHING)
    shown = services.worklist.page(order, 1, 4)[3]  # the fourth row is on the screen
    assert shown.file_name == "6.png"

    take_in(services, *((f"later {n}.png", picture(n / 10, 100 + n)) for n in range(1, 10)))
    add_fake_version(services.settings.models, "upside-down")
    services.model_versions.appoint("upside-down", "bob", "for this test")
    services.ingest.read_again(batch_id)
    from core.reading.worker import worker  # the fake classifier of this test turns everything around

    worker.run(services, idle_seconds=0.0, load=Upside)
    again = services.worklist.page(services.worklist.freeze(EVERYTHING), 1, 100)
    assert again[3].entry_id != shown.entry_id

    review = services.reviews.give(shown.entry_id, shown.prediction_id, "ann", Verdict.FRACTURED, "seen before")
    assert review.prediction_id == shown.prediction_id
    reviewed = [row for row in services.worklist.page(order, 1, 100) if row.verdict]
    assert [(row.entry_id, row.sha256, row.file_name) for row in reviewed] == [(shown.entry_id, shown.sha256, "6.png")]
    (row,) = reviewed
    assert row.reviewed_prediction_id == shown.prediction_id != row.prediction_id
    assert row.model_version == "upside-down"
    assert (
        services.viewing.heatmap(shown.entry_id, shown.prediction_id).heatmap.model_version == "fake-1"
    )  # still what she saw

    data = b"".join(services.worklist_csv.csv(EVERYTHING)).decode()
    said = [line for line in csv.DictReader(io.StringIO(data, newline="")) if line["verdict"]]
    assert [(line["sha256"], line["verdict"], line["reviewer"]) for line in said] == [
        (shown.sha256, "fractured", "ann")
    ]


def test_a_signed_batch_keeps_its_reading_when_another_batch_is_read_again(services: Services) -> None:
    signed = take_in(services, ("a.png", picture(0.9)))
    other = take_in(services, ("a.png", picture(0.9)))
    read_all(services)
    (before,) = services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=signed)), 1)
    services.reviews.give(before.entry_id, before.prediction_id, "ann", Verdict.FRACTURED)
    services.batch_signing.sign(signed, "ann")
    frozen = services.worklist.row(before.entry_id)
    add_fake_version(services.settings.models, "fake-2")
    services.model_versions.appoint("fake-2", "bob", "for this test")
    assert services.ingest.read_again(other) == 1
    read_all(services)
    assert services.worklist.row(before.entry_id) == frozen
    assert frozen.model_version == "fake-1"
