"""Draw a report as PDF with reportlab. A letter that the embedded font lacks is printed as a question mark."""

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
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from core.reading.output.document import CaseSheet, Document, ReportTable

FONT, BOLD = "Vera", "VeraBd"  # come with reportlab, and hold the Latin letters that most of Europe writes with
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
FRAME = 6  # points that reportlab keeps free inside the margin
PICTURE = 58 * mm  # the longer side
INK, QUIET, LINE = "#15191e", "#5b6672", "#c9d0d8"
SMALL, NORMAL, LARGE, HUGE = 7.0, 8.0, 9.5, 16.0  # points
LONGEST_TEXT = 2000  # letters of one cell: a comment must not outgrow its page


def write(stream: BinaryIO, document: Document) -> None:
    """Draw a document, A4."""
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    story: list[Flowable] = [
        _paragraph("Fracture Review: report of a batch", quiet=True),
        _paragraph(document.title, HUGE, bold=True),
        _paragraph(document.status, NORMAL),
        Spacer(0, 3 * mm),
    ]
    for table in document.tables:
        story += _table(table)
    story.append(_heading("Radiographs"))
    story += [_case(case) for case in document.cases]

    def draw_footer(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColor(HexColor(QUIET))
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
    ).build(story, onFirstPage=draw_footer, onLaterPages=draw_footer)


def _table(table: ReportTable) -> list[Flowable]:
    heads = [[_paragraph(head, quiet=True) for head in table.heads]] if table.heads else []
    body = [
        [_paragraph(cell, quiet=number == 0 and not heads) for number, cell in enumerate(row)] for row in table.rows
    ]
    columns = len(table.rows[0])
    first = 0.22 if not heads else 0.34 if columns == 4 and table.heads[0] == "figure" else 1 / columns
    widths = [WIDTH * first] + [WIDTH * (1 - first) / (columns - 1)] * (columns - 1)
    grid = Table([*heads, *body], colWidths=widths, style=_ruled(), repeatRows=len(heads))
    return [*([_heading(table.heading)] if table.heading else []), grid]


def _paragraph(text: str, size: float = SMALL, *, bold: bool = False, quiet: bool = False) -> Paragraph:
    return Paragraph(_markup(text), _style(size, bold, QUIET if quiet else INK))


def _heading(text: str) -> Paragraph:
    style = _style(LARGE, True, INK)
    style.spaceBefore, style.spaceAfter = LARGE, LARGE / 3
    return Paragraph(_markup(text), style)


def _style(size: float, bold: bool, colour: str) -> ParagraphStyle:
    name = BOLD if bold else FONT
    return ParagraphStyle("text", fontName=name, fontSize=size, leading=1.28 * size, textColor=HexColor(colour))


def _case(case: CaseSheet) -> Flowable:
    text: list[Flowable] = [_paragraph(case.title, NORMAL, bold=True)]
    lines = [[_paragraph(name, quiet=True), _paragraph(value)] for name, value in case.lines]
    text_width = WIDTH - 2 * PICTURE - 4 * mm if case.overlay else WIDTH - PICTURE - 2 * mm
    text.append(Table(lines, colWidths=[0.2 * text_width, 0.8 * text_width], style=_compact()))
    pictures = [_picture(picture) for picture in (case.picture, case.overlay) if picture] or [Spacer(PICTURE, 1)]
    widths = [*([PICTURE + 2 * mm] * len(pictures)), text_width]
    grid = Table([[*pictures, text]], colWidths=widths, style=_ruled())
    return KeepTogether(grid)


def _picture(data: bytes) -> Image:
    width, height = ImageReader(io.BytesIO(data)).getSize()
    scale = PICTURE / max(width, height)
    return Image(io.BytesIO(data), width * scale, height * scale)


def _ruled() -> list[tuple]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(LINE)),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]


def _compact() -> list[tuple]:
    return [("VALIGN", (0, 0), (-1, -1), "TOP")] + [
        (side, (0, 0), (-1, -1), 0.6) for side in ("LEFTPADDING", "TOPPADDING", "BOTTOMPADDING")
    ]


def _markup(text: str) -> str:
    """Turn text into the markup of reportlab: escaped, cut, with `?` for a letter that the font lacks."""
    known = pdfmetrics.getFont(FONT).face.charToGlyph
    shown = "".join(letter if ord(letter) in known or letter == "\n" else "?" for letter in text[:LONGEST_TEXT])
    return escape(shown).replace("\n", "<br/>")
