"""The words of the house: frozen data, shared by every layer, with no behaviour but their own.

Arrays are (height, width); coordinates are (x, y) from the top left, in the radiograph's own pixels;
probabilities are always those of *fractured*, in [0, 1]; times are timezone-aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np


class Band(StrEnum):
    """Where a probability lies between the two operating points."""

    POSITIVE = "positive"
    DOUBT = "doubt"
    NEGATIVE = "negative"
    NOT_ASSESSABLE = "not_assessable"

    @classmethod
    def of(cls, probability: float | None, low: float, high: float) -> Band:
        """Place a probability between two thresholds; each threshold belongs to the band above it.

        Args:
            probability: of *fractured*, calibrated; None where the radiograph is not assessable.
            low, high: the thresholds of the high-sensitivity and the high-specificity operating point.
        """
        if probability is None:
            return cls.NOT_ASSESSABLE
        if probability >= high:
            return cls.POSITIVE
        return cls.DOUBT if probability >= low else cls.NEGATIVE


class Presentation(StrEnum):
    """How a radiograph looks that is not presented as it should be: bones bright, and not turned by a quarter."""

    INVERTED = "inverted"
    TURNED = "turned"


class Verdict(StrEnum):
    """What a review says of a radiograph."""

    FRACTURED = "fractured"
    NOT_FRACTURED = "not_fractured"
    UNSURE = "unsure"
    NOT_ASSESSABLE = "not_assessable"


class WorkState(StrEnum):
    """How far the reading of one radiograph by one model version has come."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    PREDICTED = "predicted"
    FAILED = "failed"


class BatchState(StrEnum):
    """The life of a batch. A signed or archived one is frozen: neither verdicts nor predictions change."""

    OPEN = "open"
    READING = "being_read"
    SIGNED = "signed"
    ARCHIVED = "archived"

    @property
    def is_frozen(self) -> bool:
        return self in (BatchState.SIGNED, BatchState.ARCHIVED)


class IntakeState(StrEnum):
    """How far the intake of one drop of files has come. INTERRUPTED: its process has ended; what it took in is stored."""

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class WorkerState(StrEnum):
    """What a worker reported last."""

    STARTING = "starting"
    IDLE = "idle"
    READING = "reading"


class ReadingMode(StrEnum):
    """When a reader of a batch sees the model's answer: at once, after a first verdict, or never while it is read."""

    AI_FIRST = "ai_first"
    UNAIDED_FIRST = "unaided_first"
    BLIND = "blind"


class MarkKind(StrEnum):
    """The shapes that a reader can draw."""

    BOX = "box"
    ARROW = "arrow"
    POINT = "point"


class JobKind(StrEnum):
    """What a process of its own does, so that nothing of it can be lost."""

    TRAINING = "training"
    COMPARISON = "comparison"
    AUDIT = "audit"


