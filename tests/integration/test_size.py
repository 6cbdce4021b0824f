"""Many rows: exported without holding them, and shown without going through them."""

from __future__ import annotations

import gc
import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import Row as ResultRow

from core.bootstrap import Services
from core.domain import Band, BatchState, WorkState
from core.reading.worklist import WorklistFilter, WorklistRow
from core.store import schema
from core.store.worklist_rows import CHUNK

NUMBER = 10_000


def fill(services: Services, number: int) -> None:
    """Entries that are read, without their files."""
    now = datetime.now(UTC)
    ids = range(1, number + 1)
    with services.database.writing() as connection:
        batch = {"name": "many", "reader": "ann", "state": BatchState.OPEN, "model_version": "fake-1", "created": now}
        connection.execute(schema.batch.insert(), [{"id": 1, **batch}])
        facts = {"page": 0, "width": 9, "height": 9, "bit_depth": 8, "format": "PNG", "window_low": 0, "window_high": 1}
        facts |= {"warnings": [], "created": now}
        hashes = [hashlib.sha256(str(i).encode()).hexdigest() for i in ids]
        connection.execute(
            schema.radiograph.insert(), [{"id": i, "sha256": h, **facts} for i, h in zip(ids, hashes, strict=True)]
        )
        by = {"model_version": "fake-1", "created": now}
        work = {"batch_id": 1, "state": WorkState.PREDICTED, "settled": 1, **by}
        connection.execute(schema.work.insert(), [{"id": i, "radiograph_id": i, **work} for i in ids])
        said = {"model_sha256": "f" * 64, "band": Band.DOUBT, "reason": "", "threshold_low": 0, "threshold_high": 1}
        connection.execute(
            schema.prediction.insert(),
            [{"id": i, "radiograph_id": i, "score": 0.5, "probability": i / number, **by, **said} for i in ids],
        )
        connection.execute(
            schema.entry.insert(),
            [
                {"id": i, "batch_id": 1, "radiograph_id": i, "work_id": i, "file_name": f"{i}.png", "created": now}
                for i in ids
            ],
        )


@pytest.fixture
def many(services: Services) -> Services:
    fill(services, NUMBER)
    return services


def test_an_export_is_written_without_holding_its_rows(many: Services) -> None:
    lines, most = 0, 0
    for number, piece in enumerate(many.worklist_csv.csv(WorklistFilter())):
        lines += piece.count(b"\r\n")
        if number % 8 == 4:  # looking at every object there is takes its time
            most = max(most, sum(type(thing) in (WorklistRow, ResultRow) for thing in gc.get_objects()))
    assert lines == NUMBER + 1
    assert 0 < most <= 3 * CHUNK


def test_a_page_costs_no_more_with_many_rows(many: Services) -> None:
    """Counted in steps of the database's machine, which no other process can slow down."""
    order = many.worklist.freeze(WorklistFilter())
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with many.database.reading() as connection:
        connection.connection.driver_connection.set_progress_handler(count, 100)
        driver = connection.connection.driver_connection
    assert len(many.worklist.page(order, 300)) == 20
    assert many.worklist.changed_since(order) == 0
    assert many.worklist.order(order.id).entry_ids[0] == NUMBER
    assert steps < 100
    assert many.worklist.counts(WorklistFilter()).doubt == NUMBER
    driver.set_progress_handler(None, 0)
