"""The report of a batch: who read what with which model, and every radiograph with its verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import BinaryIO

from core import __version__
from core.card import ModelCard
from core.csv_text import probability_text
from core.domain import Band, Review, Verdict
from core.errors import FractureReviewError
from core.imaging.overlay import display, render, resize_to_radiograph
from core.imaging.preprocess import fit
from core.prediction.caution import cautions
from core.processes import now
from core.reading.champion import ModelVersions
from core.reading.output import pictures
from core.reading.output.document import CaseSheet, Document, ReportTable
from core.reading.review.performance import Performance, measure
from core.reading.review.visibility import redact, visibility
from core.reading.viewing import Viewing
from core.statistics.agreement import Figure
from core.store import batches, performance_records, reviews, worklist_rows
from core.store.batch_records import Batch, BatchEvent
from core.store.database import Database
from core.store.records import WorklistFilter, WorklistRow

OVERLAY_BANDS = (Band.POSITIVE, Band.DOUBT)  # in the others an overlay means nothing


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
            reader: for whom it is written; what this reader may not see yet is left out, see `visibility`.

        Raises:
            NotFoundError: no such batch.
        """
        from core.reading.output import pdf  # here, because reportlab is slow to import and seldom needed

        pdf.write(stream, self.document(batch_id, names, reader))

    def document(self, batch_id: int, names: bool = True, reader: str = "") -> Document:
        """Collect what the report says. Its cases are read one by one, while the report is drawn. As `write`."""
        with self._database.reading() as connection:
            batch = batches.find(connection, batch_id)
            events = batches.events(connection, batch_id)
            refused = len(batches.refusals(connection, batch_id))
            reviewed = performance_records.reviewed_cases(connection, batch_id)
            predicted = performance_records.predicted_cases(connection, batch_id)
            criteria = WorklistFilter(batch_id=batch_id)
            rows = [row for chunk in worklist_rows.stream(connection, criteria, reader) for row in chunk]
            all_reviews = reviews.of_entries(connection, [row.entry_id for row in rows])
        visible = [redact(row) for row in rows]
        tables = [_batch_facts(batch, rows, refused, self._operating_points(batch.model_version))]
        tables.append(_verdicts_by_band(visible))
        if all(visibility(row).model and visibility(row).others for row in rows):
            tables.append(_figures(measure(reviewed, predicted)))
        tables.append(_events(events))
        return Document(
            title=batch.name,
            status=_status(batch),
            tables=tuple(table for table in tables if table.rows),
            cases=self._cases(rows, visible, all_reviews, names, reader),
        )

    def _operating_points(self, version: str) -> list[tuple[str, str]]:
        try:
            points = self._models.get(version).card.operating_points
        except FractureReviewError:
            return [("Operating points", "unknown: this version is no longer in the registry")]
        return [
            (
                f"{point.name.replace('_', ' ').capitalize()} from",
                f"{point.threshold:.3g}: sensitivity {_share(point.sensitivity)}, "
                f"specificity {_share(point.specificity)}, measured on {point.measured_on or 'nothing'}",
            )
            for point in points
        ]

    def _cases(
        self,
        rows: Sequence[WorklistRow],
        visible: Sequence[WorklistRow],
        all_reviews: dict[int, list[Review]],
        names: bool,
        reader: str,
    ) -> Iterator[CaseSheet]:
        for number, (row, shown) in enumerate(zip(rows, visible, strict=True), 1):
            sees_others = visibility(row).others
            known = [each for each in all_reviews.get(row.entry_id, ()) if sees_others or each.reader == reader]
            picture, overlay, problem = self._pictures(shown, known)
            yield CaseSheet(
                title=f"{number}  {row.file_name if names else row.short_id}",
                picture=picture,
                overlay=overlay,
                lines=(
                    *_case_lines(shown, known, self._models.card(row.model_version)),
                    *((("Picture", problem),) if problem else ()),
                ),
            )

    def _pictures(self, row: WorklistRow, known: Sequence[Review]) -> tuple[bytes | None, bytes | None, str]:
        """Draw the radiograph with its marks, and its overlay, as JPEG; or say why they cannot be drawn."""
        try:
            radiograph = self._viewing.radiograph(row.entry_id)
            grey = pictures.reduce(display(radiograph.pixels, radiograph.window))
            marks = [mark for review in known for mark in review.marks if review.verdict]
            drawn = pictures.draw_marks(grey, marks, grey.shape[1] / row.width)
            overlay = None
            if row.band in OVERLAY_BANDS and row.prediction_id is not None:
                found = self._viewing.heatmap(row.entry_id, row.prediction_id)
                if found is not None and found.heatmap.has_evidence:
                    spec = self._models.get(row.model_version).card.input
                    values = resize_to_radiograph(found.heatmap.values, fit(grey.shape[1], grey.shape[0], spec))
                    overlay = pictures.encode_jpeg(render(grey, values))
            return pictures.encode_jpeg(drawn), overlay, ""
        except FractureReviewError as error:
            return None, None, str(error)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _status(batch: Batch) -> str:
    if batch.signed_at is None:
        return "Draft: this batch is not signed, and its verdicts may change."
    return f"Signed by {batch.signed_by} at {_moment(batch.signed_at)}."


