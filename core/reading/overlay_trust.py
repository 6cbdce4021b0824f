"""How far overlays can be trusted, by band: from the card, measured on radiographs whose fractures are marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def overlay_trust(band: Band, card: Mapping[str, object]) -> OverlayTrust:
    """Read from a card what is known of the overlays of a band.

    Where the card says nothing, overlays mislead in the negative band alone: below the threshold of high sensitivity
    the model itself takes its evidence for too little.
    """
    figures = _part(_part(card, "figures"), SPLIT)
    shown = _part(_part(figures, "bands"), band)
    fractured, around = _number(shown.get("share_fractured")), _interval(shown.get("share_fractured_ci"))
    misleads = band is Band.NEGATIVE or (fractured is not None and fractured < MOST)
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