class JobState(StrEnum):
    """The life of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    FINISHED = "finished"

    @property
    def is_open(self) -> bool:
        return self in (JobState.WAITING, JobState.RUNNING, JobState.CANCELLING)


@dataclass(frozen=True, slots=True)
class Window:
    """The pixel values shown as black (`low`) and as white (`high`); low < high."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DicomAttributes:
    """The allow-list of what is kept of a DICOM header. `study` and `series` are salted pseudonyms, never UIDs."""

    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    laterality: str | None = None
    study: str | None = None
    series: str | None = None


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One decoded image.

    Attributes:
        sha256: hex digest of the original file's bytes (of the member's bytes for an archive).
        page: 0 for the only or first page of a file, counting up through the pages of a TIFF.
        name: the name it came under, as given; members as `a.zip/inner/x.png`, pages from the second on as `x.tif#2`.
        pixels: (H, W) uint8 or uint16, MONOCHROME2 (bone is bright), full depth, after the modality LUT.
        bit_depth: bits that carry information, 8 to 16.
        format: `JPEG`, `PNG`, `TIFF`, `BMP`, `WEBP` or `DICOM`.
        window: the default display window in pixel values.
        facts: what a DICOM header said, else all None.
        warnings: sentences for the reader, such as one about burned-in annotation.
    """

    sha256: str
    page: int
    name: str
    pixels: np.ndarray
    bit_depth: int
    format: str
    window: Window
    facts: DicomAttributes = field(default_factory=DicomAttributes)
    warnings: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file that was not taken in: its name as given, why, and what to do about it."""

    name: str
    reason: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Grad-CAM evidence for *fractured*.

    Attributes:
        values: (h, w) float32 in [0, 1] on the network's own grid, over the preprocessed (letterboxed) input.
        has_evidence: False where the weighted sum was nowhere positive; `values` is then all zeros.
        model_version: the version that made it.
    """

    values: np.ndarray
    has_evidence: bool
    model_version: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one model version says of one radiograph.

    Attributes:
        model_version, model_sha256: the version that made it and the checksum of its weights.
        score: the network's sigmoid as *fractured*, uncalibrated.
        probability: calibrated; None where the radiograph is not assessable.
        band: from the two thresholds.
        threshold_low, threshold_high: the thresholds of the high-sensitivity and the high-specificity operating point.
        saliency_xy: the heatmap's peak in the radiograph's pixels, or None without evidence.
        heatmap: the evidence, None where it was not asked for.
        reason: why the radiograph is not assessable, else empty.
        presentation: what is wrong with how it is presented, as far as its looks tell.
    """

    model_version: str
    model_sha256: str
    score: float
    probability: float | None
    band: Band
    threshold_low: float
    threshold_high: float
    saliency_xy: tuple[int, int] | None
    heatmap: Heatmap | None
    reason: str = ""
    presentation: Presentation | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reader drew on a radiograph, in its own pixels.

    Attributes:
        x, y, x2, y2: two corners of a box, the upper left one first; tail and tip of an arrow; a point itself, twice.
    """

    kind: MarkKind
    x: float
    y: float
    x2: float
    y2: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """One reader's verdict on one batch entry, bound to the prediction that was on the screen. Append-only.

    Attributes:
        prediction_id: what was in sight; None where the model's answer was not.
        verdict: None where the reader took the verdict before it back.
        mode: the batch's.
        shown_at: when the radiograph came on the screen, as far as it is known.
        adjudication: a verdict on readers who differ, which is the reference standard, rather than a reading.
    """

    id: int
    entry_id: int
    reader: str
    prediction_id: int | None
    verdict: Verdict | None
    comment: str
    created: datetime
    marks: tuple[Mark, ...] = ()
    mode: ReadingMode = ReadingMode.AI_FIRST
    shown_at: datetime | None = None
    adjudication: bool = False

    @property
    def aided(self) -> bool:
        """Whether the model's answer was in sight."""
        return self.prediction_id is not None


@dataclass(frozen=True, slots=True)
class EpochFigures:
    """What one epoch of training gave. Rates are shares in [0, 1]; hit_rate is None without boxes."""

    stage: int
    epoch: int
    loss: float
    accuracy: float
    tuning_loss: float
    auc: float
    sensitivity: float
    specificity: float
    hit_rate: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """A training, a comparison or an audit: asked for, waiting in line, done by one process at a time, never forgotten.

    Attributes:
        version: what a training makes; of a comparison, the challenger; empty for an audit.
        against: the other version of a comparison; empty for others.
        manifest_sha256: the data set; empty for an audit, which comes before it.
        settings_json: the settings, as JSON.
        owner: the process at it, by `processes.name_of`; empty for none.
        heartbeat: its last sign of life.
        attempts: how many processes have begun it, since its last finished epoch.
        phase: what it is doing, in words; `done` of `total` steps of it are behind it.
        seconds_left: of the training itself, as far as that can be told.
        peak_bytes: the most memory it has held.
        reason: why it failed, else empty.
    """

    id: int
    kind: JobKind
    state: JobState
    version: str
    against: str
    manifest_sha256: str
    settings_json: str
    reader: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    owner: str
    heartbeat: datetime | None
    attempts: int
    phase: str
    done: int
    total: int
    seconds_left: float | None
    peak_bytes: int | None
    reason: str

    @property
    def fraction(self) -> float:
        """Of the phase, in [0, 1]."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Action(StrEnum):
    """How a version came to serve."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A version serves from `created` on.

    Attributes:
        reader: who decided it.
        reason: what it rests on, in words.
        override: it was decided although no comparison supports it.
        comparison_id: the comparison it rests on, if any.
    """

    version: str
    action: Action
    reader: str
    reason: str
    override: bool
    comparison_id: int | None
    created: datetime


@dataclass(frozen=True, slots=True)
class TestLook:
    """A version was measured on a test split: each look makes the next one count a little less."""

    version: str
    test_sha256: str
    reader: str
    why: str
    created: datetime
