"""The queue: claims, leases, suspects, and rows that are given up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from core.domain import BatchState, WorkState
from core.store import batches, predictions, work
from core.store.database import Database
from core.store.records import ClaimedWork
from core.store.schema import entry
from core.store.schema import work as table
from tests.unit.store.conftest import NOW, predicted

LEASE = timedelta(minutes=5)
LATER = NOW + timedelta(minutes=6)


def claim(database: Database, owner: str = "me", most: int = 2, now=NOW, suspects: bool = True) -> list[ClaimedWork]:
    with database.writing() as connection:
        return work.claim(connection, owner, most, now, LEASE, suspects=suspects)


def states(database: Database) -> dict[int, tuple[str, int]]:
    with database.reading() as connection:
        rows = connection.execute(select(table.c.id, table.c.state, table.c.attempts))
        return {row.id: (row.state, row.attempts) for row in rows}


def ids(claims: list[ClaimedWork]) -> list[int]:
    return [one.work_id for one in claims]


def test_the_newest_batch_comes_first_and_within_it_the_first_file(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    add_batch("c", "d", "e")
    assert ids(claim(database)) == [3, 4]
    assert ids(claim(database)) == [5, 1]
    assert ids(claim(database)) == [2]
    assert claim(database) == []


def test_a_known_radiograph_moves_up_with_the_newest_batch_that_asks(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    newest = add_batch("b")
    assert ids(claim(database, most=1)) == [2]
    with database.reading() as connection:
        assert connection.scalar(select(table.c.batch_id).where(table.c.id == 2)) == newest


def test_a_claim_is_of_one_version(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    add_batch("a", version="fake-2")
    assert [one.model_version for one in claim(database, most=9)] == ["fake-2"]
    assert [one.model_version for one in claim(database, most=9)] == ["fake-1", "fake-1"]


def test_a_lease_holds_until_it_runs_out(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    assert ids(claim(database)) == [1]
    assert claim(database, "other", now=NOW + timedelta(minutes=4)) == []
    (again,) = claim(database, "other", now=LATER)
    assert again.work_id == 1
    assert again.alone


def test_suspects_come_alone_and_those_with_fewest_attempts_first(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b", "c")
    claim(database, most=3)
    first = claim(database, most=3, now=LATER)
    assert ids(first) == [1]
    assert first[0].alone
    much_later = LATER + timedelta(minutes=6)
    assert ids(claim(database, most=3, now=much_later)) == [2]
    assert ids(claim(database, most=3, now=much_later)) == [3]
    assert ids(claim(database, most=3, now=much_later)) == [1]


def test_fresh_rows_of_a_batch_come_before_its_suspects_and_before_older_batches(
    database: Database, add_batch: Callable
) -> None:
    add_batch("old")
    add_batch("a", "b")
    claim(database, most=1)  # a
    assert ids(claim(database, most=1, now=LATER)) == [3]
    assert claim(database, most=9, now=LATER, suspects=False) == []  # a is next, and has to be alone
    assert ids(claim(database, most=9, now=LATER)) == [2]
    assert ids(claim(database, most=9, now=LATER)) == [1]


def test_the_third_crash_fails_the_row_and_the_queue_goes_on(database: Database, add_batch: Callable) -> None:
    add_batch("b")
    add_batch("deadly")
    for crash in range(work.CRASHES):
        assert ids(claim(database, most=1, now=NOW + crash * (LEASE + LEASE))) == [2]
    assert ids(claim(database, most=9, now=NOW + timedelta(hours=1))) == [1]
    assert states(database)[2] == (WorkState.FAILED, 3)
    with database.reading() as connection:
        assert connection.scalar(select(table.c.error).where(table.c.id == 2)) == work.CRASHED


def test_a_row_given_back_has_lost_nothing(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    claim(database)
    with database.writing() as connection:
        work.release(connection, "another", [1])
    assert states(database)[1] == (WorkState.CLAIMED, 1)
    with database.writing() as connection:
        work.release(connection, "me", [1])
    assert states(database)[1] == (WorkState.WAITING, 0)
    assert not claim(database)[0].alone


def test_a_suspect_given_back_stays_a_suspect(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    claim(database)
    claim(database, now=LATER)
    with database.writing() as connection:
        work.release(connection, "me", [1])
    assert states(database)[1] == (WorkState.CLAIMED, 1)
    assert claim(database, now=LATER)[0].alone


def test_the_rows_of_a_process_that_is_gone_are_free_at_once(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    claim(database, "gone")
    with database.writing() as connection:
        assert work.owners(connection) == ["gone"]
        work.expire(connection, "gone")
        assert work.owners(connection) == []
    assert claim(database, "other")[0].alone


def test_threads_never_get_the_same_row(database: Database, add_batch: Callable) -> None:
    add_batch(*(str(number) for number in range(60)))
    with ThreadPoolExecutor(6) as pool:
        taken = [ids(found) for found in pool.map(lambda n: claim(database, f"worker {n}", 3), range(20))]
    assert sorted(work_id for found in taken for work_id in found) == list(range(1, 61))


def test_a_failure_never_unmarks_a_prediction(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.5)}, NOW)
        work.finish(connection, [1], WorkState.FAILED, "too late")
    assert states(database)[1][0] == WorkState.PREDICTED


def test_reading_again_asks_for_another_version(database: Database, add_batch: Callable) -> None:
    batch_id = add_batch("a", "b")
    other = add_batch("b")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.5), 2: predicted(0.5)}, NOW)
        assert work.enqueue_batch(connection, batch_id, "fake-2", NOW) == 2
        assert batches.find(connection, batch_id).model_version == "fake-2"
        assert work.enqueue_batch(connection, batch_id, "fake-2", NOW) == 0
        rows = connection.execute(select(entry.c.batch_id, entry.c.work_id).order_by(entry.c.id)).all()
    assert rows == [(batch_id, 3), (batch_id, 4), (other, 2)]
    assert {one.model_version for one in claim(database)} == {"fake-2"}


def test_reading_again_drops_what_nobody_waits_for_any_more(database: Database, add_batch: Callable) -> None:
    batch_id = add_batch("a", "b", "c")
    add_batch("b")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.5)}, NOW)
        assert work.enqueue_batch(connection, batch_id, "fake-2", NOW) == 3
        rows = connection.execute(select(table.c.radiograph_id, table.c.model_version, table.c.state)).all()
    assert sorted(rows) == [
        (1, "fake-1", "predicted"),
        (1, "fake-2", "waiting"),
        (2, "fake-1", "waiting"),  # the other batch waits for it
        (2, "fake-2", "waiting"),
        (3, "fake-2", "waiting"),
    ]


def test_reading_again_tries_what_failed_but_not_for_a_signed_batch(database: Database, add_batch: Callable) -> None:
    batch_id = add_batch("a", "b")
    signed = add_batch("b")
    with database.writing() as connection:
        work.finish(connection, [1, 2], WorkState.FAILED, "no reason")
        batches.change_state(connection, signed, BatchState.SIGNED, "reader", "", NOW)
        assert work.enqueue_batch(connection, batch_id, "fake-1", NOW) == 1
    assert states(database) == {1: (WorkState.WAITING, 0), 2: (WorkState.FAILED, 0)}
