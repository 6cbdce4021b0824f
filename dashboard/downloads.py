"""The worklist's CSV over a connection of its own, row by row as the store gives it.

Streamlit's download button holds a whole file in memory for as long as a session shows it. Here the screen shows an
address that nobody can guess; behind it the CSV is written while the browser reads, and nothing is kept.
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
    """What a row of the file is."""

    ENTRIES = "One row a radiograph"
    REVIEWS = "One row a review, every reader's"


@dataclass(frozen=True, eq=False)
class Ticket:
    """What one session may fetch; it is good for as long as that session holds it.

    Attributes:
        form: one row an entry, or one row a review.
        reader: who will see it, and so what is held back.
        until: the end of the reader's sign-in, in seconds since 1970; None where nobody signs in.
    """

    secret: str
    wanted: WorklistFilter
    names: bool
    reader: str
    until: float | None
    form: Form = Form.ENTRIES


def offer(wanted: WorklistFilter, names: bool, form: Form = Form.ENTRIES) -> str:
    """The address at which this session's browser can fetch the CSV."""
    ticket: Ticket | None = st.session_state.get(_TICKET)
    good_for = (wanted, names, signin.reader(), signin.expiry(), form)
    if ticket is None or (ticket.wanted, ticket.names, ticket.reader, ticket.until, ticket.form) != good_for:
        ticket = Ticket(secrets.token_urlsafe(32), *good_for)
        st.session_state[_TICKET] = ticket
        resources.tickets()[ticket.secret] = ticket
    return download_address(ticket.secret)


def send(request: Request) -> Response:
    """Answer a browser that asks for an address that `offer` made."""
    ticket: Ticket | None = resources.tickets().get(request.path_params["secret"])
    if ticket is None or (ticket.until is not None and ticket.until < time.time()):
        return PlainTextResponse(GONE, status_code=404)
    return StreamingResponse(
        source(ticket.form).csv(ticket.wanted, names=ticket.names, reader=ticket.reader),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(ticket.names, ticket.form)}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def source(form: Form) -> WorklistCsv | ReviewsCsv:
    """What writes rows of this form."""
    services = resources.services()
    return services.reviews_csv if form is Form.REVIEWS else services.worklist_csv


def file_name(names: bool, form: Form) -> str:
    """Files of one worklist are told apart by their names, since one of them may leave the house."""
    kind = "" if form is Form.ENTRIES else "every-review-"
    return f"fracture-review-{kind}{'' if names else 'without-names-'}{datetime.now(UTC):%Y%m%d-%H%M}.csv"
