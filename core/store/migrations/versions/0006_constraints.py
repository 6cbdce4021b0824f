"""The database itself holds states and kinds to the values that exist, and the last two references to their tables.

Every row is kept. Three kinds of odd row do not stop the upgrade: an entry whose verdict points at no review and a
champion whose comparison points at no job lose that reference (it becomes NULL), and the report of a worker in a state
that does not exist, which is of no use a minute later, is deleted. Any other value that does not exist stops the
upgrade, and the database stays as it was.

SQLite cannot add a constraint to a table, so Alembic copies each table and drops the old one. That needs foreign keys to
be off, which `core.store.migrate` sees to. The values stand here as they were at this revision, and so are not those of
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
# By table, the column and its values.
CHECKS = {
    "batch": {"state": BATCH_STATES, "mode": READING_MODES},
    "batch_event": {"state": BATCH_STATES},
    "work": {"state": ("waiting", "claimed", "predicted", "failed")},
    "entry": {},
    "intake": {"state": ("running", "finished", "cancelled", "interrupted")},
    "prediction": {
        "band": ("positive", "doubt", "negative", "not_assessable"),
        "presentation": ("inverted", "turned"),
    },
    "review": {"verdict": ("fractured", "not_fractured", "unsure", "not_assessable"), "mode": READING_MODES},
    "worker": {"state": WORKER_STATES},
    "job": {
        "kind": ("training", "comparison", "audit"),
        "state": ("waiting", "running", "cancelling", "cancelled", "failed", "finished"),
    },
    "champion": {"action": ("promoted", "rolled_back")},
}
# By table, the column and the table whose id it refers to.
REFERENCES = {"entry": ("verdict_id", "review"), "champion": ("comparison_id", "job")}


def upgrade() -> None:
    for table, (column, target) in REFERENCES.items():
        _clear_dangling(table, column, target)
    worker = sa.table("worker", sa.column("state"))
    op.execute(worker.delete().where(worker.c.state.not_in(WORKER_STATES)))
    # Copying a table loses that an index runs downwards, so this one is made anew.
    op.drop_index("ix_work_queue", "work")
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table) as altered:
            for column, values in checks.items():
                listed = ", ".join(f"'{value}'" for value in values)
                altered.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({listed})")
            if table in REFERENCES:
                column, target = REFERENCES[table]
                altered.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])
    op.create_index("ix_work_queue", "work", ["state", sa.literal_column("batch_id DESC"), "id"])


def _clear_dangling(table: str, column: str, target: str) -> None:
    """Set a reference to NULL where the row that it points at does not exist."""
    source, referred = sa.table(table, sa.column(column)), sa.table(target, sa.column("id"))
    dangling = source.c[column].is_not(None) & source.c[column].not_in(sa.select(referred.c.id))
    op.execute(source.update().where(dangling).values({column: None}))
