"""The worklist's queries: which entries it shows, in which order, how many, and how many came since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, exists, func, or_, select

from core.domain import Band, BatchState, Presentation, ReadingMode, Verdict, Window, WorkState
from core.store.batches import dicom_attributes
from core.store.database import AnyRow, AnySelect
from core.store.records import Counts, WorklistFilter, WorklistRow, short_id
from core.store.schema import batch, entry, prediction, radiograph, review, work

CHUNK = 500  # rows that an export holds at a time

# The ranks of the worklist; within a rank the higher probability comes first. What has no prediction comes last.
LIKELY, UNJUDGED, UNLIKELY, UNREAD = range(4)


def ordered_ids(connection: Connection, criteria: WorklistFilter) -> Sequence[int]:
    """Entry ids in the worklist's order."""
    source = _reading()
    chosen = select(entry.c.id).select_from(_with_text(source, criteria)).where(*_base(criteria), *_narrow(criteria))
    return connection.scalars(chosen.order_by(*_order())).all()


def count(connection: Connection, criteria: WorklistFilter) -> Counts:
    """Count entries by band, state and verdict; the filter's own bands and states are not applied."""
    columns = [func.count().label("total"), func.count(entry.c.verdict_id).label("reviewed")]
    columns += [func.count().filter(work.c.state == state).label(state) for state in WorkState]
    columns.append(func.count().filter(entry.c.disputed.is_(True)).label("disputed"))
    columns += [func.count().filter(prediction.c.band == band, _may_show_prediction()).label(band) for band in Band]
    chosen = select(*columns).select_from(_with_text(_reading(), criteria)).where(*_base(criteria))
    return Counts(**connection.execute(chosen).one()._mapping)


def count_matching(connection: Connection, criteria: WorklistFilter) -> int:
    """Count the entries that pass the whole filter."""
    return connection.scalar(_matching(criteria)) or 0


def count_since(connection: Connection, criteria: WorklistFilter, entry_mark: int, settled_mark: int) -> int:
    """Count the entries that pass the filter and were added, predicted or failed after the two marks.

    Args:
        entry_mark, settled_mark: see `WorklistOrder`.
    """
    chosen = _matching(criteria)
    added = connection.scalar(chosen.where(entry.c.id > entry_mark)) or 0
    # Adding 0 keeps SQLite from scanning all entries: an index on `settled` finds the few that changed since.
    settled = connection.scalar(chosen.where(entry.c.id + 0 <= entry_mark, work.c.settled > settled_mark)) or 0
    return added + settled


def highest_entry(connection: Connection) -> int:
    """The highest entry id; 0 where there is none."""
    return connection.scalar(select(func.max(entry.c.id))) or 0


def rows(connection: Connection, entry_ids: Sequence[int], reader: str = "") -> list[WorklistRow]:
    """Read the entries of these ids, in this order; ids that do not exist are left out.

    Args:
        reader: the reader whom `has_read` and `has_confirmed` are about.
    """
    found = {row.entry_id: _row(row) for row in connection.execute(_rows(reader).where(entry.c.id.in_(entry_ids)))}
    return [found[entry_id] for entry_id in entry_ids if entry_id in found]


def of_study(connection: Connection, batch_id: int, study: str, limit: int) -> Sequence[int]:
    """The ids of a batch's entries whose radiographs are of this study, the oldest first."""
    chosen = select(entry.c.id).join(radiograph, radiograph.c.id == entry.c.radiograph_id)
    chosen = chosen.where(entry.c.batch_id == batch_id, radiograph.c.study == study)
    return connection.scalars(chosen.order_by(entry.c.id).limit(limit)).all()


def stream(connection: Connection, criteria: WorklistFilter, reader: str = "") -> Iterator[list[WorklistRow]]:
    """Read all entries that pass the filter, in the worklist's order, a chunk at a time."""
    chosen = _rows(reader).where(*_base(criteria), *_narrow(criteria)).order_by(*_order())
    result = connection.execution_options(yield_per=CHUNK).execute(chosen)
    for partition in result.partitions():
        yield [_row(row) for row in partition]


def _matching(criteria: WorklistFilter) -> AnySelect:
    return (
        select(func.count()).select_from(_with_text(_reading(), criteria)).where(*_base(criteria), *_narrow(criteria))
    )


def _reading() -> FromClause:
    return entry.join(work, work.c.id == entry.c.work_id).outerjoin(prediction, prediction.c.id == work.c.id)


def _with_text(source: FromClause, criteria: WorklistFilter) -> FromClause:
    return source.join(radiograph, radiograph.c.id == entry.c.radiograph_id) if criteria.text else source


