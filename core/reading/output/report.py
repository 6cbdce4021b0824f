"""The report of a batch: what was read, by whom, with what, and every radiograph with its verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

import cv2
import numpy as np

from core import __version__
from core.domain import Band, Mark, MarkKind, Review, Verdict
from core.errors import FractureReviewError
from core.imaging.overlay import display, render, resize_to_radiograph
from core.imaging.preprocess import InputSpec, fit
from core.prediction.caution import cautions
from core.processes import now
from core.reading.champion import ModelVersions
from core.reading.output.worklist_csv import probability_text
from core.reading.review.performance import Performance, measure
from core.reading.review.visibility import redact, visibility
from core.reading.viewing import Viewing
from core.statistics.agreement import Figure
from core.store import batches, performance_records, reviews, worklist_rows
from core.store.batch_records import Batch, BatchEvent
from core.store.database import Database
from core.store.records import WorklistFilter, WorklistRow

PICTURE_PIXELS = 640  # on the longer side: 250 to the inch at the size it is printed
JPEG_QUALITY = 85
AMBER = (227, 163, 65)  # of marks, RGB
NOT_A_MEDICAL_DEVICE = "Not a medical device. For research and education; every radiograph needs a reader."
SHOWN_BANDS = (Band.POSITIVE, Band.DOUBT)  # in the others the heatmap means nothing


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a heading; `heads` may be empty."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One radiograph: its pictures as JPEG, None where there is none, and lines of (what, value)."""

    title: str
    picture: bytes | None
    overlay: bytes | None
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a report says, before it is drawn."""

    title: str
    status: str
    tables: tuple[Table, ...]
    cases: Iterable[CaseSheet]
    footer: str = NOT_A_MEDICAL_DEVICE


class Report:
    """Reports of batches as PDF."""

    def __init__(self, database: Database, viewing: Viewing, models: ModelVersions) -> None:
        self._database = database
        self._viewing = viewing
        self._models = models

    def write(self, batch_id: int, stream: BinaryIO, names: bool = True, reader: str = "") -> None:
        """Draw the report of a batch, A4.

        Args:
            names: False leaves file names out.
            reader: who will see it, and so what is held back while the batch is read; see `modes`.

        Raises:
            NotFoundError: no such batch.
        """
        from core.reading.output import pdf  # here, because reportlab is slow to import and seldom needed

        pdf.write(stream, self.document(batch_id, names, reader))

    def document(self, batch_id: int, names: bool = True, reader: str = "") -> Document:
        """What the report says; its cases are read and drawn one by one, as they are asked for."""
        with self._database.reading() as connection:
            batch = batches.find(connection, batch_id)
            events = batches.events(connection, batch_id)
            refused = len(batches.refusals(connection, batch_id))
            said = performance_records.reviewed_cases(connection, batch_id)
            predicted = performance_records.predicted_cases(connection, batch_id)
            wanted = WorklistFilter(batch_id=batch_id)
            rows = [row for chunk in worklist_rows.stream(connection, wanted, reader) for row in chunk]
            reviewed = reviews.of_entries(connection, [row.entry_id for row in rows])
        redacted = [redact(row) for row in rows]
        tables = [_facts(batch, rows, refused, self._operating_points(batch.model_version))]
        tables.append(_verdicts_by_band(redacted))
        if all(visibility(row).model and visibility(row).others for row in rows):
            tables.append(_figures(measure(said, predicted)))
        tables.append(_events(events))
        return Document(
            title=batch.name,
            status=_status(batch),
            tables=tuple(table for table in tables if table.rows),
            cases=self._cases(rows, redacted, reviewed, names, reader),
        )

    def _operating_points(self, version: str) -> list[tuple[str, str]]:
        try:
            points = self._models.get(version).card.get("operating_points", ())
        except FractureReviewError:
            return [("Operating points", "unknown: this version is no longer in the registry")]
        return [
            (
                f"{str(point['name']).replace('_', ' ').capitalize()} from",
                f"{point['threshold']:.3g}: sensitivity {point['sensitivity']:.2f}, "
                f"specificity {point['specificity']:.2f}, measured on {point['measured_on']}",
            )
            for point in points
        ]

    def _cases(
        self,
        rows: Sequence[WorklistRow],
        redacted: Sequence[WorklistRow],
        reviewed: dict[int, list[Review]],
        names: bool,
        reader: str,
    ) -> Iterator[CaseSheet]:
        for number, (row, shown) in enumerate(zip(rows, redacted, strict=True), 1):
            everybody = visibility(row).others
            said = [r for r in reviewed.get(row.entry_id, ()) if everybody or r.reader == reader]
            picture, overlay, problem = self._pictures(shown, said)
            yield CaseSheet(
                title=f"{number}  {row.file_name if names else row.short_id}",
                picture=picture,
                overlay=overlay,
                lines=(
                    *_case_lines(shown, said, self._models.card(row.model_version)),
                    *((("Picture", problem),) if problem else ()),
                ),
            )

    def _pictures(self, row: WorklistRow, said: Sequence[Review]) -> tuple[bytes | None, bytes | None, str]:
        """The radiograph with its marks, the overlay where it means something, and what went wrong."""
        try:
            radiograph = self._viewing.radiograph(row.entry_id)
            grey = _small(display(radiograph.pixels, radiograph.window))
            marks = [mark for review in said for mark in review.marks if review.verdict]
            drawn = _draw(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), marks, grey.shape[1] / row.width)
            overlay = None
            if row.band in SHOWN_BANDS and row.prediction_id is not None:
                found = self._viewing.heatmap(row.entry_id, row.prediction_id)
                if found is not None and found.heatmap.has_evidence:
                    spec = InputSpec.from_card(self._models.get(row.model_version).card["input"])
                    values = resize_to_radiograph(found.heatmap.values, fit(grey.shape[1], grey.shape[0], spec))
                    overlay = _jpeg(render(grey, values))
            return _jpeg(drawn), overlay, ""
        except FractureReviewError as error:
            return None, None, str(error)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _status(batch: Batch) -> str:
    if batch.signed_at is None:
        return "Draft: this batch is not signed, and its verdicts may change."
    return f"Signed by {batch.signed_by} at {_moment(batch.signed_at)}."


def _facts(batch: Batch, rows: Sequence[WorklistRow], refused: int, points: list[tuple[str, str]]) -> Table:
    weights = sorted({row.model_sha256 for row in rows if row.model_sha256})
    facts = [
        ("Batch", f"{batch.name} ({batch.id})"),
        ("Made", f"{_moment(batch.created)} by {batch.reader}"),
        ("State", batch.state.replace("_", " ")),
        ("Reading", _mode(batch)),
        (
            "Radiographs",
            f"{len(rows)}; {sum(row.verdict is None for row in rows)} without a verdict; {refused} refused",
        ),
        ("Model", batch.model_version),
        ("Weights, SHA-256", ", ".join(weights)),
        *points,
        ("Software", f"Fracture Review {__version__}"),
        ("Report of", _moment(now())),
    ]
    return Table("", (), tuple(fact for fact in facts if fact[1]))


def _mode(batch: Batch) -> str:
    second = f"; {batch.plan.second_share:.0%} with a second reader" if batch.plan.second_share else ""
    return f"{batch.plan.mode.replace('_', ' ')}{second}"


def _verdicts_by_band(rows: Sequence[WorklistRow]) -> Table:
    names: list[tuple[str, Band | None]] = [(band.replace("_", " "), band) for band in Band]
    counted = []
    for name, band in [*names, ("no answer shown", None)]:
        verdicts = [row.verdict for row in rows if row.band is band]
        if verdicts:
            counts = [str(verdicts.count(verdict)) for verdict in (*Verdict, None)]
            counted.append((name, str(len(verdicts)), *counts))
    heads = ("band", "radiographs", *(verdict.replace("_", " ") for verdict in Verdict), "no verdict")
    return Table("Verdicts that count, by what the model says", heads, tuple(counted))


def _figures(found: Performance) -> Table:
    """What can be said of the batch as a whole, with 95 % intervals."""
    rows = [(f"kappa of {pair.first} and {pair.second}", *_cells(pair.kappa)) for pair in found.between_readers]
    rows += [(f"kappa of {group.name} and the model", *_cells(group.figure)) for group in found.with_model]
    for point in found.model:
        if not point.unaided:
            name = point.name.replace("_", " ")
            rows.append((f"sensitivity of the model, {name} point", *_cells(point.sensitivity)))
            rows.append((f"specificity of the model, {name} point", *_cells(point.specificity)))
    rows.append(("switched once the answer was shown", *_cells(found.switches.all)))
    rows += [(f"seconds to a verdict, {g.name.replace('_', ' ')}, median", *_cells(g.figure)) for g in found.seconds]
    known = tuple(row for row in rows if row[1])
    return Table("Figures against the reviews of this batch", ("figure", "value", "95 % interval", "of"), known)


def _cells(figure: Figure) -> tuple[str, str, str]:
    if figure.value is None:
        return "", "", ""
    interval = f"{figure.interval[0]:.2f} to {figure.interval[1]:.2f}" if figure.interval else ""
    return f"{figure.value:.2f}", interval, str(figure.n)


def _events(events: Sequence[BatchEvent]) -> Table:
    rows = tuple(
        (_moment(event.created), event.state.replace("_", " "), event.reader, event.reason) for event in events
    )
    return Table("How its state came about", ("when", "state", "who", "why"), rows)


def _case_lines(row: WorklistRow, said: Sequence[Review], card: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    facts = " ".join(fact for fact in (row.facts.laterality, row.facts.body_part, row.facts.view) if fact)
    yield "Id", row.short_id
    if facts:
        yield "View", facts
    if row.band is not None:
        answer = f"{row.band.replace('_', ' ')} {probability_text(row.probability)}".rstrip()
        yield "Model", f"{answer} by {row.model_version}"
    elif row.redacted:
        yield "Model", "held back while the batch is read"
    else:
        yield "Model", f"no answer: {row.error or row.status}"
    if row.reason:
        yield "", row.reason
    for caution in cautions(row.presentation, row.facts.body_part, row.probability is not None, card):
        yield "", caution
    for review in said:
        verdict = review.verdict.replace("_", " ") if review.verdict else "taken back"
        how = "adjudicating" if review.adjudication else "the answer in sight" if review.aided else "unaided"
        yield "Verdict", f"{verdict}, by {review.reader}, {how}, {_moment(review.created)}"
        if review.comment:
            yield "", review.comment
        for mark in review.marks:
            if mark.note:
                yield "", f"{mark.kind}: {mark.note}"
    if not said:
        yield "Verdict", "none"


def _small(grey: np.ndarray) -> np.ndarray:
    """(H, W) uint8, reduced to `PICTURE_PIXELS` on its longer side."""
    height, width = grey.shape
    scale = min(1.0, PICTURE_PIXELS / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return grey if scale == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _draw(picture: np.ndarray, marks: Sequence[Mark], scale: float) -> np.ndarray:
    """Marks on an (H, W, 3) uint8 RGB picture that is `scale` times its radiograph."""
    drawn = picture.copy()
    for mark in marks:
        start = (round(mark.x * scale), round(mark.y * scale))
        end = (round(mark.x2 * scale), round(mark.y2 * scale))
        match mark.kind:
            case MarkKind.BOX:
                cv2.rectangle(drawn, start, end, AMBER, 2, cv2.LINE_AA)
            case MarkKind.ARROW:
                cv2.arrowedLine(drawn, start, end, AMBER, 2, cv2.LINE_AA, tipLength=0.25)
            case MarkKind.POINT:
                cv2.circle(drawn, start, 5, AMBER, 2, cv2.LINE_AA)
    return drawn


def _jpeg(picture: np.ndarray) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()
