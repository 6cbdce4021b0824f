"""The worklist's order, filters and counts, and how it holds still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain import Band, Presentation, Verdict, WorkState
from core.errors import NotFoundError
from core.store import predictions, reviews, work, worklist_orders, worklist_rows
from core.store.database import Database
from core.store.records import Counts, Neighbours, WorklistFilter, WorklistOrder, short_id
from tests.unit.store.conftest import NOW, predicted

EVERYTHING = WorklistFilter()


@pytest.fixture
def mixed(database: Database, add_batch: Callable) -> int:
    """Entries 1 to 7: negative, positive, waiting, failed, doubt, not assessable, more positive."""
    batch_id = add_batch("neg", "pos", "wait", "fail", "doubt", "na", "POS_%2")
    with database.writing() as connection:
        made = {1: predicted(0.1), 2: predicted(0.8), 5: predicted(0.4), 6: predicted(None), 7: predicted(0.9)}
        predictions.store(connection, made, NOW)
        work.finish(connection, [4], WorkState.FAILED, "damaged")
        reviews.append(connection, 1, 1, "ann", Verdict.NOT_FRACTURED, "", NOW)
    return batch_id


def ordered(database: Database, wanted: WorklistFilter = EVERYTHING) -> list[int]:
    with database.reading() as connection:
        return list(worklist_rows.ordered_ids(connection, wanted))


def freeze(database: Database, wanted: WorklistFilter = EVERYTHING) -> WorklistOrder:
    with database.writing() as connection:
        marks = (worklist_rows.highest_entry(connection), work.highest_settled(connection))
        return worklist_orders.keep(connection, wanted, worklist_rows.ordered_ids(connection, wanted), marks, NOW)


def since(database: Database, order: WorklistOrder) -> int:
    with database.reading() as connection:
        return worklist_rows.count_since(connection, order.filter, order.entry_mark, order.settled_mark)


def test_likely_fractures_first_and_what_cannot_be_read_above_the_negatives(database: Database, mixed: int) -> None:
    assert ordered(database) == [7, 2, 5, 4, 6, 1, 3]


def test_a_negative_that_looks_turned_stands_above_the_others(database: Database, add_batch: Callable) -> None:
    """Its fracture would be missed as the model misses it: with what cannot be read it stands above them."""
    add_batch("neg", "turned", "na", "doubt")
    odd = {"presentation": Presentation.TURNED}
    made = {1: predicted(0.2), 2: replace(predicted(0.1), **odd), 3: predicted(None), 4: replace(predicted(0.4), **odd)}
    with database.writing() as connection:
        predictions.store(connection, made, NOW)
    assert ordered(database) == [4, 2, 3, 1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (WorklistFilter(bands=(Band.POSITIVE,)), [7, 2]),
        (WorklistFilter(bands=(Band.NEGATIVE, Band.NOT_ASSESSABLE)), [6, 1]),
        (WorklistFilter(statuses=(WorkState.FAILED, WorkState.WAITING)), [4, 3]),
        (WorklistFilter(text="pos"), [7, 2]),
        (WorklistFilter(text="S_%"), [7]),
        (WorklistFilter(text="%"), [7]),
        (WorklistFilter(text="\\"), []),
        (WorklistFilter(text="'; DROP TABLE entry; --"), []),
        (WorklistFilter(reviewed=True), [1]),
        (WorklistFilter(reviewed=False), [7, 2, 5, 4, 6, 3]),
        (WorklistFilter(batch_id=2), []),
        (WorklistFilter(batch_id=1, bands=(Band.POSITIVE,), text="2"), [7]),
    ],
)
def test_filters(database: Database, mixed: int, wanted: WorklistFilter, found: list[int]) -> None:
    assert ordered(database, wanted) == found


def test_a_filter_finds_the_beginning_of_a_hash(database: Database, mixed: int) -> None:
    with database.reading() as connection:
        (row,) = worklist_rows.rows(connection, [5])
    assert ordered(database, WorklistFilter(text=row.short_id.upper())) == [5]


def test_filters_that_mean_the_same_are_equal() -> None:
    one = WorklistFilter(bands=(Band.POSITIVE, Band.DOUBT, Band.DOUBT), text=" x ")
    assert one == WorklistFilter(bands=(Band.DOUBT, Band.POSITIVE), text="x")


def test_counts_say_what_choosing_would_show(database: Database, mixed: int) -> None:
    counts = Counts(
        total=7, positive=2, doubt=1, negative=1, not_assessable=1, waiting=1, predicted=5, failed=1, reviewed=1
    )
    with database.reading() as connection:
        assert worklist_rows.count(connection, EVERYTHING) == counts
        assert worklist_rows.count(connection, WorklistFilter(batch_id=mixed, bands=(Band.DOUBT,))) == counts
        assert worklist_rows.count(connection, WorklistFilter(text="pos")) == Counts(total=2, positive=2, predicted=2)
        assert worklist_rows.count(connection, WorklistFilter(batch_id=99)) == Counts()


def test_rows_stand_in_the_order_asked_for(database: Database, mixed: int) -> None:
    with database.reading() as connection:
        assert [row.entry_id for row in worklist_rows.rows(connection, [3, 1, 99, 2])] == [3, 1, 2]


def test_a_stream_gives_everything_in_order_in_chunks(
    database: Database, mixed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist_rows, "CHUNK", 3)
    with database.reading() as connection:
        chunks = [[row.entry_id for row in chunk] for chunk in worklist_rows.stream(connection, EVERYTHING)]
    assert chunks == [[7, 2, 5], [4, 6, 1], [3]]


def test_a_frozen_order_holds_still_and_counts_what_came(database: Database, mixed: int, add_batch: Callable) -> None:
    order = freeze(database)
    positives = freeze(database, WorklistFilter(bands=(Band.POSITIVE,)))
    assert since(database, order) == 0
    with database.writing() as connection:
        predictions.store(connection, {3: predicted(0.99)}, NOW)
    add_batch("new")
    assert since(database, order) == 2
    assert since(database, positives) == 1
    with database.reading() as connection:
        assert worklist_orders.find(connection, order.id) == order
    assert order.entry_ids == (7, 2, 5, 4, 6, 1, 3)
    assert since(database, freeze(database)) == 0
    assert freeze(database).entry_ids == (3, 7, 2, 5, 4, 6, 1, 8)


def test_equal_orders_have_one_id(database: Database, mixed: int, add_batch: Callable) -> None:
    order = freeze(database)
    assert freeze(database).id == order.id
    assert freeze(database, WorklistFilter(batch_id=mixed)).id != order.id
    add_batch("new")
    assert freeze(database).id != order.id


def test_old_orders_are_forgotten(database: Database, mixed: int, add_batch: Callable) -> None:
    order = freeze(database)
    add_batch("new")
    with database.writing() as connection:
        worklist_orders.keep(connection, EVERYTHING, [1], (0, 0), NOW + worklist_orders.KEPT + timedelta(days=1))
    with database.reading() as connection, pytest.raises(NotFoundError):
        worklist_orders.find(connection, order.id)


def test_neighbours_walk_the_frozen_list(database: Database, mixed: int) -> None:
    order = freeze(database)
    assert order.neighbours(7) == Neighbours(0, None, 2)
    assert order.neighbours(4) == Neighbours(3, 5, 6)
    assert order.neighbours(3) == Neighbours(6, 1, None)
    assert order.neighbours(99) == Neighbours(None, None, None)


def test_a_short_id_names_the_page() -> None:
    assert short_id("0123456789abcdef", 0) == "01234567"
    assert short_id("0123456789abcdef", 1) == "01234567-2"
