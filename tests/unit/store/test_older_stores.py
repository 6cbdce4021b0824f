"""A store that an older version filled is read on with everything that was in it."""

from __future__ import annotations

from pathlib import Path

from core.domain import Band, BatchState, ReadingMode, Verdict
from core.store import batches, intakes, reviews, worklist_rows
from core.store.batch_records import ReadingPlan
from core.store.database import Database
from core.store.records import WorklistFilter
from tests.unit.store import older_stores

FIRST = """
INSERT INTO batch VALUES (1, 'signed', 'ann', 'signed', 'v', '2026-01-01 08:00:00', '2026-01-02 08:00:00', 'ann');
INSERT INTO batch VALUES (2, 'begun', 'ann', 'open', 'v', '2026-01-01 08:00:00', NULL, '');
INSERT INTO batch VALUES (3, 'new', 'ann', 'open', 'v', '2026-01-01 08:00:00', NULL, '');
INSERT INTO radiograph VALUES (1, 'a', 0, 4, 4, 8, 'PNG', 0, 255, NULL, NULL, NULL, NULL, NULL, NULL, '[]',
    '2026-01-01 08:00:00');
INSERT INTO work VALUES (1, 1, 'v', 3, 'waiting', 0, '', NULL, '', NULL, '2026-01-01 08:00:00');
INSERT INTO entry VALUES (1, 1, 1, 1, 'a.png', 2, '2026-01-01 08:00:00');
INSERT INTO entry VALUES (2, 2, 1, 1, 'a.png', 4, '2026-01-01 08:00:00');
INSERT INTO entry VALUES (3, 3, 1, 1, 'a.png', NULL, '2026-01-01 08:00:00');
INSERT INTO radiograph VALUES (2, 'b', 0, 4, 4, 8, 'PNG', 0, 255, NULL, NULL, NULL, NULL, NULL, NULL, '[]',
    '2026-01-01 08:00:00');
INSERT INTO work VALUES (2, 2, 'w', 3, 'predicted', 0, '', NULL, '', 1, '2026-01-01 08:00:00');
INSERT INTO prediction VALUES (2, 2, 'w', 'b', 0.1, 0.2, 'negative', '', 0.3, 0.7, NULL, NULL, '2026-01-01 08:30:00');
INSERT INTO entry VALUES (4, 3, 2, 2, 'b.png', NULL, '2026-01-01 08:00:00');
INSERT INTO intake VALUES (1, 3, 'finished', 2, 2, 0, 2, 0, 0, 'host|1|0.0', '2026-01-01 08:00:00');
INSERT INTO review VALUES (1, 1, 'ann', NULL, 'unsure', 'first', '2026-01-01 09:00:00');
INSERT INTO review VALUES (2, 1, 'ann', NULL, 'fractured', 'second', '2026-01-01 09:01:00');
INSERT INTO review VALUES (3, 2, 'ann', NULL, 'fractured', '', '2026-01-01 09:02:00');
INSERT INTO review VALUES (4, 2, 'bob', NULL, 'not_fractured', '', '2026-01-01 09:03:00');
INSERT INTO review VALUES (5, 2, 'carl', NULL, 'unsure', '', '2026-01-01 09:04:00');
INSERT INTO review VALUES (6, 2, 'carl', NULL, NULL, '', '2026-01-01 09:05:00');
"""


def test_a_store_of_the_first_version(tmp_path: Path) -> None:
    url = older_stores.make(tmp_path / "fracture.db", "0001", FIRST)
    database = Database(url, tmp_path)
    with database.reading() as connection:
        found = {batch.name: batch for batch in batches.all_batches(connection)}
        rows = worklist_rows.rows(connection, [1, 2, 3])
        (predicted,) = worklist_rows.rows(connection, [4])
        ordered = tuple(worklist_rows.ordered_ids(connection, WorklistFilter(batch_id=3)))
        (event,) = batches.events(connection, 1)
        said = reviews.history(connection, 1)
        known = batches.known(connection, 3)
        (drop,) = intakes.of_batch(connection, 3)
    database.close()
    states = {name: (batch.state, batch.revealed) for name, batch in found.items()}
    assert states == {
        "signed": (BatchState.SIGNED, True),
        "begun": (BatchState.READING, False),
        "new": (BatchState.OPEN, False),
    }
    assert {batch.plan for batch in found.values()} == {ReadingPlan(ReadingMode.AI_FIRST, 0.0, 0)}
    assert [(row.readers_wanted, row.verdicts_given, row.disputed) for row in rows] == [
        (1, 1, False),
        (1, 2, True),
        (1, 0, False),
    ]
    assert [row.verdict for row in rows] == [Verdict.FRACTURED, Verdict.NOT_FRACTURED, None]
    assert (event.state, event.reader, event.created) == (BatchState.SIGNED, "ann", found["signed"].signed_at)
    assert [(each.name, each.first_batch) for each in known] == [("a.png", "signed")]
    assert (predicted.band, predicted.probability, predicted.presentation) == (Band.NEGATIVE, 0.2, None)
    assert ordered == (4, 3)
    assert (drop.files, drop.received) == (None, 2)
    assert [(r.comment, r.marks, r.mode, r.shown_at) for r in said] == [
        ("first", (), ReadingMode.AI_FIRST, None),
        ("second", (), ReadingMode.AI_FIRST, None),
    ]
