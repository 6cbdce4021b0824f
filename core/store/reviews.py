"""Reviews: the verdicts of readers. A row is added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import Connection, and_, exists, select, update

from core.domain import BatchState, Mark, MarkKind, ReadingMode, Review, Verdict
from core.errors import NotFoundError, SignedBatchError
from core.store import batches, claims
from core.store.database import AnyRow, AnySelect, insert_row
from core.store.schema import batch, entry, review


def append(
    connection: Connection,
    entry_id: int,
    prediction_id: int | None,
    reader: str,
    verdict: Verdict | None,
    comment: str,
    now: datetime,
    *,
    marks: Sequence[Mark] = (),
    shown_at: datetime | None = None,
    adjudication: bool = False,
) -> Review:
    """Add a review, bring its entry up to date, and release this reader's claim.

    Args:
        prediction_id: the prediction that was on the screen, or None.
        verdict: None takes the reader's verdict back.
        marks, shown_at, adjudication: see `Review`.

    Raises:
        NotFoundError: no such entry.
        SignedBatchError: its batch is frozen.
    """
    found = _open_batch(connection, entry_id)
    values: dict[str, object] = {"entry_id": entry_id, "prediction_id": prediction_id, "reader": reader}
    values |= {"verdict": verdict, "comment": comment, "marks": [astuple(mark) for mark in marks], "mode": found.mode}
    values |= {"shown_at": shown_at, "adjudication": adjudication, "created": now}
    review_id = insert_row(connection, review, values)
    _update_entry(connection, entry_id)
    claims.release(connection, entry_id, reader)
    if found.state == BatchState.OPEN:
        batches.change_state(connection, found.id, BatchState.READING, reader, "", now)
    return Review(
        id=review_id,
        entry_id=entry_id,
        reader=reader,
        prediction_id=prediction_id,
        verdict=verdict,
        comment=comment,
        created=now,
        marks=tuple(marks),
        mode=ReadingMode(found.mode),
        shown_at=shown_at,
        adjudication=adjudication,
    )


def _update_entry(connection: Connection, entry_id: int) -> None:
    """Bring an entry up to date. Its verdict is the standing adjudication, or else the newest standing review."""
    found = standing(connection, [entry_id]).get(entry_id, [])
    readings = [each for each in found if not each.adjudication]
    adjudications = [each for each in found if each.adjudication]
    values = {
        "verdict_id": next((each.id for each in (*adjudications[::-1], *readings[::-1])), None),
        "given": len(readings),
        "disputed": len({each.verdict for each in readings}) > 1 and not adjudications,
    }
    connection.execute(update(entry).where(entry.c.id == entry_id).values(values))


def latest(connection: Connection, entry_id: int, reader: str, adjudication: bool = False) -> Review | None:
    """A reader's standing review of an entry, or adjudication: the last one, unless its verdict was taken back."""
    own = and_(review.c.entry_id == entry_id, review.c.reader == reader, review.c.adjudication.is_(adjudication))
    row = connection.execute(_standing().where(own)).one_or_none()
    return None if row is None else _review(row)


def history(connection: Connection, entry_id: int) -> list[Review]:
    """Every review of an entry by any reader, the oldest first."""
    rows = connection.execute(select(review).where(review.c.entry_id == entry_id).order_by(review.c.id))
    return [_review(row) for row in rows]


def of_entries(connection: Connection, entry_ids: Sequence[int]) -> dict[int, list[Review]]:
    """Every review by entry, the oldest first; entries without one are left out."""
    return _by_entry(connection, select(review).where(review.c.entry_id.in_(entry_ids)))


def standing(connection: Connection, entry_ids: Sequence[int]) -> dict[int, list[Review]]:
    """The standing review of every reader by entry, the oldest first; entries without one are left out."""
    return _by_entry(connection, _standing().where(review.c.entry_id.in_(entry_ids)))


def _by_entry(connection: Connection, chosen: AnySelect) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {}
    for row in connection.execute(chosen.order_by(review.c.id)):
        found.setdefault(row.entry_id, []).append(_review(row))
    return found


def _standing() -> AnySelect:
    later = review.alias()
    is_later = and_(
        later.c.entry_id == review.c.entry_id,
        later.c.reader == review.c.reader,
        later.c.adjudication == review.c.adjudication,
        later.c.id > review.c.id,
    )
    return select(review).where(review.c.verdict.is_not(None), ~exists().where(is_later))


def _open_batch(connection: Connection, entry_id: int) -> AnyRow:
    """The batch of an entry. The entry is locked, where the database has such locks."""
    chosen = select(batch.c.id, batch.c.state, batch.c.mode).join_from(entry, batch).where(entry.c.id == entry_id)
    found = connection.execute(chosen.with_for_update()).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
    if BatchState(found.state).is_frozen:
        raise SignedBatchError("This batch is signed, so its verdicts are frozen. Reopen it to change them.")
    return found


def _review(row: AnyRow) -> Review:
    return Review(
        id=row.id,
        entry_id=row.entry_id,
        reader=row.reader,
        prediction_id=row.prediction_id,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        comment=row.comment,
        created=row.created,
        marks=tuple(Mark(MarkKind(kind), *rest) for kind, *rest in row.marks),
        mode=ReadingMode(row.mode),
        shown_at=row.shown_at,
        adjudication=row.adjudication,
    )
