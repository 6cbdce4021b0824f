"""Reviews beside predictions, from which the performance of readers and models is measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from core.domain import Band, ReadingMode, Verdict
from core.store.schema import batch, entry, prediction, radiograph, review


@dataclass(frozen=True, slots=True)
class ReviewedCase:
    """One review with the prediction that its entry has now.

    Attributes:
        aided: a prediction was on the screen.
        band, probability, threshold_low, threshold_high: None without a prediction, and where it is still hidden.
    """

    entry_id: int
    reader: str
    verdict: Verdict | None
    adjudication: bool
    aided: bool
    mode: ReadingMode
    shown_at: datetime | None
    created: datetime
    body_part: str
    band: Band | None
    probability: float | None
    threshold_low: float | None
    threshold_high: float | None


@dataclass(frozen=True, slots=True)
class PredictedCase:
    """One prediction, and when it was made."""

    created: datetime
    model_version: str
    band: Band
    probability: float | None


def reviewed_cases(connection: Connection, batch_id: int | None) -> list[ReviewedCase]:
    """Every review of one batch, or of all, the oldest first.

    The predictions of a blind batch are left out until it is signed.
    """
    known = or_(batch.c.mode != ReadingMode.BLIND, batch.c.revealed.is_(True))
    source = (
        review.join(entry, entry.c.id == review.c.entry_id)
        .join(batch, batch.c.id == entry.c.batch_id)
        .join(radiograph, radiograph.c.id == entry.c.radiograph_id)
        .outerjoin(prediction, and_(prediction.c.id == entry.c.work_id, known))
    )
    columns = select(
        review.c.entry_id,
        review.c.reader,
        review.c.verdict,
        review.c.adjudication,
        review.c.prediction_id,
        review.c.mode,
        review.c.shown_at,
        review.c.created,
        radiograph.c.body_part,
        prediction.c.band,
        prediction.c.probability,
        prediction.c.threshold_low,
        prediction.c.threshold_high,
    ).select_from(source)
    chosen = columns if batch_id is None else columns.where(entry.c.batch_id == batch_id)
    return [
        ReviewedCase(
            entry_id=row.entry_id,
            reader=row.reader,
            verdict=None if row.verdict is None else Verdict(row.verdict),
            adjudication=row.adjudication,
            aided=row.prediction_id is not None,
            mode=ReadingMode(row.mode),
            shown_at=row.shown_at,
            created=row.created,
            body_part=row.body_part or "",
            band=None if row.band is None else Band(row.band),
            probability=row.probability,
            threshold_low=row.threshold_low,
            threshold_high=row.threshold_high,
        )
        for row in connection.execute(chosen.order_by(review.c.id))
    ]


def predicted_cases(connection: Connection, batch_id: int | None) -> list[PredictedCase]:
    """Every prediction of the radiographs of one batch, or of all, the oldest first."""
    columns = select(prediction.c.created, prediction.c.model_version, prediction.c.band, prediction.c.probability)
    if batch_id is not None:
        columns = columns.where(prediction.c.id.in_(select(entry.c.work_id).where(entry.c.batch_id == batch_id)))
    rows = connection.execute(columns.order_by(prediction.c.created, prediction.c.id))
    return [PredictedCase(row.created, row.model_version, Band(row.band), row.probability) for row in rows]