def _rows(reader: str) -> AnySelect:
    own = review.alias()
    is_own = and_(own.c.entry_id == entry.c.id, own.c.reader == reader, own.c.adjudication.is_(False))
    source = (
        _reading()
        .join(radiograph, radiograph.c.id == entry.c.radiograph_id)
        .join(batch, batch.c.id == entry.c.batch_id)
        .outerjoin(review, review.c.id == entry.c.verdict_id)
    )
    attributes = [column for column in radiograph.c if column.name not in ("id", "created")]
    found = [
        column for column in prediction.c if column.name not in ("id", "radiograph_id", "model_version", "created")
    ]
    return select(
        entry.c.id.label("entry_id"),
        entry.c.radiograph_id,
        entry.c.batch_id,
        entry.c.file_name,
        entry.c.created,
        batch.c.name.label("batch_name"),
        batch.c.state.label("batch_state"),
        batch.c.mode,
        batch.c.revealed,
        entry.c.wanted,
        entry.c.given,
        entry.c.disputed,
        exists().where(is_own).label("has_read"),
        exists().where(is_own, own.c.prediction_id.is_not(None)).label("has_confirmed"),
        work.c.state,
        work.c.error,
        work.c.model_version,
        prediction.c.id.label("prediction_id"),
        prediction.c.created.label("predicted_at"),
        review.c.verdict,
        review.c.reader.label("reviewer"),
        review.c.comment,
        review.c.created.label("reviewed_at"),
        review.c.prediction_id.label("reviewed_prediction_id"),
        review.c.adjudication,
        *attributes,
        *found,
    ).select_from(source)


def _base(criteria: WorklistFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if criteria.batch_id is not None:
        conditions.append(entry.c.batch_id == criteria.batch_id)
    if criteria.reviewed is not None:
        conditions.append(entry.c.verdict_id.is_not(None) if criteria.reviewed else entry.c.verdict_id.is_(None))
    if criteria.disputed:
        conditions.append(entry.c.disputed.is_(True))
    if criteria.text:
        in_name = entry.c.file_name.icontains(criteria.text, autoescape=True)
        conditions.append(or_(in_name, radiograph.c.sha256.startswith(criteria.text.lower(), autoescape=True)))
    return conditions


def _narrow(criteria: WorklistFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if criteria.bands:
        conditions += [prediction.c.band.in_(criteria.bands), _may_show_prediction()]
    if criteria.statuses:
        conditions.append(work.c.state.in_(criteria.statuses))
    return conditions


def _may_show_prediction() -> ColumnElement[bool]:
    """Whether the order, the filters and the counts may depend on an entry's prediction.

    They may not in a batch whose readers give a verdict before they see the prediction. The subquery is over the few
    batches, so that the database answers it once rather than for each entry.
    """
    hidden = (batch.c.mode != ReadingMode.AI_FIRST) & batch.c.revealed.is_(False)
    return entry.c.batch_id.not_in(select(batch.c.id).where(hidden))


def _order() -> tuple[ColumnElement[Any], ...]:
    rank = case(
        (~_may_show_prediction(), UNREAD),
        (prediction.c.band.in_((Band.POSITIVE, Band.DOUBT)), LIKELY),
        (or_(work.c.state == WorkState.FAILED, prediction.c.band == Band.NOT_ASSESSABLE), UNJUDGED),
        (
            prediction.c.presentation.is_not(None),
            UNJUDGED,
        ),  # a *negative* of a turned or inverted radiograph says little
        (prediction.c.band == Band.NEGATIVE, UNLIKELY),
        else_=UNREAD,
    )
    return (rank, case((_may_show_prediction(), prediction.c.probability)).desc(), entry.c.id)


def _row(row: AnyRow) -> WorklistRow:
    saliency = None if row.saliency_x is None else (row.saliency_x, row.saliency_y)
    return WorklistRow(
        entry_id=row.entry_id,
        short_id=short_id(row.sha256, row.page),
        radiograph_id=row.radiograph_id,
        sha256=row.sha256,
        page=row.page,
        file_name=row.file_name,
        batch_id=row.batch_id,
        batch_name=row.batch_name,
        signed=BatchState(row.batch_state).is_frozen,
        status=WorkState(row.state),
        error=row.error,
        width=row.width,
        height=row.height,
        bit_depth=row.bit_depth,
        format=row.format,
        window=Window(row.window_low, row.window_high),
        dicom=dicom_attributes(row),
        warnings=tuple(row.warnings),
        prediction_id=row.prediction_id,
        model_version=row.model_version,
        model_sha256=row.model_sha256 or "",
        band=None if row.band is None else Band(row.band),
        reason=row.reason or "",
        presentation=None if row.presentation is None else Presentation(row.presentation),
        probability=row.probability,
        score=row.score,
        threshold_low=row.threshold_low,
        threshold_high=row.threshold_high,
        saliency_xy=saliency,
        predicted_at=row.predicted_at,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        reviewer=row.reviewer or "",
        comment=row.comment or "",
        reviewed_at=row.reviewed_at,
        reviewed_prediction_id=row.reviewed_prediction_id,
        adjudicated=bool(row.adjudication),
        mode=ReadingMode(row.mode),
        revealed=row.revealed,
        readers_wanted=row.wanted,
        verdicts_given=row.given,
        disputed=row.disputed,
        has_read=bool(row.has_read),
        has_confirmed=bool(row.has_confirmed),
        created=row.created,
    )
