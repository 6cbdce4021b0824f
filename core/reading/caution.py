"""What a reader must be told of one answer: that the model was not validated on such a radiograph."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.domain import Presentation
from core.reading import anatomy

SHORT = MappingProxyType(
    {Presentation.INVERTED: "Looks inverted", Presentation.TURNED: "Looks turned by a quarter"},
)
ASSESSED = MappingProxyType(
    {
        Presentation.INVERTED: (
            "Looks inverted, bones dark on a bright ground: the probability does not hold. "
            "Invert the file and drop it again."
        ),
        Presentation.TURNED: (
            "Looks turned by a quarter: the probability does not hold. Turn the file upright and drop it again."
        ),
    }
)
DECLINED = MappingProxyType(
    {
        Presentation.INVERTED: "If it is a bone radiograph, it may be inverted.",
        Presentation.TURNED: "If it is a bone radiograph, it may be turned by a quarter.",
    }
)


def cautions(
    presentation: Presentation | None, body_part: str | None, assessed: bool, card: Mapping[str, object]
) -> tuple[str, ...]:
    """Sentences for the reader, none where there is nothing to say.

    Args:
        presentation: of the prediction.
        body_part: as the header says.
        assessed: whether there is a probability.
        card: of the version that answered.
    """
    if not assessed:
        return (DECLINED[presentation],) if presentation else ()
    said = (ASSESSED[presentation] if presentation else "", anatomy.warning(body_part, card))
    return tuple(filter(None, said))
