"""What a data set is to be made of, as it is asked for: one source or a mix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from core.errors import DatasetError
from core.learning.datasets.labels import LabelPolicy


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What an audit job is given.

    Attributes:
        name: of the data set, for people.
        folders: below FRACTURE_DATASETS.
        archives: uploaded ZIPs, relative to FRACTURE_HOME.
        reviews: whose reviewed cases; None for none.
    """

    name: str
    folders: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    reviews: LabelPolicy | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> AuditRequest:
        """Raises DatasetError for what `to_json` did not write."""
        try:
            values = json.loads(text)
            reviews = _choice(values["reviews"]) if values["reviews"] else None
            return cls(values["name"], tuple(values["folders"]), tuple(values["archives"]), reviews)
        except (ValueError, TypeError, KeyError) as error:
            raise DatasetError(f"This is not what a data set can be made of: {error}.") from error


def _choice(values: Mapping) -> LabelPolicy:
    since = values["since"]
    return LabelPolicy(tuple(values["readers"]), datetime.fromisoformat(since) if since else None, values["aided"])
