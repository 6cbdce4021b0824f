"""Reviews are added and never changed; the entry knows its newest standing one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain import BatchState, Verdict
from core.errors import NotFoundError, SignedBatchError
from core.store import batches, reviews, worklist_rows
from core.store.database import Database
from tests.unit.store.conftest import NOW


def say(database: Database, reader: str, verdict: Verdict | None, entry_id: int = 1) -> None:
    with database.writing() as connection:
        reviews.append(connection, entry_id, None, reader, verdict, f"by {reader}", NOW)


def shown(database: Database, entry_id: int = 1) -> tuple[Verdict | None, str]:
    with database.reading() as connection:
        (row,) = worklist_rows.rows(connection, [entry_id])
    return row.verdict, row.reviewer


def test_the_newest_standing_verdict_is_shown(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    assert shown(database) == (None, "")
    say(database, "ann", Verdict.FRACTURED)
    say(database, "bob", Verdict.UNSURE)
    assert shown(database) == (Verdict.UNSURE, "bob")
    say(database, "bob", None)
    assert shown(database) == (Verdict.FRACTURED, "ann")
    say(database, "ann", Verdict.NOT_FRACTURED)
    assert shown(database) == (Verdict.NOT_FRACTURED, "ann")
    say(database, "ann", None)
    assert shown(database) == (None, "")


def test_nothing_said_is_lost(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    say(database, "ann", Verdict.FRACTURED)
    say(database, "ann", None)
    say(database, "bob", Verdict.UNSURE)
    say(database, "ann", Verdict.UNSURE, entry_id=2)
    with database.reading() as connection:
        history = reviews.history(connection, 1)
        assert [(review.reader, review.verdict) for review in history] == [
            ("ann", Verdict.FRACTURED),
            ("ann", None),
            ("bob", Verdict.UNSURE),
        ]
        assert reviews.latest(connection, 1, "ann") is None
        assert reviews.latest(connection, 1, "bob").comment == "by bob"
        standing = reviews.standing(connection, [1, 2])
    assert {entry_id: [r.reader for r in found] for entry_id, found in standing.items()} == {1: ["bob"], 2: ["ann"]}


def test_a_signed_batch_takes_no_review(database: Database, add_batch: Callable) -> None:
    batch_id = add_batch("a")
    with database.writing() as connection:
        batches.change_state(connection, batch_id, BatchState.SIGNED, "ann", "", NOW)
    with pytest.raises(SignedBatchError):
        say(database, "ann", Verdict.FRACTURED)
    assert shown(database) == (None, "")


def test_an_entry_that_does_not_exist_takes_no_review(database: Database) -> None:
    with pytest.raises(NotFoundError):
        say(database, "ann", Verdict.FRACTURED, entry_id=7)
