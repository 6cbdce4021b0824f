"""Warnings about one prediction: it does not hold for such a radiograph, or nobody has measured whether it does."""

from __future__ import annotations

from types import MappingProxyType

from core.card import ModelCard
from core.domain import Presentation
from core.prediction import anatomy

# For a cell of the worklist: of an answer, and of a radiograph that was declined as unlike any.
SHORT = MappingProxyType(
    {Presentation.INVERTED: "Looks inverted", Presentation.TURNED: "Looks turned by a quarter"},
)
SHORT_DECLINED = MappingProxyType(
    {
        Presentation.INVERTED: "unlike what it was trained on, or inverted",
        Presentation.TURNED: "unlike what it was trained on, or turned",
    }
)
OUTSIDE = "Outside the validated anatomy"
ASSESSED = MappingProxyType(
    {
        Presentation.INVERTED: (
            "Looks inverted, bones dark on a bright ground. If it is, neither the probability nor the overlay holds: "
            "invert the file, not the view, and have it read again."
        ),
        Presentation.TURNED: (
            "Looks turned by a quarter. If it is, neither the probability nor the overlay holds: turn the file, not "
            "the view, and have it read again."
        ),
    }
)
DECLINED = MappingProxyType(
    {
        Presentation.INVERTED: (
            "If it is a bone radiograph, it may be inverted, bones dark on a bright ground: then invert the file and "
            "have it read again."
        ),
        Presentation.TURNED: (
            "If it is a bone radiograph, it may be turned by a quarter: then turn the file upright and have it read "
            "again."
        ),
    }
)


def cautions(
    presentation: Presentation | None, body_part: str | None, assessed: bool, card: ModelCard | None
) -> tuple[str, ...]:
    """Sentences for the reader, none where there is nothing to say.

    Args:
        presentation: of the prediction.
        body_part: as the header says.
        assessed: whether there is a probability.
        card: of the version that answered; None where it cannot be read.
    """
    if not assessed:
        return (DECLINED[presentation],) if presentation else ()
    said = (ASSESSED[presentation] if presentation else "", anatomy.warning(body_part, card))
    return tuple(filter(None, said))


def in_short(presentation: Presentation | None, body_part: str | None, assessed: bool, card: ModelCard | None) -> str:
    """The same in few words, see `cautions`."""
    if not assessed:
        return SHORT_DECLINED[presentation] if presentation else ""
    outside = bool(anatomy.outside_validated(body_part, card))
    if presentation is None:
        return OUTSIDE if outside else ""
    return SHORT[presentation] + (", anatomy not validated" if outside else "")
