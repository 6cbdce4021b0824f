"""The allow-list of what is kept of a DICOM header."""

from __future__ import annotations

import hmac
import re

from pydicom.dataset import Dataset

from core.domain import DicomAttributes

_TERM = re.compile(r"[A-Z0-9][A-Z0-9 _-]{0,15}")  # what DICOM's code strings look like
_PSEUDONYM_DIGITS = 16  # hex digits: 64 bits, no clash within an installation


def read_attributes(header: Dataset, salt: bytes) -> DicomAttributes:
    """Take the allow-list from a header; without a salt there are no pseudonyms."""
    laterality = term(header.get("ImageLaterality")) or term(header.get("Laterality"))
    return DicomAttributes(
        modality=term(header.get("Modality")),
        body_part=term(header.get("BodyPartExamined")) or _meaning(header, "AnatomicRegionSequence"),
        view=term(header.get("ViewPosition")) or _meaning(header, "ViewCodeSequence"),
        laterality=laterality if laterality in ("L", "R", "B", "U") else None,
        study=_pseudonym(header.get("StudyInstanceUID"), salt),
        series=_pseudonym(header.get("SeriesInstanceUID"), salt),
    )


def term(value: object) -> str | None:
    """A code string in capitals, or None where it does not look like one."""
    text = str(value or "").strip().upper()
    return text if _TERM.fullmatch(text) else None


def _meaning(header: Dataset, sequence: str) -> str | None:
    items = header.get(sequence) or ()
    return term(items[0].get("CodeMeaning")) if items else None


def _pseudonym(uid: object, salt: bytes) -> str | None:
    if not uid or not salt:
        return None
    return hmac.new(salt, str(uid).encode(), "sha256").hexdigest()[:_PSEUDONYM_DIGITS]
