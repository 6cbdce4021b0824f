"""Whether a radiograph shows what a version was validated on, as far as its header and the version's card say."""

from __future__ import annotations

import re

from core.card import ModelCard

# Terms that name no part: what they hold can be within a card's list as well as outside it.
GENERIC = frozenset(
    ("EXTREMITY", "UPPEREXTREMITY", "LOWEREXTREMITY", "LIMB", "UPPERLIMB", "LOWERLIMB", "BONE", "OTHER", "UNKNOWN")
)
# Words that some devices put beside the part: the side, and that it is a joint.
BESIDE = frozenset(("L", "R", "LT", "RT", "LEFT", "RIGHT", "BOTH", "BILATERAL", "JOINT"))

_WORD = re.compile(r"[A-Z0-9]+")


def outside_validated(body_part: str | None, card: ModelCard | None) -> bool | None:
    """Tell whether a version was validated on other body parts only.

    Args:
        body_part: as the DICOM header says, see `DicomAttributes`.
        card: its `data.body_parts` are DICOM's terms; without a card, or without them, nothing is known.

    Returns:
        None where it cannot be known: the header names no part, or the card has no list.
    """
    validated = {_plain(part) for part in card.data.body_parts} if card and card.data else set()
    named = _plain(body_part or "")
    if not validated or not named or named in GENERIC:
        return None
    return named not in validated


def warning(body_part: str | None, card: ModelCard | None) -> str:
    """A sentence for the reader where the part is outside the validated anatomy; else empty."""
    if not outside_validated(body_part, card):
        return ""
    return f"Outside the validated anatomy: the header says {body_part}. The probability is not validated there."


def cell(outside: bool | None) -> str:
    """As it is written into a file; nothing where it is not known."""
    return "" if outside is None else str(outside).lower()


def _plain(body_part: str) -> str:
    """A term without spaces, punctuation and what stands beside the part."""
    return "".join(word for word in _WORD.findall(body_part.upper()) if word not in BESIDE)
