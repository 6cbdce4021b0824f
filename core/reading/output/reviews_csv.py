"""Reviews and marks as CSV and JSON: one row for each review, and one row for each mark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath

from core.csv_text import encode, number_text, time_text
from core.domain import MarkKind, Review, Verdict
from core.reading.output.worklist_csv import NAMES
from core.reading.review.marks import as_fractions, to_json
from core.reading.review.visibility import redact, visibility
from core.store import reviews, worklist_rows
from core.store.database import Database
from core.store.records import WorklistFilter, WorklistRow

REVIEW_COLUMNS = (
    "file",
    "sha256",
    "page",
    "batch",
    "body_part",
    "reader",
    "kind",
    "verdict",
    "standing",
    "comment",
    "mode",
    "aided",
    "shown_at",
    "reviewed_at",
    "seconds",
    "marks",
    "probability",
    "band",
    "presentation",
    "model_version",
)
MARK_COLUMNS = (
    "file",
    "left",
    "top",
    "width",
    "height",
    "kind",
    "note",
    "reader",
    "verdict",
    "x",
    "y",
    "x2",
    "y2",
    "sha256",
    "page",
    "batch",
    "reviewed_at",
)


class ReviewsCsv:
    """Writes the reviews of batch entries that a reader may see, in the worklist's order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> Iterator[dict[str, str]]:
        """Write one row for each review. The column `standing` tells those that count from those that were replaced.

        Args:
            names: False leaves the columns of `NAMES` out.
            reader: for whom the rows are redacted; see `visibility`.
        """
        columns = [column for column in REVIEW_COLUMNS if names or column not in NAMES]
        for row, review, standing in self._visible_reviews(criteria, reader):
            cells = _review_cells(row, review, standing)
            yield {column: cells[column] for column in columns}

    def csv(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> Iterator[bytes]:
        """Write `rows` as a stream of CSV; see `csv_text.encode`."""
        columns = [column for column in REVIEW_COLUMNS if names or column not in NAMES]
        return encode(columns, (row.values() for row in self.rows(criteria, names, reader)))

    def marks_csv(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> Iterator[bytes]:
        """Write one row for each mark of a standing review, in pixels and as fractions of the radiograph."""
        columns = [column for column in MARK_COLUMNS if names or column not in NAMES]
        cells = self._mark_cells(criteria, reader)
        return encode(columns, ([row[column] for column in columns] for row in cells))

    def boxes_csv(self, criteria: WorklistFilter, reader: str = "") -> Iterator[bytes]:
        """Write the boxes of verdicts *fractured* as `evaluate --boxes` reads them, with the bare name of the file."""
        columns = MARK_COLUMNS[:5]
        boxes = (
            row
            for row in self._mark_cells(criteria, reader)
            if (row["kind"], row["verdict"]) == (MarkKind.BOX, Verdict.FRACTURED)
        )
        named = (row | {"file": PurePosixPath(row["file"]).name} for row in boxes)
        return encode(columns, ([row[column] for column in columns] for row in named))

    def marks_json(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> bytes:
        """Write the marks of standing reviews as JSON: a list of reviews, each with its radiograph and its marks."""
        found = [
            ({"file": row.file_name} if names else {})
            | {"sha256": row.sha256, "page": row.page + 1, "width": row.width, "height": row.height}
            | {"reader": review.reader, "verdict": review.verdict, "reviewed_at": time_text(review.created)}
            | {"marks": to_json(review.marks)}
            for row, review, standing in self._visible_reviews(criteria, reader)
            if standing and review.marks
        ]
        return json.dumps(found, indent=1, ensure_ascii=False).encode()

    def _mark_cells(self, criteria: WorklistFilter, reader: str) -> Iterator[dict[str, str]]:
        for row, review, standing in self._visible_reviews(criteria, reader):
            for mark in review.marks if standing else ():
                fractions = map(number_text, as_fractions(mark, row.width, row.height))
                yield {
                    "file": row.file_name,
                    **dict(zip(MARK_COLUMNS[1:5], fractions, strict=True)),
                    "kind": mark.kind,
                    "note": mark.note,
                    "reader": review.reader,
                    "verdict": review.verdict or "",
                    **{name: f"{getattr(mark, name):g}" for name in ("x", "y", "x2", "y2")},
                    "sha256": row.sha256,
                    "page": str(row.page + 1),
                    "batch": row.batch_name,
                    "reviewed_at": time_text(review.created),
                }

    def _visible_reviews(self, criteria: WorklistFilter, reader: str) -> Iterator[tuple[WorklistRow, Review, bool]]:
        """Read each review that the reader may see, its row, and whether it stands, from one moment of the store."""
        with self._database.reading() as connection:
            for chunk in worklist_rows.stream(connection, criteria, reader):
                entry_ids = [row.entry_id for row in chunk]
                all_reviews = reviews.of_entries(connection, entry_ids)
                standing = {r.id for found in reviews.standing(connection, entry_ids).values() for r in found}
                for row in chunk:
                    sees_others = visibility(row).others
                    for review in all_reviews.get(row.entry_id, ()):
                        if sees_others or review.reader == reader:
                            yield redact(row), review, review.id in standing


def _review_cells(row: WorklistRow, review: Review, standing: bool) -> dict[str, str]:
    seconds = (review.created - review.shown_at).total_seconds() if review.shown_at else None
    return {
        "file": row.file_name,
        "sha256": row.sha256,
        "page": str(row.page + 1),
        "batch": row.batch_name,
        "body_part": row.dicom.body_part or "",
        "reader": review.reader,
        "kind": "adjudication" if review.adjudication else "reading",
        "verdict": review.verdict or "taken_back",
        "standing": "yes" if standing else "no",
        "comment": review.comment,
        "mode": review.mode,
        "aided": "yes" if review.aided else "no",
        "shown_at": time_text(review.shown_at),
        "reviewed_at": time_text(review.created),
        "seconds": "" if seconds is None else f"{seconds:.1f}",
        "marks": str(len(review.marks)),
        "probability": number_text(row.probability),
        "band": row.band or "",
        "presentation": row.presentation or "",
        "model_version": row.model_version,
    }
