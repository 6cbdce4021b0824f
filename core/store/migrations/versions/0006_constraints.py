"""CHECK constraints for every column that holds an enum; foreign keys for `entry.verdict_id`, `champion.comparison_id`.

Every row is kept, except that the row of a worker in an unknown state is deleted: after the worker's end it has no use.
A reference to a row that does not exist becomes NULL: the verdict of an entry whose review is missing, and the
comparison of a champion whose job is missing. Any other unknown value stops the upgrade, and the database stays as it
was.

SQLite cannot add a constraint to a table, so Alembic copies each table and drops the old one. This needs foreign keys
to be off; `core.store.migrate` switches them. The values are those of this revision, so they do not come from
`core.domain`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BATCH_STATES = ("open", "being_read", "signed", "archived")
READING_MODES = ("ai_first", "unaided_first", "blind")
WORKER_STATES = ("starting", "idle", "reading")
# The values of each column, by table.
CHECKS = (
    ("batch", (("state", BATCH_STATES), ("mode", READING_MODES))),
    ("batch_event", (("state", BATCH_STATES),)),
    ("work", (("state", ("waiting", "claimed", "predicted", "failed")),)),
    ("entry", ()),
    ("intake", (("state", ("running", "finished", "cancelled", "interrupted")),)),
    (
        "prediction",
        (("band", ("positive", "doubt", "negative", "not_assessable")), ("presentation", ("inverted", "turned"))),
    ),
    ("review", (("verdict", ("fractured", "not_fractured", "unsure", "not_assessable")), ("mode", READING_MODES))),
    ("worker", (("state", WORKER_STATES),)),
    (
        "job",
        (
            ("kind", ("training", "comparison", "audit")),
            ("state", ("waiting", "running", "cancelling", "cancelled", "failed", "finished")),
        ),
    ),
    ("champion", (("action", ("promoted", "rolled_back")),)),
)
# The table, its column, and the table whose id the column refers to.
REFERENCES = (("entry", "verdict_id", "review"), ("champion", "comparison_id", "job"))


def upgrade() -> None:
    for table, column, target in REFERENCES:
        _clear_dangling(table, column, target)
    worker = sa.table("worker", sa.column("state"))
    op.execute(worker.delete().where(worker.c.state.not_in(WORKER_STATES)))
    # The copy of a table loses the DESC of an index, so this index is made anew.
    op.drop_index("ix_work_queue", "work")
    for table, checks in CHECKS:
        with op.batch_alter_table(table) as altered:
            for column, values in checks:
                listed = ", ".join(f"'{value}'" for value in values)
                altered.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({listed})")
            for column, target in [(column, target) for referring, column, target in REFERENCES if referring == table]:
                altered.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])
    op.create_index("ix_work_queue", "work", ["state", sa.literal_column("batch_id DESC"), "id"])


def _clear_dangling(table: str, column: str, target: str) -> None:
    """Set a reference to NULL where the row that it refers to does not exist."""
    source, referred = sa.table(table, sa.column(column)), sa.table(target, sa.column("id"))
    dangling = source.c[column].is_not(None) & source.c[column].not_in(sa.select(referred.c.id))
    op.execute(source.update().where(dangling).values({column: None}))
