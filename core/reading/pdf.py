"""A report drawn as PDF, by reportlab. What its embedded font has no letter for is printed as a question mark."""

from __future__ import annotations

import io
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from core.reading.report import CaseSheet, Document, Table

FONT, BOLD = "Vera", "VeraBd"  # come with reportlab, and hold the Latin letters that most of Europe writes with
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
FRAME = 6  # points that reportlab keeps free inside of it
PICTURE = 58 * mm
INK, QUIET, LINE = HexColor("#15191e"), HexColor("#5b6672"), HexColor("#c9d0d8")
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=8, leading=10.5, textColor=INK, splitLongWords=1)
SMALL = ParagraphStyle("small", TEXT, fontSize=7, leading=9)
LABEL = ParagraphStyle("label", SMALL, textColor=QUIET)
HEADING = ParagraphStyle("heading", TEXT, fontName=BOLD, fontSize=9.5, leading=12, spaceBefore=9, spaceAfter=3)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=16, leading=20)
CASE_TITLE = ParagraphStyle("case", TEXT, fontName=BOLD, fontSize=8, leading=10)
LONGEST = 2000  # letters of one value: a comment must not outgrow its page


def write(stream: BinaryIO, document: Document) -> None:
    """Draw it."""
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    story: list[Flowable] = [
        Paragraph("Fracture Review: report of a batch", LABEL),
        Paragraph(_fit(document.title), TITLE),
        Paragraph(_fit(document.status), TEXT),
        Spacer(0, 3 * mm),
    ]
    for table in document.tables:
        story += _table(table)
    story.append(Paragraph("Radiographs", HEADING))
    story += [_case(case) for case in document.cases]

    def around(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, 9 * mm, document.footer)
        canvas.drawRightString(A4[0] - MARGIN, 9 * mm, f"page {page.page}")

    SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        title=document.title,
        subject=document.footer,
        creator="Fracture Review",
    ).build(story, onFirstPage=around, onLaterPages=around)


def _table(table: Table) -> list[Flowable]:
    heads = [[Paragraph(_fit(head), LABEL) for head in table.heads]] if table.heads else []
    body = [
        [Paragraph(_fit(cell), LABEL if first and not heads else SMALL) for first, cell in _firsts(row)]
        for row in table.rows
    ]
    columns = len(table.rows[0])
    first = 0.22 if not heads else 0.34 if columns == 4 and table.heads[0] == "figure" else 1 / columns
    widths = [WIDTH * first] + [WIDTH * (1 - first) / (columns - 1)] * (columns - 1)
    grid = Grid([*heads, *body], colWidths=widths, style=_ruled(), repeatRows=len(heads))
    return [*([Paragraph(table.heading, HEADING)] if table.heading else []), grid]


def _firsts(row: tuple[str, ...]) -> list[tuple[bool, str]]:
    return [(number == 0, cell) for number, cell in enumerate(row)]


def _case(case: CaseSheet) -> Flowable:
    text: list[Flowable] = [Paragraph(_fit(case.title), CASE_TITLE)]
    lines = [[Paragraph(_fit(name), LABEL), Paragraph(_fit(value), SMALL)] for name, value in case.lines]
    wide = WIDTH - 2 * PICTURE - 4 * mm if case.overlay else WIDTH - PICTURE - 2 * mm
    text.append(Grid(lines, colWidths=[0.2 * wide, 0.8 * wide], style=_tight()))
    pictures = [_picture(picture) for picture in (case.picture, case.overlay) if picture] or [Spacer(PICTURE, 1)]
    widths = [*([PICTURE + 2 * mm] * len(pictures)), wide]
    grid = Grid([[*pictures, text]], colWidths=widths, style=_ruled())
    return KeepTogether(grid)


def _picture(data: bytes) -> Image:
    width, height = ImageReader(io.BytesIO(data)).getSize()
    scale = PICTURE / max(width, height)
    return Image(io.BytesIO(data), width * scale, height * scale)


def _ruled() -> list[tuple]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]


def _tight() -> list[tuple]:
    return [("VALIGN", (0, 0), (-1, -1), "TOP")] + [
        (side, (0, 0), (-1, -1), 0.6) for side in ("LEFTPADDING", "TOPPADDING", "BOTTOMPADDING")
    ]


def _fit(text: str) -> str:
    """Text as reportlab takes it: escaped, with no letter that the font lacks."""
    known = pdfmetrics.getFont(FONT).face.charToGlyph
    shown = "".join(letter if ord(letter) in known or letter == "\n" else "?" for letter in text[:LONGEST])
    return escape(shown).replace("\n", "<br/>")
