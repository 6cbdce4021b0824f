"""Batches, their entries, and the radiographs behind them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, Select, and_, func, null, select, update

from core.domain import BatchState, DicomAttributes, Radiograph, ReadingMode, Refusal, Window, WorkState
from core.errors import NotFoundError, SignedBatchError
from core.store.batch_records import Batch, BatchEvent, BatchProgress, Known, ReadingPlan
from core.store.database import insert_or_find
from core.store.records import RadiographRecord
from core.store.schema import batch, batch_event, copy, entry, radiograph, refusal, work

AI_FIRST = ReadingPlan()


def create(
    connection: Connection, name: str, reader: str, model_version: str, now: datetime, plan: ReadingPlan = AI_FIRST
) -> int:
    values = {"name": name, "reader": reader, "state": BatchState.OPEN, "model_version": model_version, "created": now}
    values |= {"mode": plan.mode, "second_share": plan.second_share, "seed": plan.seed}
    return connection.execute(batch.insert().values(**values)).inserted_primary_key[0]


def find(connection: Connection, batch_id: int) -> Batch:
    """Raises NotFoundError."""
    row = connection.execute(_batches().where(batch.c.id == batch_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no batch {batch_id}. Choose one from the list.")
    return _batch(row)


def find_open(connection: Connection, batch_id: int) -> Batch:
    """Raises NotFoundError, SignedBatchError."""
    found = find(connection, batch_id)
    if found.state.is_frozen:
        raise SignedBatchError(f"Batch {found.name!r} is signed, so nothing in it changes. Make a new batch.")
    return found


def plan_of_open(connection: Connection, batch_id: int) -> tuple[str, ReadingPlan]:
    """The model version that reads a batch, and how people read it. Raises NotFoundError, SignedBatchError."""
    columns = (batch.c.model_version, batch.c.state, batch.c.mode, batch.c.second_share, batch.c.seed)
    row = connection.execute(select(*columns).where(batch.c.id == batch_id)).one_or_none()
    if row is None or BatchState(row.state).is_frozen:
        find_open(connection, batch_id)
    return row.model_version, _plan(row)


def all_batches(connection: Connection) -> list[Batch]:
    """Newest first."""
    return [_batch(row) for row in connection.execute(_batches().order_by(batch.c.id.desc()))]


def change_state(
    connection: Connection, batch_id: int, state: BatchState, reader: str, reason: str, now: datetime
) -> None:
    """Bring a batch into a state, and write down who did it, when and why."""
    values: dict[str, object] = {"state": state}
    if state is BatchState.SIGNED:
        values |= {"signed_at": now, "signed_by": reader, "revealed": True}
    elif not state.is_frozen:
        values |= {"signed_at": None, "signed_by": ""}
    connection.execute(update(batch).where(batch.c.id == batch_id).values(**values))
    event = {"batch_id": batch_id, "state": state, "reader": reader, "reason": reason, "created": now}
    connection.execute(batch_event.insert().values(**event))


def events(connection: Connection, batch_id: int) -> list[BatchEvent]:
    """How the state of a batch came about, oldest first."""
    rows = connection.execute(select(batch_event).where(batch_event.c.batch_id == batch_id).order_by(batch_event.c.id))
    return [BatchEvent(BatchState(row.state), row.reader, row.reason, row.created) for row in rows]


def disputed(connection: Connection, batch_id: int) -> int:
    """How many entries of a batch wait for adjudication."""
    waits = and_(entry.c.batch_id == batch_id, entry.c.disputed.is_(True))
    return connection.scalar(select(func.count()).select_from(entry).where(waits)) or 0


def being_read(connection: Connection) -> BatchProgress | None:
    """The batch that is read now, which is the newest that anything waits for; None where nothing waits."""
    waits = work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED))
    newest = connection.scalar(select(func.max(work.c.batch_id)).where(waits))
    if newest is None:
        return None
    settled = func.count().filter(~waits)
    counted = select(batch.c.name, settled, func.count()).select_from(batch.join(entry).join(work))
    return BatchProgress(*connection.execute(counted.where(batch.c.id == newest).group_by(batch.c.name)).one())


def unread(connection: Connection, batch_id: int) -> int:
    """How many entries of a batch have neither a prediction nor a failure yet."""
    waits = and_(entry.c.batch_id == batch_id, work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED)))
    return connection.scalar(select(func.count()).select_from(entry.join(work)).where(waits)) or 0


def add_radiograph(connection: Connection, image: Radiograph, now: datetime) -> tuple[int, bool]:
    """Store what is known of a radiograph, unless it is there. Returns its id and whether it is new."""
    facts = image.facts
    values = {
        "sha256": image.sha256,
        "page": image.page,
        "width": image.width,
        "height": image.height,
        "bit_depth": image.bit_depth,
        "format": image.format,
        "window_low": image.window.low,
        "window_high": image.window.high,
        "modality": facts.modality,
        "body_part": facts.body_part,
        "view": facts.view,
        "laterality": facts.laterality,
        "study": facts.study,
        "series": facts.series,
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
    """Put a radiograph into a batch, once, for so many readers; of one that is in it the name is kept as a copy's.

    Returns:
        The entry's id.
    """
    values = {"batch_id": batch_id, "radiograph_id": radiograph_id, "work_id": work_id, "wanted": readers_wanted}
    values |= {"file_name": file_name, "created": now}
    same = and_(entry.c.batch_id == batch_id, entry.c.radiograph_id == radiograph_id)
    entry_id, is_new = insert_or_find(connection, entry, values, same)
    if not is_new:
        connection.execute(copy.insert().values(entry_id=entry_id, file_name=file_name))
    return entry_id


def known(connection: Connection, batch_id: int) -> list[Known]:
    """Files whose picture was there: what another batch had brought before, then what this one had; each in order."""
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
    values = {"file_name": refused.name, "reason": refused.reason, "remedy": refused.remedy, "created": now}
    connection.execute(refusal.insert().values(batch_id=batch_id, **values))


def refusals(connection: Connection, batch_id: int) -> list[Refusal]:
    """In the order they came."""
    rows = connection.execute(select(refusal).where(refusal.c.batch_id == batch_id).order_by(refusal.c.id))
    return [Refusal(row.file_name, row.reason, row.remedy) for row in rows]


def find_radiograph(connection: Connection, radiograph_id: int) -> RadiographRecord:
    """Raises NotFoundError."""
    row = connection.execute(select(radiograph).where(radiograph.c.id == radiograph_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no radiograph {radiograph_id}. Choose one from the worklist.")
    return radiograph_record(row)


def radiograph_of(connection: Connection, entry_id: int) -> int:
    """The radiograph that an entry is of. Raises NotFoundError."""
    found = connection.scalar(select(entry.c.radiograph_id).where(entry.c.id == entry_id))
    if found is None:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    return found


def radiograph_record(row: Row) -> RadiographRecord:
    """From a result row with the columns of `radiograph`."""
    return RadiographRecord(
        id=row.id,
        sha256=row.sha256,
        page=row.page,
        width=row.width,
        height=row.height,
        bit_depth=row.bit_depth,
        format=row.format,
        window=Window(row.window_low, row.window_high),
        facts=dicom_facts(row),
        warnings=tuple(row.warnings),
    )


def dicom_facts(row: Row) -> DicomAttributes:
    """From a result row with the columns of `radiograph`."""
    return DicomAttributes(row.modality, row.body_part, row.view, row.laterality, row.study, row.series)


def _batches() -> Select:
    entries = select(func.count()).where(entry.c.batch_id == batch.c.id).scalar_subquery()
    return select(batch, entries.label("entries"))


def _batch(row: Row) -> Batch:
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


def _plan(row: Row) -> ReadingPlan:
    return ReadingPlan(ReadingMode(row.mode), row.second_share, row.seed)