def _batch_facts(batch: Batch, rows: Sequence[WorklistRow], refused: int, points: list[tuple[str, str]]) -> ReportTable:
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
    return ReportTable("", (), tuple(fact for fact in facts if fact[1]))


def _mode(batch: Batch) -> str:
    second = f"; {batch.plan.second_share:.0%} with a second reader" if batch.plan.second_share else ""
    return f"{batch.plan.mode.replace('_', ' ')}{second}"


def _verdicts_by_band(rows: Sequence[WorklistRow]) -> ReportTable:
    names: list[tuple[str, Band | None]] = [(band.replace("_", " "), band) for band in Band]
    counted = []
    for name, band in [*names, ("no answer shown", None)]:
        verdicts = [row.verdict for row in rows if row.band is band]
        if verdicts:
            counts = [str(verdicts.count(verdict)) for verdict in (*Verdict, None)]
            counted.append((name, str(len(verdicts)), *counts))
    heads = ("band", "radiographs", *(verdict.replace("_", " ") for verdict in Verdict), "no verdict")
    return ReportTable("Verdicts that count, by what the model says", heads, tuple(counted))


def _figures(performance: Performance) -> ReportTable:
    """Agreement, the model at its operating points, switches and times, with 95 % intervals."""
    rows = [(f"kappa of {pair.first} and {pair.second}", *_cells(pair.kappa)) for pair in performance.between_readers]
    rows += [(f"kappa of {group.name} and the model", *_cells(group.figure)) for group in performance.with_model]
    for point in performance.model:
        if not point.unaided:
            name = point.name.replace("_", " ")
            rows.append((f"sensitivity of the model, {name} point", *_cells(point.sensitivity)))
            rows.append((f"specificity of the model, {name} point", *_cells(point.specificity)))
    rows.append(("switched once the answer was shown", *_cells(performance.switches.all)))
    rows += [
        (f"seconds to a verdict, {g.name.replace('_', ' ')}, median", *_cells(g.figure)) for g in performance.seconds
    ]
    measured = tuple(row for row in rows if row[1])
    return ReportTable(
        "Figures against the reviews of this batch", ("figure", "value", "95 % interval", "of"), measured
    )


def _cells(figure: Figure) -> tuple[str, str, str]:
    if figure.value is None:
        return "", "", ""
    interval = f"{figure.interval[0]:.2f} to {figure.interval[1]:.2f}" if figure.interval else ""
    return f"{figure.value:.2f}", interval, str(figure.n)


def _events(events: Sequence[BatchEvent]) -> ReportTable:
    rows = tuple(
        (_moment(event.created), event.state.replace("_", " "), event.reader, event.reason) for event in events
    )
    return ReportTable("How its state came about", ("when", "state", "who", "why"), rows)


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _case_lines(row: WorklistRow, known: Sequence[Review], card: ModelCard | None) -> Iterator[tuple[str, str]]:
    facts = " ".join(fact for fact in (row.dicom.laterality, row.dicom.body_part, row.dicom.view) if fact)
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
    for caution in cautions(row.presentation, row.dicom.body_part, row.probability is not None, card):
        yield "", caution
    for review in known:
        verdict = review.verdict.replace("_", " ") if review.verdict else "taken back"
        how = "adjudicating" if review.adjudication else "the answer in sight" if review.aided else "unaided"
        yield "Verdict", f"{verdict}, by {review.reader}, {how}, {_moment(review.created)}"
        if review.comment:
            yield "", review.comment
        for mark in review.marks:
            if mark.note:
                yield "", f"{mark.kind}: {mark.note}"
    if not known:
        yield "Verdict", "none"
