"""Predictions and their heatmaps. A prediction is stored once, even where two workers made it, and never changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, func, select

from core.domain import Heatmap, Prediction, WorkState
from core.errors import NotFoundError
from core.store import work as queue
from core.store.database import AnyRow, insert_new
from core.store.schema import heatmap, prediction, work

FLOAT16 = np.dtype("<f2")
RATE_WINDOW = timedelta(seconds=60)


def store(connection: Connection, made: Mapping[int, Prediction], now: datetime) -> None:
    """Store predictions with their heatmaps, and mark their work rows predicted.

    Args:
        made: by the id of the work row.
    """
    if not made:
        return
    rows = connection.execute(
        select(work.c.id, work.c.radiograph_id, work.c.model_version).where(
            work.c.id.in_(made), work.c.state != WorkState.PREDICTED
        )
    ).all()
    fresh = [(row, made[row.id]) for row in rows if row.model_version == made[row.id].model_version]
    if not fresh:
        return
    connection.execute(insert_new(connection, prediction), [_columns(row, value, now) for row, value in fresh])
    maps = [_heatmap_columns(row.id, value.heatmap) for row, value in fresh if value.heatmap is not None]
    if maps:
        connection.execute(insert_new(connection, heatmap), maps)
    queue.finish(connection, [row.id for row, _ in fresh], WorkState.PREDICTED)


def find_heatmap(connection: Connection, prediction_id: int) -> Heatmap | None:
    """The heatmap of a prediction, or None where none is stored."""
    columns = select(heatmap, prediction.c.model_version).join_from(heatmap, prediction)
    row = connection.execute(columns.where(heatmap.c.prediction_id == prediction_id)).one_or_none()
    if row is None:
        return None
    values = np.frombuffer(row.values, FLOAT16).reshape(row.height, row.width).astype(np.float32)
    return Heatmap(values=values, has_evidence=row.has_evidence, model_version=row.model_version)


def version_for(connection: Connection, prediction_id: int, radiograph_id: int) -> str:
    """The version that made a prediction of a radiograph.

    Raises:
        NotFoundError: the prediction is of another radiograph, or does not exist.
    """
    same = (prediction.c.id == prediction_id) & (prediction.c.radiograph_id == radiograph_id)
    found: str | None = connection.scalar(select(prediction.c.model_version).where(same))
    if found is None:
        raise NotFoundError("This prediction is not of this radiograph. Open the radiograph again from the worklist.")
    return found


def rate(connection: Connection, now: datetime) -> float:
    """Predictions made a second, over the last minute."""
    recent = select(func.count(), func.min(prediction.c.created)).where(prediction.c.created > now - RATE_WINDOW)
    number, oldest = connection.execute(recent).one()
    return number / max((now - oldest).total_seconds(), 1.0) if number else 0.0


def _columns(row: AnyRow, value: Prediction, now: datetime) -> dict[str, object]:
    x, y = value.saliency_xy or (None, None)
    return {
        "id": row.id,
        "radiograph_id": row.radiograph_id,
        "model_version": value.model_version,
        "model_sha256": value.model_sha256,
        "score": float(value.score),
        "probability": None if value.probability is None else float(value.probability),
        "band": value.band,
        "reason": value.reason,
        "presentation": value.presentation,
        "threshold_low": float(value.threshold_low),
        "threshold_high": float(value.threshold_high),
        "saliency_x": None if x is None else int(x),
        "saliency_y": None if y is None else int(y),
        "created": now,
    }


def _heatmap_columns(prediction_id: int, made: Heatmap) -> dict[str, object]:
    height, width = made.values.shape
    return {
        "prediction_id": prediction_id,
        "height": height,
        "width": width,
        "has_evidence": made.has_evidence,
        "values": np.ascontiguousarray(made.values, FLOAT16).tobytes(),
    }
