"""The worklist as a screen uses it."""

from __future__ import annotations

import pytest

from core.bootstrap import Services
from core.domain import Band
from core.errors import NotFoundError
from core.reading.worklist import Counts, WorklistFilter
from tests.fakes import picture, read_all, take_in

EVERYTHING = WorklistFilter()


def test_an_empty_store_has_an_empty_worklist(services: Services) -> None:
    order = services.worklist.freeze(EVERYTHING)
    assert order.entry_ids == ()
    assert services.worklist.page(order, 1) == []
    assert services.worklist.counts(EVERYTHING) == Counts()
    assert services.worklist.changed_since(order) == 0
    assert services.worklist.batches() == []
    with pytest.raises(NotFoundError):
        services.worklist.row(1)
    with pytest.raises(NotFoundError):
        services.worklist.order("nothing")


def test_pages_walk_the_order(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(n / 10, n)) for n in range(10)))
    read_all(services)
    order = services.worklist.freeze(EVERYTHING)
    names = [[row.file_name[0] for row in services.worklist.page(order, page, 4)] for page in range(5)]
    assert names == [[], ["9", "8", "7", "6"], ["5", "4", "3", "2"], ["1", "0"], []]


def test_rows_stay_where_they_are_while_the_worker_reads(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(n / 10, n)) for n in range(5)))
    order = services.worklist.order(services.worklist.freeze(EVERYTHING).id)
    before = [row.file_name for row in services.worklist.page(order, 1)]
    read_all(services)
    shown = services.worklist.page(order, 1)
    assert [row.file_name for row in shown] == before == ["0.png", "1.png", "2.png", "3.png", "4.png"]
    assert shown[4].band is Band.DOUBT
    assert services.worklist.changed_since(order) == 5
    assert services.worklist.counts(EVERYTHING).predicted == 5
    again = services.worklist.freeze(order.filter)
    assert [row.file_name for row in services.worklist.page(again, 1)] == before[::-1]
    assert services.worklist.changed_since(again) == 0


def test_a_second_process_finds_the_order(services: Services) -> None:
    take_in(services, ("a.png", picture(0.5)))
    order = services.worklist.freeze(WorklistFilter(bands=(), text="A"))
    from core.bootstrap import build  # as another process would

    other = build(services.settings)
    assert other.worklist.order(order.id) == order
    other.close()


def test_a_thumbnail_that_was_lost_is_drawn_again(services: Services) -> None:
    take_in(services, ("a.png", picture(0.5)))
    (row,) = services.worklist.page(services.worklist.freeze(EVERYTHING), 1)
    (file,) = services.settings.home.rglob("*.thumbnail")
    file.unlink()
    assert services.worklist.row(row.entry_id).thumbnail == b""
    assert services.viewing.thumbnail(row.radiograph_id) == row.thumbnail
    assert services.worklist.row(row.entry_id).thumbnail == row.thumbnail
