"""What the store hands out: frozen data, times in UTC. `core.reading` gives these to the screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain import Band, DicomAttributes, Presentation, ReadingMode, Verdict, Window, WorkerState, WorkState

SEARCH_LENGTH = 500


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """Which batch entries a worklist shows. An empty part lets everything pass.

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
        """The same wish is written in one way, so that it is equal and has one id."""
        object.__setattr__(self, "bands", tuple(sorted(set(self.bands))))
        object.__setattr__(self, "statuses", tuple(sorted(set(self.statuses))))
        object.__setattr__(self, "text", self.text.strip()[:SEARCH_LENGTH])


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are by band, by state of the reading, and with a verdict; named as those enums."""

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
    """Where an entry stands in an order, from 0, and which stand beside it. Nothing where it is not in it."""

    position: int | None
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class WorklistOrder:
    """A frozen worklist: what streams in later moves nothing in it.

    Attributes:
        id: a hash of the content; equal content has an equal id.
        entry_mark, settled_mark: where the store stood, for counting what came since.
    """

    id: str
    filter: WorklistFilter
    entry_ids: tuple[int, ...]
    created: datetime
    entry_mark: int
    settled_mark: int

    @property
    def adjudicating(self) -> bool:
        """Whether it is walked to settle what readers differ on."""
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
    """What the store knows of a radiograph, without its pixels."""

    id: int
    sha256: str
    page: int
    width: int
    height: int
    bit_depth: int
    format: str
    window: Window
    facts: DicomAttributes
    warnings: tuple[str, ...]

    @property
    def short_id(self) -> str:
        return short_id(self.sha256, self.page)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One batch entry with all that is known of it.

    Attributes:
        short_id: the beginning of the SHA-256, with the page where there are several; for people to compare.
        model_version: the version that this entry is read by, also while it waits.
        band, probability, score, thresholds, prediction_id: None until it is predicted; `probability` stays None where
            it is not assessable, and `reason` says why.
        presentation: what looks wrong with how it is presented.
        error: why the reading failed.
        mode, revealed: the batch's.
        readers_wanted, verdicts_given: how many readers it shall have, and how many have a standing verdict.
        disputed: its readers differ, and nobody has adjudicated.
        has_read, has_confirmed: whether the reader whom this row was made for ever gave a verdict, also one taken back;
            and whether they gave one with the model's answer in sight.
        verdict, reviewer, comment, reviewed_at: the standing adjudication, else any reader's newest standing review.
        adjudicated: whether it is the former, and so the reference standard.
        reviewed_prediction_id: what that reader had on the screen.
        redacted: the model's answer is held back from that reader.
        thumbnail: the encoded picture, where it was asked for.
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
    facts: DicomAttributes
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
class Claim:
    """One row of the queue that a worker holds.

    Attributes:
        alone: it was claimed before by a process that ended, so nothing else should be at risk with it.
    """

    work_id: int
    radiograph: RadiographRecord
    model_version: str
    alone: bool


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker process as it last reported. `owner` names the process."""

    owner: str
    code_version: str
    state: WorkerState
    started: datetime
    heartbeat: datetime


def short_id(sha256: str, page: int) -> str:
    """Eight hex digits, with `-2` for the second page of a file and so on."""
    return sha256[:8] + (f"-{page + 1}" if page else "")
