"""The records that the store returns: frozen, with times in UTC. `core.reading` passes them on to the screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain import Band, DicomAttributes, Presentation, ReadingMode, Verdict, Window, WorkerState, WorkState

SEARCH_LENGTH = 500


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """Which batch entries a worklist shows. An empty attribute lets every entry pass.

    Attributes:
        text: part of a file name in any case, or the beginning of a SHA-256.
        reviewed: True for those with a standing verdict of any reader, False for those without.
        disputed: only those whose readers differ, and that nobody has adjudicated.
    """

    batch_id: int | None = None
    bands: tuple[Band, ...] = ()
    statuses: tuple[WorkState, ...] = ()
    text: str = ""
    reviewed: bool | None = None
    disputed: bool = False

    def __post_init__(self) -> None:
        """Write equal filters in one way, so that they compare equal and their orders have one id."""
        object.__setattr__(self, "bands", tuple(sorted(set(self.bands))))
        object.__setattr__(self, "statuses", tuple(sorted(set(self.statuses))))
        object.__setattr__(self, "text", self.text.strip()[:SEARCH_LENGTH])


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of entries by band, by state of the prediction, and with a verdict; named as the enums' values."""

    total: int = 0
    positive: int = 0
    doubt: int = 0
    negative: int = 0
    not_assessable: int = 0
    waiting: int = 0
    claimed: int = 0
    predicted: int = 0
    failed: int = 0
    reviewed: int = 0
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An entry's position in an order, from 0, and the entries beside it; all None where it is not in the order."""

    position: int | None
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class WorklistOrder:
    """A frozen order of the worklist, which later entries and predictions do not change.

    Attributes:
        id: a hash of the content; equal content has an equal id.
        entry_mark: the highest entry id when the order was made; higher ones came since.
        settled_mark: the highest value of `work.settled` then; rows with a higher one were predicted or failed since.
    """

    id: str
    filter: WorklistFilter
    entry_ids: tuple[int, ...]
    created: datetime
    entry_mark: int
    settled_mark: int

    @property
    def adjudicating(self) -> bool:
        """Whether the order is one of disputed entries, which are opened for adjudication."""
        return self.filter.disputed

    def neighbours(self, entry_id: int) -> Neighbours:
        """Find an entry's place and its neighbours."""
        if entry_id not in self.entry_ids:
            return Neighbours(None, None, None)
        at = self.entry_ids.index(entry_id)
        before = self.entry_ids[at - 1] if at > 0 else None
        after = self.entry_ids[at + 1] if at + 1 < len(self.entry_ids) else None
        return Neighbours(at, before, after)


@dataclass(frozen=True, slots=True)
class RadiographRecord:
    """A radiograph without its pixels; see `Radiograph`."""

    id: int
    sha256: str
    page: int
    width: int
    height: int
    bit_depth: int
    format: str
    window: Window
    dicom: DicomAttributes
    warnings: tuple[str, ...]

    @property
    def short_id(self) -> str:
        """As `short_id` makes it."""
        return short_id(self.sha256, self.page)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One batch entry with its radiograph, its prediction and its verdict.

    Attributes:
        short_id: see `short_id`; for people to compare.
        model_version: the version that predicts this entry, also while it waits.
        band, probability, score, thresholds, prediction_id: None until it is predicted; `probability` stays None where
            it is not assessable, and `reason` says why.
        presentation: see `Prediction`.
        error: why the prediction failed.
        mode, revealed: the batch's.
        readers_wanted, verdicts_given: how many readers shall give a verdict, and how many verdicts stand.
        disputed: its readers differ, and nobody has adjudicated.
        has_read: the reader whom this row was made for has given a verdict, also one that was taken back.
        has_confirmed: that reader has given one with the prediction on the screen.
        verdict, reviewer, comment, reviewed_at: the standing adjudication, else any reader's newest standing review.
        adjudicated: the verdict is an adjudication, and so the reference standard.
        reviewed_prediction_id: the prediction that the reviewer had on the screen.
        redacted: the prediction is hidden from the reader whom this row was made for.
        thumbnail: an encoded picture; empty where the caller wanted none.
    """

    entry_id: int
    short_id: str
    radiograph_id: int
    sha256: str
    page: int
    file_name: str
    batch_id: int
    batch_name: str
    signed: bool
    status: WorkState
    error: str
    width: int
    height: int
    bit_depth: int
    format: str
    window: Window
    dicom: DicomAttributes
    warnings: tuple[str, ...]
    prediction_id: int | None
    model_version: str
    model_sha256: str
    band: Band | None
    reason: str
    presentation: Presentation | None
    probability: float | None
    score: float | None
    threshold_low: float | None
    threshold_high: float | None
    saliency_xy: tuple[int, int] | None
    predicted_at: datetime | None
    verdict: Verdict | None
    reviewer: str
    comment: str
    reviewed_at: datetime | None
    reviewed_prediction_id: int | None
    adjudicated: bool
    mode: ReadingMode
    revealed: bool
    readers_wanted: int
    verdicts_given: int
    disputed: bool
    has_read: bool
    has_confirmed: bool
    created: datetime
    thumbnail: bytes = b""
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """One row of the queue that a worker has claimed.

    Attributes:
        alone: a process that held the row before has ended, so the worker predicts nothing else together with it.
    """

    work_id: int
    radiograph: RadiographRecord
    model_version: str
    alone: bool


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker process as it last reported. `owner` is its `processes.name_of`."""

    owner: str
    code_version: str
    state: WorkerState
    started: datetime
    heartbeat: datetime


def short_id(sha256: str, page: int) -> str:
    """The first eight hex digits of the SHA-256, with `-2` for the second page of a file and so on."""
    return sha256[:8] + (f"-{page + 1}" if page else "")
