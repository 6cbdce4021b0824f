"""Which version was measured on which test split, and when: each look makes the test a little less independent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from core.domain import TestLook
from core.store.schema import test_look


def add(connection: Connection, version: str, test_sha256: str, reader: str, why: str, now: datetime) -> int:
    """Store a look. Returns the number of looks at this test split by any version, this one included."""
    values = {"version": version, "test_sha256": test_sha256, "reader": reader, "why": why, "created": now}
    connection.execute(test_look.insert().values(**values))
    same = select(func.count()).where(test_look.c.test_sha256 == test_sha256)
    return connection.scalar(same) or 0


def of_version(connection: Connection, version: str) -> list[TestLook]:
    """The looks of a version, the oldest first."""
    rows = connection.execute(select(test_look).where(test_look.c.version == version).order_by(test_look.c.id))
    return [TestLook(row.version, row.test_sha256, row.reader, row.why, row.created) for row in rows]
