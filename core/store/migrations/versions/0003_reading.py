"""The reading workflow: modes, marks, second readers, claims, and a written history of each batch's state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STANDING = """
    FROM review WHERE review.entry_id = entry.id AND review.verdict IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM review AS later
        WHERE later.entry_id = review.entry_id AND later.reader = review.reader AND later.id > review.id
    )
"""


def upgrade() -> None:
    no, yes = sa.false(), sa.true()
    op.add_column("batch", sa.Column("mode", sa.String(length=16), nullable=False, server_default="ai_first"))
    op.add_column("batch", sa.Column("second_share", sa.Float(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("seed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("revealed", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("entry", sa.Column("wanted", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("entry", sa.Column("given", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("entry", sa.Column("disputed", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("review", sa.Column("marks", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("review", sa.Column("mode", sa.String(length=16), nullable=False, server_default="ai_first"))
    op.add_column("review", sa.Column("shown_at", sa.DateTime(), nullable=True))
    op.add_column("review", sa.Column("adjudication", sa.Boolean(), nullable=False, server_default=no))
    op.create_index("ix_entry_disputed", "entry", ["disputed", "batch_id"])
    op.create_table(
        "batch_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_event_batch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_event"),
    )
    op.create_index("ix_batch_event_batch_id", "batch_event", ["batch_id"])
    op.create_table(
        "claim",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_claim_entry_id"),
        sa.PrimaryKeyConstraint("entry_id", "reader", name="pk_claim"),
    )
    batch = sa.table("batch", *map(sa.column, ("id", "state", "revealed", "signed_at", "signed_by")))
    event = sa.table("batch_event", *map(sa.column, ("batch_id", "state", "reader", "reason", "created")))
    signed = sa.select(batch.c.id, batch.c.state, batch.c.signed_by, sa.literal(""), batch.c.signed_at)
    op.execute(event.insert().from_select([*event.c.keys()], signed.where(batch.c.state == "signed")))
    op.execute(batch.update().where(batch.c.state == "signed").values(revealed=yes))
    op.execute(
        "UPDATE batch SET state = 'being_read' WHERE state = 'open' AND EXISTS ("
        "SELECT 1 FROM review JOIN entry ON entry.id = review.entry_id WHERE entry.batch_id = batch.id)"
    )
    op.execute(f"UPDATE entry SET given = (SELECT count(*) {STANDING})")  # noqa: S608 (a constant)
    disputed = f"(SELECT count(DISTINCT review.verdict) > 1 {STANDING})"  # noqa: S608 (a constant)
    op.execute(f"UPDATE entry SET disputed = {disputed} WHERE given > 1")  # noqa: S608 (a constant)
