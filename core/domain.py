"""The terms of the product: frozen data, shared by every layer, with no behaviour but their own.

Arrays are (height, width); coordinates are (x, y) from the top left, in the radiograph's own pixels;
probabilities are always those of *fractured*, in [0, 1]; times are timezone-aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np


class Band(StrEnum):
    """Where a probability lies relative to the two operating points."""

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
    """What is wrong with how a radiograph is presented: bones are dark, or it is turned by 90 degrees."""

    INVERTED = "inverted"
    TURNED = "turned"


class Verdict(StrEnum):
    """The statement of a review about a radiograph."""

    FRACTURED = "fractured"
    NOT_FRACTURED = "not_fractured"
    UNSURE = "unsure"
    NOT_ASSESSABLE = "not_assessable"


class WorkState(StrEnum):
    """The progress of the prediction of one radiograph by one model version."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    PREDICTED = "predicted"
    FAILED = "failed"


class BatchState(StrEnum):
    """The state of a batch. A signed or archived batch is frozen: neither its verdicts nor its predictions change."""

    OPEN = "open"
    READING = "being_read"
    SIGNED = "signed"
    ARCHIVED = "archived"

    @property
    def is_frozen(self) -> bool:
        """Whether nothing in the batch changes."""
        return self in (BatchState.SIGNED, BatchState.ARCHIVED)


class IntakeState(StrEnum):
    """The progress of the intake of one drop of files.

    INTERRUPTED: the process that took the files in has ended; what it had taken in is stored.
    """

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class WorkerState(StrEnum):
    """The activity that a worker reported last."""

    STARTING = "starting"
    IDLE = "idle"
    READING = "reading"


class ReadingMode(StrEnum):
    """When the reader of a batch sees a prediction: at once, after a first verdict, or once the batch is signed."""

    AI_FIRST = "ai_first"
    UNAIDED_FIRST = "unaided_first"
    BLIND = "blind"


class MarkKind(StrEnum):
    """The shapes that a reader can draw."""

    BOX = "box"
    ARROW = "arrow"
    POINT = "point"


class JobKind(StrEnum):
    """The work that runs in a process of its own."""

    TRAINING = "training"
    COMPARISON = "comparison"
    AUDIT = "audit"


class JobState(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    FINISHED = "finished"

    @property
    def is_open(self) -> bool:
        """Whether the job has not ended yet."""
        return self in (JobState.WAITING, JobState.RUNNING, JobState.CANCELLING)


@dataclass(frozen=True, slots=True)
class Window:
    """The pixel values shown as black (`low`) and as white (`high`); low < high."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DicomAttributes:
    """The attributes of a DICOM header that are stored. `study` and `series` are salted pseudonyms, never UIDs."""

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
        name: the file's name as given; members as `a.zip/inner/x.png`, pages from the second on as `x.tif#2`.
        pixels: (H, W) uint8 or uint16, MONOCHROME2 (bone is bright), full depth, after the modality LUT.
        bit_depth: bits that carry information, 8 to 16.
        format: `JPEG`, `PNG`, `TIFF`, `BMP`, `WEBP` or `DICOM`.
        window: the default display window in pixel values.
        dicom: the attributes of the DICOM header; all None for other formats.
        warnings: sentences for the reader, such as one about burned-in annotations.
    """

    sha256: str
    page: int
    name: str
    pixels: np.ndarray
    bit_depth: int
    format: str
    window: Window
    dicom: DicomAttributes = field(default_factory=DicomAttributes)
    warnings: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file that was not taken in: its name as given, the reason, and what the user can do."""

    name: str
    reason: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Grad-CAM evidence for *fractured*.

    Attributes:
        values: (h, w) float32 in [0, 1] on the network's own grid, over the preprocessed (letterboxed) input.
        has_evidence: False where the weighted sum was nowhere positive; `values` is then all zeros.
        model_version: the version that computed it.
    """

    values: np.ndarray
    has_evidence: bool
    model_version: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """The prediction of one model version for one radiograph.

    Attributes:
        model_version, model_sha256: the version that made it, and the SHA-256 of its weights.
        score: the network's sigmoid as *fractured*, uncalibrated.
        probability: calibrated; None where the radiograph is not assessable.
        band: from the two thresholds.
        threshold_low, threshold_high: the thresholds of the high-sensitivity and the high-specificity operating point.
        saliency_xy: the heatmap's peak in the radiograph's pixels, or None without evidence.
        heatmap: the evidence; None where the caller wanted none.
        reason: why the radiograph is not assessable, else empty.
        presentation: what is wrong with how the radiograph is presented, as estimated from its pixels; else None.
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
    """A shape that a reader drew on a radiograph, in the radiograph's own pixels.

    Attributes:
        x, y, x2, y2: two corners of a box, the upper left one first; tail and tip of an arrow; a point, twice.
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
        prediction_id: the prediction that was on the screen; None where none was.
        verdict: None where the reader took the earlier verdict back.
        mode: the batch's.
        shown_at: when the radiograph came on the screen; None where that is not known.
        adjudication: the review decides between readers who differ, and so gives the reference standard.
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
        """Whether a prediction was on the screen."""
        return self.prediction_id is not None


@dataclass(frozen=True, slots=True)
class EpochFigures:
    """The figures of one epoch of training.

    Attributes:
        loss, accuracy: on the training split, during the epoch.
        tuning_loss, auc, sensitivity, specificity: on the tuning split, after it; the last two at a score of 0.5.
        hit_rate: the share of the tuning radiographs with boxes whose heatmap peaks in a box; None without boxes.
        seconds: the duration of the epoch.
    """

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
    """A training, a comparison or an audit, which one process at a time works on.

    Attributes:
        version: the version that a training makes; the challenger of a comparison; empty for an audit.
        against: the other version of a comparison; else empty.
        manifest_sha256: the data set; empty for an audit, which is what makes one.
        settings_json: the settings, as JSON.
        reader: the one who started it.
        owner: the process that works on it, by `processes.name_of`; else empty.
        heartbeat: when that process reported last.
        attempts: the number of processes that have begun it, since its last finished epoch.
        phase: the step that it is at, in words; `done` of its `total` parts are finished.
        seconds_left: the estimated rest of a training; None where there is no estimate.
        peak_bytes: the most memory that its process has held.
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
        """The share of the phase that is finished, in [0, 1]."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class ChampionAction(StrEnum):
    """How a version became the champion."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A version is the champion from `created` on.

    Attributes:
        reader: the one who decided it.
        reason: the grounds, in words.
        override: it was decided although no comparison supports it.
        comparison_id: the job of the comparison that supports it; None where there is none.
    """

    version: str
    action: ChampionAction
    reader: str
    reason: str
    override: bool
    comparison_id: int | None
    created: datetime


@dataclass(frozen=True, slots=True)
class TestLook:
    """A measurement of a version on a test split. Each look makes the split a little less independent."""

    version: str
    test_sha256: str
    reader: str
    why: str
    created: datetime
