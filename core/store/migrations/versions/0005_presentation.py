"""What is wrong with how a radiograph is presented, as a model version saw it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("prediction", sa.Column("presentation", sa.String(16), nullable=True))
