"""What a report says, before it is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core import NOT_A_MEDICAL_DEVICE


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows of text under a heading. Heading and `heads` may be empty."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One radiograph of the report.

    Attributes:
        picture, overlay: JPEG; None where there is none.
        lines: a label and its text each; an empty label continues the line above.
    """

    title: str
    picture: bytes | None
    overlay: bytes | None
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    Attributes:
        status: one line: a draft, or signed by whom and when.
        cases: read one by one while the report is drawn, so that only one radiograph is in memory at full depth.
        footer: stands on every page.
    """

    title: str
    status: str
    tables: tuple[ReportTable, ...]
    cases: Iterable[CaseSheet]
    footer: str = NOT_A_MEDICAL_DEVICE
