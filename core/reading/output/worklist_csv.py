"""The worklist as CSV, written as a stream."""

from __future__ import annotations

from collections.abc import Iterator

from core.card import ModelCard
from core.csv_text import encode, number_text, time_text
from core.prediction import anatomy
from core.reading.champion import ModelVersions
from core.reading.review.reviews import agreement
from core.reading.review.visibility import redact, visibility
from core.store import reviews, worklist_rows
from core.store.database import Database
from core.store.records import WorklistFilter, WorklistRow

COLUMNS = (
    "file",
    "sha256",
    "page",
    "batch",
    "body_part",
    "view",
    "laterality",
    "outside_validated_anatomy",
    "presentation",
    "probability",
    "band",
    "score",
    "threshold_low",
    "threshold_high",
    "model_version",
    "model_sha256",
    "saliency_x",
    "saliency_y",
    "verdict",
    "reviewer",
    "comment",
    "agreement",
    "other_verdicts",
    "taken_in_at",
    "predicted_at",
    "reviewed_at",
    "status",
    "error",
)
NAMES = ("file",)  # the columns that may identify a patient


class WorklistCsv:
    """Writes batch entries as rows of text, in the worklist's order, from one moment of the store."""

    def __init__(self, database: Database, models: ModelVersions) -> None:
        self._database = database
        self._models = models

    def count(self, criteria: WorklistFilter) -> int:
        """Count the rows that there are to export now."""
        with self._database.reading() as connection:
            return worklist_rows.count_matching(connection, criteria)

    def rows(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> Iterator[dict[str, str]]:
        """Write one row for each batch entry, by column name.

        Args:
            names: False leaves the columns of `NAMES` out.
            reader: for whom the rows are redacted; see `visibility`.
        """
        columns = columns_for(names)
        with self._database.reading() as connection:
            for chunk in worklist_rows.stream(connection, criteria, reader):
                reviewed = [row.entry_id for row in chunk if row.verdict is not None and visibility(row).others]
                standing = reviews.standing(connection, reviewed) if reviewed else {}
                for row in chunk:
                    others = [
                        f"{r.reader}: {r.verdict}"
                        for r in standing.get(row.entry_id, ())
                        if (r.reader, r.adjudication) != (row.reviewer, row.adjudicated)
                    ]
                    cells = _cells(redact(row), "; ".join(others), self._models.card(row.model_version))
                    yield {column: cells[column] for column in columns}

    def csv(self, criteria: WorklistFilter, names: bool = True, reader: str = "") -> Iterator[bytes]:
        """Write `rows` as a stream of CSV; see `csv_text.encode`."""
        columns = columns_for(names)
        return encode(columns, ([row[column] for column in columns] for row in self.rows(criteria, names, reader)))


def columns_for(names: bool) -> tuple[str, ...]:
    """The columns, without those of `NAMES` where `names` is False."""
    return COLUMNS if names else tuple(column for column in COLUMNS if column not in NAMES)


def _cells(row: WorklistRow, others: str, card: ModelCard | None) -> dict[str, str]:
    assessed = row.probability is not None
    x, y = (row.saliency_xy if assessed else None) or ("", "")
    outside = anatomy.outside_validated(row.dicom.body_part, card) if row.prediction_id is not None else None
    return {
        "file": row.file_name,
        "sha256": row.sha256,
        "page": str(row.page + 1),
        "batch": row.batch_name,
        "body_part": row.dicom.body_part or "",
        "view": row.dicom.view or "",
        "laterality": row.dicom.laterality or "",
        "outside_validated_anatomy": anatomy.cell(outside),
        "presentation": row.presentation or "",
        "probability": number_text(row.probability),
        "band": row.band or "",
        "score": number_text(row.score if assessed else None),
        "threshold_low": number_text(row.threshold_low),
        "threshold_high": number_text(row.threshold_high),
        "model_version": row.model_version,
        "model_sha256": row.model_sha256,
        "saliency_x": str(x),
        "saliency_y": str(y),
        "verdict": row.verdict or "",
        "reviewer": row.reviewer,
        "comment": row.comment,
        "agreement": agreement(row.verdict, row.band) or "",
        "other_verdicts": others,
        "taken_in_at": time_text(row.created),
        "predicted_at": time_text(row.predicted_at),
        "reviewed_at": time_text(row.reviewed_at),
        "status": row.status,
        "error": row.error or row.reason,
    }
