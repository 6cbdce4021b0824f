"""The overlay of a case, and how far it can be trusted, in words."""

from __future__ import annotations

from core.domain import Band
from core.errors import FractureReviewError
from core.prediction.caution import cautions, in_short
from core.reading.overlay_trust import OverlayTrust, overlay_trust
from core.reading.viewing import PlacedHeatmap
from core.reading.worklist import WorklistRow
from dashboard import resources
from dashboard.components.format import percent_within, printable
from dashboard.components.html import Html, el

EMPTY = "No evidence for a fracture: the heatmap is empty"
MEANINGLESS = "In the negative band the overlay means nothing"
MISLEADING = "In this band most of what the overlay marks is no fracture"


def overlay(row: WorklistRow) -> tuple[PlacedHeatmap | None, str]:
    """Read the heatmap of the prediction on the screen, with a note for the viewer.

    Returns:
        The heatmap, None where there is none to show; and the note, empty where there is nothing to say.
    """
    if row.prediction_id is None or row.band in (None, Band.NOT_ASSESSABLE):
        return None, ""
    try:
        heatmap = resources.services().viewing.heatmap(row.entry_id, row.prediction_id)
    except FractureReviewError as error:
        return None, f"The overlay cannot be shown. {error}"
    if heatmap is None or not heatmap.heatmap.has_evidence:
        return None, EMPTY
    return heatmap, _warning(row.band, _trust(row.band, row))


def _trust(band: Band, row: WorklistRow) -> OverlayTrust:
    model = resources.model(row.model_version)
    return overlay_trust(band, model.card if model else None)


def warnings(row: WorklistRow) -> tuple[str, ...]:
    """Sentences that say where the model's answer does not hold, or is not known to; none without an answer."""
    if row.band is None:
        return ()
    model = resources.model(row.model_version)
    return cautions(row.presentation, row.dicom.body_part, row.probability is not None, model.card if model else None)


def warning_in_short(row: WorklistRow) -> str:
    """`warnings` in few words, for a cell of the worklist."""
    if row.band is None:
        return ""
    model = resources.model(row.model_version)
    return in_short(row.presentation, row.dicom.body_part, row.probability is not None, model.card if model else None)


def worth(row: WorklistRow) -> Html:
    """Build the line beside the radiograph that says how far its overlay can be trusted; empty without an overlay.

    Trust was measured on upright, uninverted radiographs. For others the line is empty, since `warnings` speak of them.
    """
    if row.band in (None, Band.NOT_ASSESSABLE) or row.presentation:
        return Html()
    known = _trust(row.band, row)
    sentence = in_words(row.band, known)
    kind = "worth misleads" if known.misleads else "worth"
    return el("p", sentence, cls=kind) if sentence else Html()


def in_words(band: Band, known: OverlayTrust) -> str:
    """Say how far overlays of a band can be trusted, and on which radiographs that was measured."""
    where = f" on {printable(known.where, 60)}" if known.where else ""
    if known.misleads:
        sentence = f"{_warning(band, known)}."
        if known.fractured is not None:
            sentence += f" Fractured of this band{where}: {percent_within(known.fractured, known.fractured_interval)}."
        return sentence
    if known.inside is None:
        return ""
    share = percent_within(known.inside, known.interval)
    return f"Overlay: its peak lies in the fracture in {share} of the fractured{where}."


def _warning(band: Band, known: OverlayTrust) -> str:
    if band is Band.NEGATIVE:
        return MEANINGLESS
    return MISLEADING if known.misleads else ""
