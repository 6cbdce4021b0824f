"""How far overlays can be trusted, by band: from the card, measured on radiographs whose fractures are marked."""

from __future__ import annotations

from dataclasses import dataclass

from core.card import BandFigures, ModelCard, SplitFigures
from core.domain import Band

SPLIT = "test"
MOST = 0.5  # where a smaller share of a band is fractured, its overlays mostly mark no fracture


@dataclass(frozen=True, slots=True)
class OverlayTrust:
    """What is known of the overlays of one band.

    Attributes:
        misleads: the overlays mostly mark no fracture.
        fractured, fractured_interval: the share of the band that is fractured, in [0, 1], with its 95 % interval; None
            where it was not measured. A share of 0 does not mean that there is none: the interval says how many.
        inside, interval: the share of fractured radiographs whose overlay has its peak inside the fracture, with its
            95 % interval.
        where: the data set and split that all this was measured on.
    """

    misleads: bool
    fractured: float | None = None
    fractured_interval: tuple[float, float] | None = None
    inside: float | None = None
    interval: tuple[float, float] | None = None
    where: str = ""


def overlay_trust(band: Band, card: ModelCard | None) -> OverlayTrust:
    """Read from a card what is known of the overlays of a band.

    Where the card says nothing, overlays mislead in the negative band alone: below the threshold of high sensitivity
    the model itself takes its evidence for too little.

    Args:
        card: of the version that answered; None where it cannot be read.
    """
    figures = (card.figures.get(SPLIT) if card else None) or SplitFigures()
    shown = figures.bands.get(band, BandFigures())
    fractured, around = shown.share_fractured, shown.share_fractured_ci
    misleads = band is Band.NEGATIVE or (fractured is not None and fractured < MOST)
    where = f"{figures.dataset or ''} {figures.split or SPLIT}".strip()
    if band is Band.NEGATIVE or figures.hit_rate_true_positives is None:
        return OverlayTrust(misleads, fractured, around, where=where)
    inside, interval = figures.hit_rate_true_positives, figures.hit_rate_ci_true_positives
    return OverlayTrust(misleads, fractured, around, inside, interval, where)
