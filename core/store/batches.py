"""Batches, their entries, and the radiographs behind them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, Select, and_, func, select, update

from core.domain import BatchState, DicomFacts, Radiograph, Refusal, Window, WorkState
from core.errors import NotFoundError, SignedBatchError
from core.store.database import insert_new
from core.store.records import Batch, RadiographRecord
from core.store.schema import batch, entry, radiograph, refusal, work


def create(connection: Connection, name: str, reader: str, model_version: str, now: datetime) -> int:
    values = {"name": name, "reader": reader, "state": BatchState.OPEN, "model_version": model_version, "created": now}
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
    if found.state is BatchState.SIGNED:
        raise SignedBatchError(f"Batch {found.name!r} is signed, so nothing in it changes. Make a new batch.")
    return found


def version_of_open(connection: Connection, batch_id: int) -> str:
    """The model version that reads a batch. Raises NotFoundError, SignedBatchError."""
    row = connection.execute(select(batch.c.model_version, batch.c.state).where(batch.c.id == batch_id)).one_or_none()
    if row is None or row.state == BatchState.SIGNED:
        find_open(connection, batch_id)
    return row.model_version


def all_batches(connection: Connection) -> list[Batch]:
    """Newest first."""
    return [_batch(row) for row in connection.execute(_batches().order_by(batch.c.id.desc()))]


def sign(connection: Connection, batch_id: int, reader: str, now: datetime) -> None:
    values = {"state": BatchState.SIGNED, "signed_at": now, "signed_by": reader}
    connection.execute(update(batch).where(batch.c.id == batch_id).values(**values))


def unread(connection: Connection, batch_id: int) -> int:
    """How many entries of a batch have neither a prediction nor a failure yet."""
    waits = and_(entry.c.batch_id == batch_id, work.c.state.in_((WorkState.WAITING, WorkState.CLAIMED)))
    return connection.scalar(select(func.count()).select_from(entry.join(work)).where(waits)) or 0


def add_radiograph(connection: Connection, image: Radiograph, now: datetime) -> tuple[int, bool]:
    """Store what is known of a radiograph, unless it is there. Returns its id and whether it is new."""
    facts = image.facts
    insert = insert_new(connection, radiograph).values(
        sha256=image.sha256,
        page=image.page,
        width=image.width,
        height=image.height,
        bit_depth=image.bit_depth,
        format=image.format,
        window_low=image.window.low,
        window_high=image.window.high,
        modality=facts.modality,
        body_part=facts.body_part,
        view=facts.view,
        laterality=facts.laterality,
        study=facts.study,
        series=facts.series,
        warnings=list(image.warnings),
        created=now,
    )
    is_new = connection.execute(insert).rowcount == 1
    same = and_(radiograph.c.sha256 == image.sha256, radiograph.c.page == image.page)
    return connection.execute(select(radiograph.c.id).where(same)).scalar_one(), is_new


def add_entry(
    connection: Connection, batch_id: int, radiograph_id: int, work_id: int, file_name: str, now: datetime
) -> int:
    """Put a radiograph into a batch, once. Returns the entry's id."""
    values = {"batch_id": batch_id, "radiograph_id": radiograph_id, "work_id": work_id}
    connection.execute(insert_new(connection, entry).values(**values, file_name=file_name, created=now))
    same = and_(entry.c.batch_id == batch_id, entry.c.radiograph_id == radiograph_id)
    return connection.execute(select(entry.c.id).where(same)).scalar_one()


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


def dicom_facts(row: Row) -> DicomFacts:
    """From a result row with the columns of `radiograph`."""
    return DicomFacts(row.modality, row.body_part, row.view, row.laterality, row.study, row.series)


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
    )
