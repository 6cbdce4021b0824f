"""Frozen orders of the worklist, so that a refresh or a link shows the same rows in the same places."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, delete, select

from core.domain import Band, WorkState
from core.errors import NotFoundError
from core.store.database import insert_new
from core.store.records import WorklistFilter, WorklistOrder
from core.store.schema import worklist_order

KEPT = timedelta(days=30)
ID_LENGTH = 12
INT64 = np.dtype("<i8")


def keep(
    connection: Connection,
    criteria: WorklistFilter,
    entry_ids: Sequence[int],
    marks: tuple[int, int],
    now: datetime,
) -> WorklistOrder:
    """Store an order under the hash of its content, and delete those that are older than `KEPT`.

    Args:
        marks: the `entry_mark` and the `settled_mark` of `WorklistOrder`.
    """
    packed = np.asarray(entry_ids, INT64).tobytes()
    described = json.dumps([asdict(criteria), marks], sort_keys=True)
    order_id = hashlib.sha256(described.encode() + packed).hexdigest()[:ID_LENGTH]
    connection.execute(delete(worklist_order).where(worklist_order.c.created < now - KEPT))
    values = {"id": order_id, "filter": asdict(criteria), "entry_ids": packed, "created": now}
    insert = insert_new(connection, worklist_order)
    connection.execute(insert.values(**values, entry_mark=marks[0], settled_mark=marks[1]))
    return find(connection, order_id)


def find(connection: Connection, order_id: str) -> WorklistOrder:
    """Read one order.

    Raises:
        NotFoundError: it is no longer stored.
    """
    row = connection.execute(select(worklist_order).where(worklist_order.c.id == order_id)).one_or_none()
    if row is None:
        raise NotFoundError("This order of the worklist is no longer kept. The worklist is ordered anew.")
    return WorklistOrder(
        id=row.id,
        filter=WorklistFilter(
            batch_id=row.filter["batch_id"],
            bands=tuple(map(Band, row.filter["bands"])),
            statuses=tuple(map(WorkState, row.filter["statuses"])),
            text=row.filter["text"],
            reviewed=row.filter["reviewed"],
            disputed=row.filter.get("disputed", False),
        ),
        entry_ids=tuple(np.frombuffer(row.entry_ids, INT64).tolist()),
        created=row.created,
        entry_mark=row.entry_mark,
        settled_mark=row.settled_mark,
    )
