"""Downloads of CSV over a connection of their own, row by row as the store reads them.

Streamlit's download button holds a whole file in memory for as long as a session shows it. Here the screen shows a link
that nobody can guess. The CSV is written while the browser fetches it, and nothing is kept.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from core.reading.output.reviews_csv import ReviewsCsv
from core.reading.output.worklist_csv import WorklistCsv
from core.reading.worklist import WorklistFilter
from dashboard import resources, signin
from dashboard.serving import download_address

GONE = "This download is not offered any more. Open the Export screen again."
_TICKET = "download"


class Form(StrEnum):
    """What a row of the CSV stands for."""

    ENTRIES = "One row a radiograph"
    REVIEWS = "One row a review, every reader's"


@dataclass(frozen=True, eq=False)
class Ticket:
    """The right to fetch one CSV. It lasts as long as the session that holds it.

    Attributes:
        secret: the part of the link that nobody can guess.
        names: whether file names are in it.
        reader: for whom the rows are redacted.
        until: the end of the reader's sign-in, in seconds since 1970; None where nobody signs in.
    """

    secret: str
    criteria: WorklistFilter
    names: bool
    reader: str
    until: float | None
    form: Form = Form.ENTRIES


def offer(criteria: WorklistFilter, names: bool, form: Form = Form.ENTRIES) -> str:
    """Make the link at which this session's browser can fetch a CSV."""
    ticket: Ticket | None = st.session_state.get(_TICKET)
    terms = (criteria, names, signin.reader(), signin.expiry(), form)
    if ticket is None or (ticket.criteria, ticket.names, ticket.reader, ticket.until, ticket.form) != terms:
        ticket = Ticket(secrets.token_urlsafe(32), *terms)
        st.session_state[_TICKET] = ticket
        resources.tickets()[ticket.secret] = ticket
    return download_address(ticket.secret)


def send(request: Request) -> Response:
    """Answer a request for a link that `offer` made."""
    ticket: Ticket | None = resources.tickets().get(request.path_params["secret"])
    if ticket is None or (ticket.until is not None and ticket.until < time.time()):
        return PlainTextResponse(GONE, status_code=404)
    return StreamingResponse(
        source(ticket.form).csv(ticket.criteria, names=ticket.names, reader=ticket.reader),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(ticket.names, ticket.form)}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def source(form: Form) -> WorklistCsv | ReviewsCsv:
    """Find what writes rows of this form."""
    services = resources.services()
    return services.reviews_csv if form is Form.REVIEWS else services.worklist_csv


def file_name(names: bool, form: Form) -> str:
    """Name the file after its form and its time; `without-names` marks one that may be passed on."""
    kind = "" if form is Form.ENTRIES else "every-review-"
    return f"fracture-review-{kind}{'' if names else 'without-names-'}{datetime.now(UTC):%Y%m%d-%H%M}.csv"
