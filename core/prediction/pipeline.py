"""The one way from bytes to predictions: decode ahead in threads, prepare, predict in batches.

Whatever one radiograph does, the others are predicted: a batch that fails is predicted one by one, and an error is the
outcome of the radiograph, or of the source, that caused it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from core.config import MEBIBYTE, Limits
from core.domain import Radiograph
from core.errors import RefusedFileError

Source = TypeVar("Source")
Kept = TypeVar("Kept")
Answer = TypeVar("Answer")

THREADS = 2
BATCH = 32  # radiographs that are predicted at once
AHEAD_BYTES = 256 * MEBIBYTE  # of files that are read and not yet predicted


@dataclass(frozen=True, eq=False)
class Input(Generic[Source]):
    """Where one file's bytes come from.

    Attributes:
        source: what the outcomes are told apart by; kept until they are there, so it holds no bytes.
        read: gives the bytes. It is called once, in a thread, and what it raises is the source's outcome.
        held_bytes: how much it holds in memory until then.
    """

    source: Source
    read: Callable[[], bytes]
    held_bytes: int = 0


@dataclass(frozen=True, eq=False)
class PreparedPage(Generic[Source, Kept]):
    """One radiograph before its prediction, without its pixels.

    Attributes:
        kept: what `Pipeline.keep` gave of it; None where it could not be decoded.
        prepared: what `Pipeline.prepare` made of it; None where there is an error.
    """

    source: Source
    kept: Kept | None = None
    prepared: Any = None
    error: Exception | None = None


@dataclass(frozen=True, eq=False)
class Outcome(Generic[Source, Kept, Answer]):
    """What came of one radiograph: an answer or an error, never both.

    Attributes:
        source: of the `Input`; several radiographs come from a file of several pages.
        kept: see `PreparedPage`.
    """

    source: Source
    kept: Kept | None
    answer: Answer | None
    error: Exception | None


@dataclass(frozen=True, eq=False)
class Pipeline(Generic[Source, Kept, Answer]):
    """How radiographs are decoded, prepared and predicted.

    Attributes:
        pool: the threads that decode and prepare, see `decoding_threads`.
        decode: from bytes to the radiographs in them; a page that is refused may come as its error. Called in a thread.
        prepare: from a radiograph to what `predict` takes; called in a thread.
        predict: from a batch of these to an answer each.
        keep: what the outcome is to say of the radiograph, whose pixels are let go; called in a thread.
        limits: what a file may be, for `decode`.
        batch: how many radiographs `run` predicts at once.
    """

    pool: ThreadPoolExecutor
    decode: Callable[[bytes, Source, Limits], Iterable[Radiograph | RefusedFileError]]
    prepare: Callable[[Radiograph], Any]
    predict: Callable[[list[Any]], Sequence[Answer]]
    keep: Callable[[Radiograph], Kept]
    limits: Limits
    batch: int = BATCH

    def run(self, inputs: Iterable[Input[Source]]) -> Iterator[Outcome[Source, Kept, Answer]]:
        """Predict every radiograph, in order. Few files are in memory, however many there are: see `AHEAD_BYTES`."""
        pages = (page for begun in self._begin_ahead(inputs) for page in begun.result())
        while group := list(islice(pages, self.batch)):
            yield from self.finish(group)

    def begin(self, given: Input[Source]) -> Future[Iterator[PreparedPage[Source, Kept]]]:
        """Decode and prepare one file in a thread. Never raises: an error is a page's own.

        Two pages are prepared at once, so that a file of one page is done with; the others of a TIFF wait until they
        are asked for.
        """
        return self.pool.submit(self._begin, given)

    def finish(self, pages: Sequence[PreparedPage[Source, Kept]]) -> list[Outcome[Source, Kept, Answer]]:
        """Predict these together, or one by one where that fails; one outcome a page, in order."""
        answers = iter(self._answers([page.prepared for page in pages if page.error is None]))
        outcomes = []
        for page in pages:
            answer, error = (None, page.error) if page.error is not None else next(answers)
            outcomes.append(Outcome(page.source, page.kept, answer, error))
        return outcomes

    def _begin_ahead(self, inputs: Iterable[Input[Source]]) -> Iterator[Future[Iterator[PreparedPage[Source, Kept]]]]:
        """In order; at most two batches of files are begun ahead, and fewer where they are large."""
        waiting: deque[tuple[int, Future[Iterator[PreparedPage[Source, Kept]]]]] = deque()
        held = 0
        for given in inputs:
            waiting.append((given.held_bytes, self.begin(given)))
            held += given.held_bytes
            while len(waiting) >= 2 * self.batch or held > AHEAD_BYTES:
                size, begun = waiting.popleft()
                held -= size
                yield begun
        while waiting:
            yield waiting.popleft()[1]

    def _begin(self, given: Input[Source]) -> Iterator[PreparedPage[Source, Kept]]:
        pages = self._pages(given)
        return chain(list(islice(pages, 2)), pages)

    def _pages(self, given: Input[Source]) -> Iterator[PreparedPage[Source, Kept]]:
        source = given.source
        try:
            for radiograph in self.decode(given.read(), source, self.limits):
                if isinstance(radiograph, RefusedFileError):
                    yield PreparedPage(source, error=radiograph)
                else:
                    yield self._prepare(source, radiograph)
        except Exception as error:  # noqa: BLE001  whatever one file does, the others are read
            yield PreparedPage(source, error=error)

    def _prepare(self, source: Source, radiograph: Radiograph) -> PreparedPage[Source, Kept]:
        kept = self.keep(radiograph)
        try:
            return PreparedPage(source, kept, self.prepare(radiograph))
        except Exception as error:  # noqa: BLE001  as above
            return PreparedPage(source, kept, error=error)

    def _answers(self, prepared: list[Any]) -> list[tuple[Answer | None, Exception | None]]:
        """For each, its answer or why there is none."""
        if not prepared:
            return []
        try:
            answers = self.predict(prepared)
            return [(answer, None) for _, answer in zip(prepared, answers, strict=True)]
        except Exception as error:  # noqa: BLE001  as above
            if len(prepared) == 1:
                return [(None, error)]
            return [answer for item in prepared for answer in self._answers([item])]


@contextmanager
def decoding_threads() -> Iterator[ThreadPoolExecutor]:
    """The threads of a pipeline. What has not begun when the block ends never does."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="prepare")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
