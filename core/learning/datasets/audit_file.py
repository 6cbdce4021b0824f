"""What an audit has found, as a file: it can be looked at, divided and kept long after, by any process."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.domain import Refusal
from core.errors import DatasetError
from core.learning.datasets.audit import Audit, Audited, report
from core.learning.datasets.manifest import Source, Split, source_from
from core.learning.datasets.split import Division, suggest
from core.learning.datasets.survey import Picture, Survey, Surveyed, Traits

FILE = "found.json.gz"
COMPRESSION = 3  # most of it are fingerprints, which nothing makes small


@dataclass(frozen=True)
class AuditFile:
    """A finished audit with what it was made from, and the division that suits it."""

    sources: tuple[Source, ...]
    audited: Audited
    suggestion: Division

    @property
    def audit(self) -> Audit:
        return self.audited.audit


def write(sources: Sequence[Source], audited: Audited, folder: Path) -> None:
    """Keep an audit in a folder; whoever looks sees all of it or nothing."""
    survey = audited.survey
    values = {
        "sources": [asdict(source) for source in sources],
        "pictures": [asdict(each) for each in survey.pictures],
        "refused": [[asdict(picture), asdict(refusal)] for picture, refusal in survey.refused],
        "groups": audited.groups,
    }
    partial = folder / f"{FILE}.partial"
    with gzip.open(partial, "wt", encoding="utf-8", compresslevel=COMPRESSION) as stream:
        json.dump(values, stream, default=str)
    partial.replace(folder / FILE)


def read(folder: Path) -> AuditFile:
    """Raises DatasetError: it is gone or damaged."""
    try:
        with gzip.open(folder / FILE, "rt", encoding="utf-8") as stream:
            values = json.load(stream)
        survey = Survey(
            tuple(map(_surveyed, values["pictures"])),
            tuple((_picture(picture), Refusal(**refusal)) for picture, refusal in values["refused"]),
        )
        sources, groups = tuple(map(source_from, values["sources"])), tuple(map(tuple, values["groups"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DatasetError("What this audit found cannot be read any more. Audit the data set again.") from error
    audited = Audited(report(survey, groups), survey, groups)
    return AuditFile(sources, audited, suggest(audited))


def _surveyed(values: Mapping) -> Surveyed:
    return Surveyed(**{**values, "picture": _picture(values["picture"]), "traits": Traits(**values["traits"])})


def _picture(values: Mapping) -> Picture:
    split = Split(values["split"]) if values["split"] else None
    boxes = tuple((x, y, w, h) for x, y, w, h in values["boxes"])
    return Picture(**{**values, "path": Path(values["path"]), "split": split, "boxes": boxes})
