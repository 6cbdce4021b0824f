"""Batches, their entries, and the radiographs of those."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, null, select, update

from core.domain import BatchState, DicomAttributes, Radiograph, ReadingMode, Refusal, Window, WorkState
from core.errors import NotFoundError, SignedBatchError
from core.store.batch_records import Batch, BatchEvent, BatchProgress, Known, ReadingPlan
from core.store.database import AnyRow, AnySelect, insert_or_find, insert_row
from core.store.records import RadiographRecord
from core.store.schema import batch, batch_event, copy, entry, radiograph, refusal, work

AI_FIRST = ReadingPlan()


def create(
    connection: Connection, name: str, reader: str, model_version: str, now: datetime, plan: ReadingPlan = AI_FIRST
) -> int:
    """Make an empty, open batch. Returns its id."""
    values = {"name": name, "reader": reader, "state": BatchState.OPEN, "model_version": model_version, "created": now}
    values |= {"mode": plan.mode, "second_share": plan.second_share, "seed": plan.seed}
    return insert_row(connection, batch, values)


def find(connection: Connection, batch_id: int) -> Batch:
    """Read one batch.

    Raises:
        NotFoundError: there is none.
    """
    row = connection.execute(_batches().where(batch.c.id == batch_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no batch {batch_id}. Choose one from the list.")
    return _batch(row)


def find_open(connection: Connection, batch_id: int) -> Batch:
    """Read one batch that may change.

    Raises:
        NotFoundError: there is none.
        SignedBatchError: it is signed or archived.
    """
    found = find(connection, batch_id)
    if found.state.is_frozen:
        raise SignedBatchError(f"Batch {found.name!r} is signed, so nothing in it changes. Make a new batch.")
    return found


def plan_of_open(connection: Connection, batch_id: int) -> tuple[str, ReadingPlan]:
    """The model version that reads an open batch, and how people read it; quicker than `find_open`, which counts.

    Raises:
        NotFoundError, SignedBatchError: see `find_open`.
    """
    columns = (batch.c.model_version, batch.c.state, batch.c.mode, batch.c.second_share, batch.c.seed)
    row = connection.execute(select(*columns).where(batch.c.id == batch_id)).one_or_none()
    if row is None or BatchState(row.state).is_frozen:
        found = find_open(connection, batch_id)  # raises
        return found.model_version, found.plan
    return row.model_version, _plan(row)


def all_batches(connection: Connection) -> list[Batch]:
    """Every batch, the newest first."""
    return [_batch(row) for row in connection.execute(_batches().order_by(batch.c.id.desc()))]


def change_state(
    connection: Connection, batch_id: int, state: BatchState, reader: str, reason: str, now: datetime
) -> None:
    """Bring a batch into a state, and add an event that says who did it, when and why."""
    values: dict[str, object] = {"state": state}
    if state is BatchState.SIGNED:
        values |= {"signed_at": now, "signed_by": reader, "revealed": True}
    elif not state.is_frozen:
        values |= {"signed_at": None, "signed_by": ""}
    connection.execute(update(batch).where(batch.c.id == batch_id).values(**values))
    event = {"batch_id": batch_id, "state": state, "reader": reader, "reason": reason, "created": now}
    connection.execute(batch_event.insert().values(**event))


def events(connection: Connection, batch_id: int) -> list[BatchEvent]:
    """The changes of a batch's state, the oldest first."""
    rows = connection.execute(select(batch_event).where(batch_event.c.batch_id == batch_id).order_by(batch_event.c.id))
    return [BatchEvent(BatchState(row.state), row.reader, row.reason, row.created) for row in rows]


def disputed(connection: Connection, batch_id: int) -> int:
    """The number of a batch's entries that wait for adjudication."""
    waits = and_(entry.c.batch_id == batch_id, entry.c.disputed.is_(True))
    return connection.scalar(select(func.count()).select_from(entry).where(waits)) or 0


def being_read(connection: Connection) -> BatchProgress | None:
    """The progress of the batch that workers read now: the newest with work left. None where no work is left."""
    waits = work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED))
    newest = connection.scalar(select(func.max(work.c.batch_id)).where(waits))
    if newest is None:
        return None
    done = func.count().filter(~waits)
    counted = select(batch.c.name, done, func.count()).select_from(batch.join(entry).join(work))
    return BatchProgress(*connection.execute(counted.where(batch.c.id == newest).group_by(batch.c.name)).one())


def unread(connection: Connection, batch_id: int) -> int:
    """The number of a batch's entries that have neither a prediction nor a failure yet."""
    waits = and_(entry.c.batch_id == batch_id, work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED)))
    return connection.scalar(select(func.count()).select_from(entry.join(work)).where(waits)) or 0


