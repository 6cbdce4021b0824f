"""How far an overlay can be believed, by band: measured on radiographs whose fractures are marked, from the card."""

from __future__ import annotations

from dataclasses import dataclass

from core.card import BandFigures, ModelCard, SplitFigures
from core.domain import Band

SPLIT = "test"
MOSTLY = 0.5  # where fewer of a band are fractured, what the overlay marks is mostly no fracture


@dataclass(frozen=True, slots=True)
class OverlayTrust:
    """What is known of the overlays of a band.

    Attributes:
        misleads: what they mark is mostly no fracture.
        fractured, fractured_interval: the share of the band that is, with a 95 % interval; None where it was not
            measured. None found is not none there: the interval says how many there may be.
        inside, interval: in how many of the fractured their peak lies inside the fracture, with a 95 % interval.
        where: what all this was measured on.
    """

    misleads: bool
    fractured: float | None = None
    fractured_interval: tuple[float, float] | None = None
    inside: float | None = None
    interval: tuple[float, float] | None = None
    where: str = ""


def overlay_trust(band: Band, card: ModelCard | None) -> OverlayTrust:
    """What a card tells of the overlays of a band.

    Where it tells nothing, only those of the negative band are known to mislead: below
    the threshold of high sensitivity the model itself holds its evidence for none.

    Args:
        card: of the version that answered; None where it cannot be read.
    """
    figures = (card.figures.get(SPLIT) if card else None) or SplitFigures()
    shown = figures.bands.get(band, BandFigures())
    fractured, around = shown.share_fractured, shown.share_fractured_ci
    misleads = band is Band.NEGATIVE or (fractured is not None and fractured < MOSTLY)
    where = f"{figures.dataset or ''} {figures.split or SPLIT}".strip()
    if band is Band.NEGATIVE or figures.hit_rate_true_positives is None:
        return OverlayTrust(misleads, fractured, around, where=where)
    inside, interval = figures.hit_rate_true_positives, figures.hit_rate_ci_true_positives
    return OverlayTrust(misleads, fractured, around, inside, interval, where)
