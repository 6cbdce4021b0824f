"""How far an overlay can be believed, by band: measured on radiographs whose fractures are marked, from the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def overlay_trust(band: Band, card: Mapping[str, object]) -> OverlayTrust:
    """What a card tells of the overlays of a band.

    Where it tells nothing, only those of the negative band are known to mislead: below
    the threshold of high sensitivity the model itself holds its evidence for none.
    """
    figures = _part(_part(card, "figures"), SPLIT)
    shown = _part(_part(figures, "bands"), band)
    fractured, around = _number(shown.get("share_fractured")), _interval(shown.get("share_fractured_ci"))
    misleads = band is Band.NEGATIVE or (fractured is not None and fractured < MOSTLY)
    where = f"{figures.get('dataset', '')} {figures.get('split', SPLIT)}".strip()
    inside = _number(figures.get("hit_rate_true_positives"))
    if band is Band.NEGATIVE or inside is None:
        return OverlayTrust(misleads, fractured, around, where=where)
    return OverlayTrust(
        misleads, fractured, around, inside, _interval(figures.get("hit_rate_ci_true_positives")), where
    )


def _part(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def _interval(value: object) -> tuple[float, float] | None:
    return (value[0], value[1]) if isinstance(value, (list, tuple)) and len(value) == 2 else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
