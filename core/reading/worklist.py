"""The worklist: what to look at, most likely fractures first, in an order that holds still."""

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
    """Orders of batch entries, and the rows in them.

    An order is frozen: predictions that come in change what a row says, never where it stands.
    """

    def __init__(self, database: Database, viewing: Viewing) -> None:
        self._database = database
        self._viewing = viewing

    def batches(self) -> list[Batch]:
        """Newest first."""
        with self._database.reading() as connection:
            return batches.all_batches(connection)

    def counts(self, wanted: WorklistFilter) -> Counts:
        """How many there are by band and state, among those of the filter's batch, text and review state.

        The filter's own bands and states are not applied, so each number is what choosing it would show.
        """
        with self._database.reading() as connection:
            return worklist_rows.count(connection, wanted)

    def freeze(self, wanted: WorklistFilter) -> WorklistOrder:
        """Order the entries as they are now, and keep that order under its id.

        Positive and doubtful ones by probability; then what failed or is not assessable, and negative ones that look
        inverted or turned; then the other negative ones by probability; and at the end, as they came, what is not read
        yet or is read without the model's answer.
        """
        with self._database.writing() as connection:
            marks = (worklist_rows.highest_entry(connection), work.highest_settled(connection))
            return worklist_orders.keep(connection, wanted, worklist_rows.ordered_ids(connection, wanted), marks, now())

    def order(self, order_id: str) -> WorklistOrder:
        """A frozen order by its id, in this process or another. Raises NotFoundError."""
        with self._database.reading() as connection:
            return worklist_orders.find(connection, order_id)

    def changed_since(self, order: WorklistOrder) -> int:
        """How many entries that pass the order's filter were added, predicted or failed since it was frozen."""
        with self._database.reading() as connection:
            return worklist_rows.count_since(connection, order.filter, order.entry_mark, order.settled_mark)

    def page(self, order: WorklistOrder, number: int, size: int = 20, reader: str = "") -> list[WorklistRow]:
        """The rows of a page as they are now, at their places in the order.

        Args:
            number: 1 for the first page.
            reader: who will see them, and so what is held back; see `modes`.
        """
        first = (number - 1) * size
        if first < 0:
            return []
        with self._database.reading() as connection:
            found = worklist_rows.rows(connection, order.entry_ids[first : first + size], reader)
        return [self._with_thumbnail(redact(row)) for row in found]

    def row(self, entry_id: int, reader: str = "") -> WorklistRow:
        """One entry, as this reader may see it. Raises NotFoundError."""
        with self._database.reading() as connection:
            found = worklist_rows.rows(connection, [entry_id], reader)
        if not found:
            raise NotFoundError(f"There is no worklist entry {entry_id}. Choose one from the worklist.")
        return self._with_thumbnail(redact(found[0]))

    def study(self, row: WorklistRow, most: int = 12) -> list[WorklistRow]:
        """The other entries of a row's DICOM study in its batch, oldest first; none where no study is known."""
        if row.facts.study is None:
            return []
        with self._database.reading() as connection:
            found = worklist_rows.of_study(connection, row.batch_id, row.facts.study, most + 1)
            return [redact(each) for each in worklist_rows.rows(connection, found) if each.entry_id != row.entry_id][
                :most
            ]

    def _with_thumbnail(self, row: WorklistRow) -> WorklistRow:
        return replace(row, thumbnail=self._viewing.kept_thumbnail(row.sha256, row.page))
