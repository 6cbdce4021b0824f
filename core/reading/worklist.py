"""The worklist: batch entries, likely fractures first, in orders that are frozen."""

from __future__ import annotations

from dataclasses import replace

from core.errors import NotFoundError
from core.processes import now
from core.reading.review.visibility import redact
from core.reading.viewing import Viewing
from core.store import batches, work, worklist_orders, worklist_rows
from core.store.batch_records import Batch
from core.store.database import Database
from core.store.records import Counts, Neighbours, WorklistFilter, WorklistOrder, WorklistRow

__all__ = ["Batch", "Counts", "Neighbours", "WorklistOrder", "WorklistRow", "Worklist", "WorklistFilter"]


class Worklist:
    """Freezes orders of batch entries, and reads their rows.

    A prediction that arrives after an order was frozen changes what a row says, never the row's place.
    """

    def __init__(self, database: Database, viewing: Viewing) -> None:
        self._database = database
        self._viewing = viewing

    def batches(self) -> list[Batch]:
        """All batches, newest first."""
        with self._database.reading() as connection:
            return batches.all_batches(connection)

    def counts(self, criteria: WorklistFilter) -> Counts:
        """Count entries by band and state, among those that pass the filter's batch, text and review state.

        The filter's bands and states are not applied, so each count is what choosing that band or state would show.
        """
        with self._database.reading() as connection:
            return worklist_rows.count(connection, criteria)

    def freeze(self, criteria: WorklistFilter) -> WorklistOrder:
        """Order the entries that pass a filter as they are now, and store that order.

        First come positive and doubtful entries by probability. Then entries that failed or are not assessable, and
        negative ones that look inverted or turned. Then the other negative ones by probability. Last, in the order of
        intake, those without a prediction, and those that are read without the model's answer.
        """
        with self._database.writing() as connection:
            marks = (worklist_rows.highest_entry(connection), work.highest_settled(connection))
            return worklist_orders.keep(
                connection, criteria, worklist_rows.ordered_ids(connection, criteria), marks, now()
            )

    def order(self, order_id: str) -> WorklistOrder:
        """Find a frozen order, whichever process froze it. Raises NotFoundError."""
        with self._database.reading() as connection:
            return worklist_orders.find(connection, order_id)

    def changed_since(self, order: WorklistOrder) -> int:
        """Count the entries that pass the order's filter and were added, predicted or failed since it was frozen."""
        with self._database.reading() as connection:
            return worklist_rows.count_since(connection, order.filter, order.entry_mark, order.settled_mark)

    def page(self, order: WorklistOrder, number: int, size: int = 20, reader: str = "") -> list[WorklistRow]:
        """Read a page of an order: the rows as they are now, in the frozen order.

        Args:
            number: 1 for the first page.
            size: rows of a page.
            reader: for whom the rows are redacted; see `visibility`.
        """
        first = (number - 1) * size
        if first < 0:
            return []
        with self._database.reading() as connection:
            found = worklist_rows.rows(connection, order.entry_ids[first : first + size], reader)
        return [self._with_thumbnail(redact(row)) for row in found]

    def row(self, entry_id: int, reader: str = "") -> WorklistRow:
        """Read one entry, redacted for a reader. Raises NotFoundError."""
        with self._database.reading() as connection:
            found = worklist_rows.rows(connection, [entry_id], reader)
        if not found:
            raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
        return self._with_thumbnail(redact(found[0]))

    def study(self, row: WorklistRow, most: int = 12) -> list[WorklistRow]:
        """Read the other entries of a row's DICOM study in its batch, oldest first; none without a known study."""
        if row.dicom.study is None:
            return []
        with self._database.reading() as connection:
            entry_ids = worklist_rows.of_study(connection, row.batch_id, row.dicom.study, most + 1)
            found = worklist_rows.rows(connection, [each for each in entry_ids if each != row.entry_id])
        return [redact(each) for each in found[:most]]

    def _with_thumbnail(self, row: WorklistRow) -> WorklistRow:
        return replace(row, thumbnail=self._viewing.kept_thumbnail(row.sha256, row.page))
