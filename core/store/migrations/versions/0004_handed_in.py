"""What was handed in: the names of copies within a batch, and how many files a drop had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("intake", sa.Column("files", sa.Integer(), nullable=True))
    op.create_table(
        "copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_copy_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_copy"),
    )
    op.create_index("ix_copy_entry_id", "copy", ["entry_id"])
