"""What the overlay shows of a case, and what it is worth."""

from __future__ import annotations

import html

from core.domain import Band
from core.errors import FractureReviewError
from core.reading.trust import Trust, overlay_trust
from core.reading.viewing import PlacedHeatmap
from core.reading.worklist import Row
from dashboard import resources
from dashboard.components.text import interval, percent, printable

EMPTY = "No evidence for a fracture: the heatmap is empty"
MEANINGLESS = "In the negative band the overlay means nothing"
MISLEADING = "In this band most of what the overlay marks is no fracture"


def overlay(row: Row) -> tuple[PlacedHeatmap | None, str]:
    """The heatmap of the prediction on the screen, and what is to be said while it is shown."""
    if row.prediction_id is None or row.band in (None, Band.NOT_ASSESSABLE):
        return None, ""
    try:
        heatmap = resources.services().viewing.heatmap(row.entry_id, row.prediction_id)
    except FractureReviewError as error:
        return None, f"The overlay cannot be shown. {error}"
    if heatmap is None or not heatmap.heatmap.has_evidence:
        return None, EMPTY
    return heatmap, _beware(row.band, trust(row))


def trust(row: Row) -> Trust:
    """What is known of overlays like this one."""
    model = resources.model(row.model_version)
    return overlay_trust(row.band, model.card if model else {})


def worth(row: Row) -> str:
    """HTML of a line that always stands beside the picture; empty where there is no overlay to speak of."""
    if row.band in (None, Band.NOT_ASSESSABLE):
        return ""
    known = trust(row)
    said = [f"{_beware(row.band, known)}." if known.misleads else ""]
    if known.fractured is not None and row.band is not Band.NEGATIVE:
        said.append(f"{percent(known.fractured)} of this band are fractured.")
    if known.inside is not None:
        around = f" ({interval(known.interval)})" if known.interval else ""
        said.append(f"Of the fractured, the overlay's peak lies inside in {percent(known.inside)}{around}.")
    words = " ".join(each for each in said if each)
    where = f" On {printable(known.where, 60)}." if known.where else ""
    kind = "worth misleads" if known.misleads else "worth"
    return f'<p class="{kind}">{html.escape(words + where)}</p>' if words else ""


def _beware(band: Band, known: Trust) -> str:
    if band is Band.NEGATIVE:
        return MEANINGLESS
    return MISLEADING if known.misleads else ""
