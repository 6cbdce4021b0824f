"""Ingest: for each file decode it, check it, hash it, write its bytes and commit its rows, in that order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.config import Limits
from core.csv_text import encode
from core.domain import IntakeState, Radiograph, ReadingMode, Refusal
from core.errors import FractureReviewError
from core.imaging.archive import count
from core.imaging.names import display_name
from core.processes import is_alive, name_of, now
from core.reading.champion import ModelVersions
from core.reading.intake.inbox import Inbox, InboxFile
from core.reading.intake.open_files import open_files
from core.reading.review.visibility import readers_wanted
from core.reading.stored_radiographs import keep
from core.store import batches, intakes, work
from core.store.batch_records import Batch, IntakeProgress, Known, ReadingPlan
from core.store.database import Database
from core.store.files import FileStore

__all__ = ["Batch", "InboxFile", "Ingest", "IntakeProgress", "IntakeState", "Known", "FileOutcome", "FileOutcomeKind"]

FILE_NAME_LENGTH = 4096
BATCH_NAME_LENGTH = 200
REFUSAL_COLUMNS = ("file", "reason", "remedy")

log = logging.getLogger(__name__)


class FileOutcomeKind(StrEnum):
    """What became of an item. KNOWN: the store had the picture already; it is an entry of this batch all the same."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one radiograph, or of one file without one.

    Attributes:
        entry_id: None where it was refused.
    """

    kind: FileOutcomeKind
    name: str
    entry_id: int | None = None
    refusal: Refusal | None = None


class Ingest:
    """Makes batches, and takes files into them."""

    def __init__(
        self, database: Database, files: FileStore, models: ModelVersions, inbox: Inbox, limits: Limits, salt: bytes
    ) -> None:
        self._database = database
        self._files = files
        self._models = models
        self._inbox = inbox
        self._limits = limits
        self._salt = salt

    def create_batch(
        self,
        name: str,
        reader: str,
        mode: ReadingMode = ReadingMode.AI_FIRST,
        second_share: float = 0.0,
        seed: int = 0,
    ) -> Batch:
        """Make an empty batch that the champion reads. A batch without a name is named after the time.

        Args:
            second_share, seed: see `ReadingPlan`.
        """
        if not 0.0 <= second_share <= 1.0:
            raise ValueError(f"a share must be in [0, 1], but second_share is {second_share}")
        plan = ReadingPlan(ReadingMode(mode), second_share, seed)
        moment = now()
        name = display_name(name.strip())[:BATCH_NAME_LENGTH] or f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        version = self._models.champion().version
        with self._database.writing() as connection:
            return batches.find(connection, batches.create(connection, name, reader, version, moment, plan))

    def batch(self, batch_id: int) -> Batch:
        """Find a batch. Raises NotFoundError."""
        with self._database.reading() as connection:
            return batches.find(connection, batch_id)

    def take_in(self, batch_id: int, name: str, source: bytes | Path) -> Iterator[FileOutcome]:
        """Take in one file, or everything in an archive, one item with each step of the iterator.

        Raises:
            NotFoundError: no such batch.
            SignedBatchError: the batch is signed.
        """
        intake_id = self._begin(batch_id, 1, count(source, self._limits))
        state = IntakeState.INTERRUPTED
        try:
            yield from self._take_in(intake_id, batch_id, [(name, source)])
            state = self._final_state(intake_id)
        finally:
            self._end(intake_id, state)

    def start(self, batch_id: int, files: Iterable[tuple[str, bytes | Path]]) -> None:
        """Take in files on a thread of this process. `progress` tells how far it is; each file's bytes are then freed.

        Raises:
            NotFoundError: no such batch.
            SignedBatchError: the batch is signed.
        """
        self._start(batch_id, [*files])

    def inbox(self) -> list[InboxFile]:
        """List the files of the inbox; empty where there is no inbox."""
        return self._inbox.files()

    def start_inbox(self, batch_id: int, names: Iterable[str]) -> None:
        """As `start`, with files of the inbox. A name that the inbox does not list becomes a refusal."""
        self._start(batch_id, [*self._inbox.choose(names)])

    def progress(self, batch_id: int) -> IntakeProgress | None:
        """Sum up all intakes into a batch; None before the first."""
        with self._database.reading() as connection:
            found = intakes.of_batch(connection, batch_id)
        if not found:
            return None
        states = [self._state(intake) for intake in found]
        files = [intake.files for intake in found if intake.files is not None]
        return IntakeProgress(
            batch_id=batch_id,
            files=sum(files) if len(files) == len(found) else None,
            total=sum(intake.total for intake in found),
            received=sum(intake.received for intake in found),
            taken=sum(intake.taken for intake in found),
            known=sum(intake.known for intake in found),
            refused=sum(intake.refused for intake in found),
            state=IntakeState.RUNNING if IntakeState.RUNNING in states else states[-1],
        )

    def cancel(self, batch_id: int) -> None:
        """Stop the intakes into a batch after the current item. What was taken in stays."""
        with self._database.writing() as connection:
            intakes.ask_to_cancel(connection, batch_id)

    def known(self, batch_id: int) -> list[Known]:
        """List the files whose picture the store had: first from other batches, then from this one."""
        with self._database.reading() as connection:
            return batches.known(connection, batch_id)

    def refusals(self, batch_id: int) -> list[Refusal]:
        """List the refusals of a batch, in the order of intake."""
        with self._database.reading() as connection:
            return batches.refusals(connection, batch_id)

    def refusals_csv(self, batch_id: int) -> bytes:
        """Write the refusals of a batch as CSV."""
        return b"".join(encode(REFUSAL_COLUMNS, ((r.name, r.reason, r.remedy) for r in self.refusals(batch_id))))

    def read_again(self, batch_id: int) -> int:
        """Let the champion read a batch again. Its own predictions stay, and its failed ones are tried again.

        Returns:
            How many radiographs are queued by this.

        Raises:
            NotFoundError: no such batch.
            SignedBatchError: the batch is signed.
        """
        version = self._models.champion().version
        with self._database.writing() as connection:
            batches.find_open(connection, batch_id)
            return work.enqueue_batch(connection, batch_id, version, now())

    def _start(self, batch_id: int, files: list[tuple[str, bytes | Path | Refusal]]) -> None:
        intake_id = self._begin(batch_id, len(files), len(files))
        threading.Thread(target=self._run, args=(intake_id, batch_id, files), name="intake", daemon=True).start()

    def _run(self, intake_id: int, batch_id: int, files: list[tuple[str, bytes | Path | Refusal]]) -> None:
        state = IntakeState.INTERRUPTED
        try:
            self._count_members(intake_id, [source for _, source in files if not isinstance(source, Refusal)])
            for _ in self._take_in(intake_id, batch_id, files):
                pass
            state = self._final_state(intake_id)
        except FractureReviewError as error:
            log.error("intake %d stopped: %s", intake_id, type(error).__name__)
        finally:
            self._end(intake_id, state)

    def _take_in(
        self, intake_id: int, batch_id: int, files: list[tuple[str, bytes | Path | Refusal]]
    ) -> Iterator[FileOutcome]:
        """Take in files until the list is empty or the intake is cancelled."""
        files.reverse()  # so that the next file can be popped off the end, which frees its bytes
        while files:
            for item in open_files(*files.pop(), self._limits, self._salt):
                if isinstance(item, Refusal):
                    yield self._refuse(intake_id, batch_id, item)
                else:
                    yield self._store(intake_id, batch_id, *item)
                if self._is_cancelled(intake_id):
                    return

    def _store(self, intake_id: int, batch_id: int, radiograph: Radiograph, data: bytes) -> FileOutcome:
        name = display_name(radiograph.name)[:FILE_NAME_LENGTH]
        keep(self._files, radiograph, data)
        moment = now()
        with self._database.writing() as connection:
            version, plan = batches.plan_of_open(connection, batch_id)
            radiograph_id, is_new = batches.add_radiograph(connection, radiograph, moment)
            work_id = work.enqueue(connection, radiograph_id, version, batch_id, moment)
            readers = readers_wanted(plan, radiograph.sha256, radiograph.page)
            entry_id = batches.add_entry(connection, batch_id, radiograph_id, work_id, name, moment, readers)
            kind = FileOutcomeKind.TAKEN if is_new else FileOutcomeKind.KNOWN
            intakes.count(connection, intake_id, kind, moment)
        return FileOutcome(kind, name, entry_id)

    def _refuse(self, intake_id: int, batch_id: int, refusal: Refusal) -> FileOutcome:
        shown = Refusal(display_name(refusal.name)[:FILE_NAME_LENGTH], refusal.reason, refusal.remedy)
        moment = now()
        with self._database.writing() as connection:
            batches.add_refusal(connection, batch_id, shown, moment)
            intakes.count(connection, intake_id, FileOutcomeKind.REFUSED, moment)
        return FileOutcome(FileOutcomeKind.REFUSED, shown.name, refusal=shown)

    def _begin(self, batch_id: int, files: int, total: int) -> int:
        with self._database.writing() as connection:
            batches.plan_of_open(connection, batch_id)
            return intakes.begin(connection, batch_id, files, total, name_of(), now())

    def _end(self, intake_id: int, state: IntakeState) -> None:
        with self._database.writing() as connection:
            intakes.end(connection, intake_id, state, now())

    def _count_members(self, intake_id: int, sources: list[bytes | Path]) -> None:
        """Count what is in archives, so that the total is known early."""
        more = sum(count(source, self._limits) - 1 for source in sources)
        if more:
            with self._database.writing() as connection:
                intakes.expect(connection, intake_id, more)

    def _final_state(self, intake_id: int) -> IntakeState:
        return IntakeState.CANCELLED if self._is_cancelled(intake_id) else IntakeState.FINISHED

    def _is_cancelled(self, intake_id: int) -> bool:
        with self._database.reading() as connection:
            return intakes.is_cancelled(connection, intake_id)

    @staticmethod
    def _state(intake: intakes.Intake) -> IntakeState:
        if intake.state is IntakeState.RUNNING and not is_alive(intake.owner, intake.updated):
            return IntakeState.INTERRUPTED
        return intake.state
