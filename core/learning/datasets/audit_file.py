"""The file of a finished audit, by which any process can show it, divide it and keep it later."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core import documents
from core.domain import Refusal
from core.errors import DatasetError
from core.learning.datasets.audit import Audit, Audited, report
from core.learning.datasets.manifest import Source
from core.learning.datasets.split import Division, suggest
from core.learning.datasets.survey import Picture, Survey, Surveyed

FILE = "found.json.gz"
COMPRESSION = 3  # gzip's level; most of the file is fingerprints, which hardly compress


@dataclass(frozen=True)
class AuditFile:
    """A finished audit with what it was made from, and the division that suits it."""

    sources: tuple[Source, ...]
    audited: Audited
    suggestion: Division

    @property
    def audit(self) -> Audit:
        """The audit alone."""
        return self.audited.audit


@dataclass(frozen=True, eq=False)
class _Content:
    """What the file holds. The audit itself is computed from it.

    Attributes:
        refused: the pictures that cannot be read, each with the reason.
        groups: indices into `pictures`, one group of copies each.
    """

    sources: tuple[Source, ...]
    pictures: tuple[Surveyed, ...]
    refused: tuple[tuple[Picture, Refusal], ...]
    groups: tuple[tuple[int, ...], ...]


def write(sources: Sequence[Source], audited: Audited, folder: Path) -> None:
    """Write the file of an audit into a folder. No reader ever sees a part of it."""
    survey = audited.survey
    content = _Content(tuple(sources), survey.pictures, survey.refused, audited.groups)
    partial = folder / f"{FILE}.partial"
    with gzip.open(partial, "wt", encoding="utf-8", compresslevel=COMPRESSION) as stream:
        json.dump(documents.to_plain(content), stream)
    partial.replace(folder / FILE)


def read(folder: Path) -> AuditFile:
    """Read what `write` wrote into a folder. Raises DatasetError: the file is gone or damaged."""
    try:
        with gzip.open(folder / FILE, "rt", encoding="utf-8") as stream:
            content = documents.from_json(_Content, stream.read())
        survey = Survey(content.pictures, content.refused)
        audited = Audited(report(survey, content.groups), survey, content.groups)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise DatasetError("What this audit found cannot be read any more. Audit the data set again.") from error
    return AuditFile(content.sources, audited, suggest(audited))
