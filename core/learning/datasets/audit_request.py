"""The settings of an audit job: the sources of a data set, one or several."""

from __future__ import annotations

from dataclasses import dataclass

from core import documents
from core.errors import DatasetError
from core.learning.datasets.labels import LabelPolicy


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What an audit job is to audit.

    Attributes:
        name: of the data set, for people.
        folders: below FRACTURE_DATASETS.
        archives: uploaded ZIPs, relative to FRACTURE_HOME.
        reviews: which verdicts label the reviewed cases; None to take no reviewed cases.
    """

    name: str
    folders: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    reviews: LabelPolicy | None = None

    def to_json(self) -> str:
        """The request as a job keeps it."""
        return documents.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> AuditRequest:
        """Read what `to_json` wrote. Raises DatasetError for anything else."""
        try:
            return documents.from_json(cls, text)
        except ValueError as error:
            raise DatasetError(f"This is not what a data set can be made of: {error}.") from error
