"""What the overlay shows of a case, and what it is worth."""

from __future__ import annotations

import html

from core.domain import Band
from core.errors import FractureReviewError
from core.prediction.caution import cautions, in_short
from core.reading.overlay_trust import OverlayTrust, overlay_trust
from core.reading.viewing import PlacedHeatmap
from core.reading.worklist import WorklistRow
from dashboard import resources
from dashboard.components.format import percent_within, printable

EMPTY = "No evidence for a fracture: the heatmap is empty"
MEANINGLESS = "In the negative band the overlay means nothing"
MISLEADING = "In this band most of what the overlay marks is no fracture"


def overlay(row: WorklistRow) -> tuple[PlacedHeatmap | None, str]:
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


def trust(row: WorklistRow) -> OverlayTrust:
    """What is known of overlays like this one."""
    model = resources.model(row.model_version)
    return overlay_trust(row.band, model.card if model else None)


def warnings(row: WorklistRow) -> tuple[str, ...]:
    """Sentences where the model's answer does not hold, or is not known to; none without an answer."""
    if row.band is None:
        return ()
    model = resources.model(row.model_version)
    return cautions(row.presentation, row.facts.body_part, row.probability is not None, model.card if model else None)


def warning_in_short(row: WorklistRow) -> str:
    """The same in few words."""
    if row.band is None:
        return ""
    model = resources.model(row.model_version)
    return in_short(row.presentation, row.facts.body_part, row.probability is not None, model.card if model else None)


def worth(row: WorklistRow) -> str:
    """HTML of a line that always stands beside the picture; empty where there is no overlay to speak of.

    What is known of overlays was measured on radiographs as they should be; of others the cautions speak.
    """
    if row.band in (None, Band.NOT_ASSESSABLE) or row.presentation:
        return ""
    known = trust(row)
    said = in_words(row.band, known)
    return said and f'<p class="{"worth misleads" if known.misleads else "worth"}">{html.escape(said)}</p>'


def in_words(band: Band, known: OverlayTrust) -> str:
    """What is known of the overlays of a band, and on which radiographs it was measured."""
    where = f" on {printable(known.where, 60)}" if known.where else ""
    if known.misleads:
        said = f"{_beware(band, known)}."
        if known.fractured is not None:
            said += f" Fractured of this band{where}: {percent_within(known.fractured, known.fractured_interval)}."
        return said
    if known.inside is None:
        return ""
    share = percent_within(known.inside, known.interval)
    return f"Overlay: its peak lies in the fracture in {share} of the fractured{where}."


def _beware(band: Band, known: OverlayTrust) -> str:
    if band is Band.NEGATIVE:
        return MEANINGLESS
    return MISLEADING if known.misleads else ""