def add_radiograph(connection: Connection, image: Radiograph, now: datetime) -> tuple[int, bool]:
    """Store a radiograph's attributes, unless it is stored already. Returns its id and whether it is new."""
    attributes = image.dicom
    values = {
        "sha256": image.sha256,
        "page": image.page,
        "width": image.width,
        "height": image.height,
        "bit_depth": image.bit_depth,
        "format": image.format,
        "window_low": image.window.low,
        "window_high": image.window.high,
        "modality": attributes.modality,
        "body_part": attributes.body_part,
        "view": attributes.view,
        "laterality": attributes.laterality,
        "study": attributes.study,
        "series": attributes.series,
        "warnings": list(image.warnings),
        "created": now,
    }
    same = and_(radiograph.c.sha256 == image.sha256, radiograph.c.page == image.page)
    return insert_or_find(connection, radiograph, values, same)


def add_entry(
    connection: Connection,
    batch_id: int,
    radiograph_id: int,
    work_id: int,
    file_name: str,
    now: datetime,
    readers_wanted: int = 1,
) -> int:
    """Put a radiograph into a batch once. Where it is in the batch already, the file's name is stored as a copy's.

    Args:
        readers_wanted: how many readers shall give a verdict on it.

    Returns:
        The entry's id.
    """
    values: dict[str, object] = {"batch_id": batch_id, "radiograph_id": radiograph_id, "work_id": work_id}
    values |= {"wanted": readers_wanted, "file_name": file_name, "created": now}
    same = and_(entry.c.batch_id == batch_id, entry.c.radiograph_id == radiograph_id)
    entry_id, is_new = insert_or_find(connection, entry, values, same)
    if not is_new:
        connection.execute(copy.insert().values(entry_id=entry_id, file_name=file_name))
    return entry_id


def known(connection: Connection, batch_id: int) -> list[Known]:
    """The files of a batch whose image was stored already.

    Those that an earlier batch brought come first, then those that this batch brought twice; both in order of intake.
    """
    earlier, same, other = entry.alias(), entry.alias(), batch.alias()
    first = select(func.min(earlier.c.id)).where(earlier.c.radiograph_id == entry.c.radiograph_id).correlate(entry)
    chosen = select(entry.c.file_name, same.c.file_name, other.c.name).select_from(
        entry.join(same, same.c.id == first.scalar_subquery()).join(other, other.c.id == same.c.batch_id)
    )
    elsewhere = chosen.where(entry.c.batch_id == batch_id, same.c.batch_id != batch_id)
    within = select(copy.c.file_name, entry.c.file_name, null()).join(entry).where(entry.c.batch_id == batch_id)
    found = (elsewhere.order_by(entry.c.id), within.order_by(copy.c.id))
    return [Known(*row) for chosen in found for row in connection.execute(chosen)]


def add_refusal(connection: Connection, batch_id: int, refused: Refusal, now: datetime) -> None:
    """Store that a file was refused, and why."""
    values = {"file_name": refused.name, "reason": refused.reason, "remedy": refused.remedy, "created": now}
    connection.execute(refusal.insert().values(batch_id=batch_id, **values))


def refusals(connection: Connection, batch_id: int) -> list[Refusal]:
    """The refused files of a batch, in the order of intake."""
    rows = connection.execute(select(refusal).where(refusal.c.batch_id == batch_id).order_by(refusal.c.id))
    return [Refusal(row.file_name, row.reason, row.remedy) for row in rows]


def find_radiograph(connection: Connection, radiograph_id: int) -> RadiographRecord:
    """Read one radiograph's attributes.

    Raises:
        NotFoundError: there is none.
    """
    row = connection.execute(select(radiograph).where(radiograph.c.id == radiograph_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no radiograph {radiograph_id}. Choose one from the worklist.")
    return radiograph_record(row)


def radiograph_of(connection: Connection, entry_id: int) -> int:
    """The id of the radiograph of an entry.

    Raises:
        NotFoundError: there is no such entry.
    """
    found: int | None = connection.scalar(select(entry.c.radiograph_id).where(entry.c.id == entry_id))
    if found is None:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    return found


def radiograph_record(row: AnyRow) -> RadiographRecord:
    """Convert a result row that has the columns of `radiograph`."""
    return RadiographRecord(
        id=row.id,
        sha256=row.sha256,
        page=row.page,
        width=row.width,
        height=row.height,
        bit_depth=row.bit_depth,
        format=row.format,
        window=Window(row.window_low, row.window_high),
        dicom=dicom_attributes(row),
        warnings=tuple(row.warnings),
    )


def dicom_attributes(row: AnyRow) -> DicomAttributes:
    """Convert a result row that has the columns of `radiograph`."""
    return DicomAttributes(row.modality, row.body_part, row.view, row.laterality, row.study, row.series)


def _batches() -> AnySelect:
    entries = select(func.count()).where(entry.c.batch_id == batch.c.id).scalar_subquery()
    return select(batch, entries.label("entries"))


def _batch(row: AnyRow) -> Batch:
    return Batch(
        id=row.id,
        name=row.name,
        state=BatchState(row.state),
        model_version=row.model_version,
        created=row.created,
        signed_at=row.signed_at,
        signed_by=row.signed_by,
        reader=row.reader,
        entries=row.entries,
        plan=_plan(row),
        revealed=row.revealed,
    )


def _plan(row: AnyRow) -> ReadingPlan:
    return ReadingPlan(ReadingMode(row.mode), row.second_share, row.seed)
