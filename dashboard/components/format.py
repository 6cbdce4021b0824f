"""Words and numbers as the screens write them. What users typed is text, never Markdown or HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.csv_text import probability_text

SMALL = 0.1
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&@/^=])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def printable(text: str, length: int = 120) -> str:
    """Make what a user or a file brought along fit one line: no control or direction characters, not endless.

    Where it is too long the middle is left out, because a file name's beginning and end both tell.
    """
    clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(clean) <= length:
        return clean
    half = (length - 1) // 2
    return f"{clean[: length - 1 - half]}…{clean[-half:]}"


def as_markdown(text: str, length: int = 120) -> str:
    """Escape a user's text for the places where Streamlit reads Markdown (labels, captions, notices)."""
    return _MARKDOWN.sub(r"\\\1", printable(text, length))


def probability(value: float | None) -> str:
    """Two digits, `<0.01` and `>0.99` at the ends, nothing where there is none."""
    return probability_text(value)


def threshold(value: float) -> str:
    """Two digits as a probability has, but a small one keeps its first two significant ones: it is a setting."""
    return f"{value:.2g}" if value < SMALL else f"{value:.2f}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share in [0, 1] in per cent, whole ones at first."""
    return "" if share is None else f"{share * 100:.{digits}f} %"


def interval(bounds: tuple[float, float] | list[float] | None, digits: int = 0) -> str:
    """A confidence interval of shares, as in `71 to 88 %`."""
    return "" if not bounds else f"{bounds[0] * 100:.{digits}f} to {bounds[1] * 100:.{digits}f} %"


def percent_within(share: float | None, bounds: tuple[float, float] | list[float] | None) -> str:
    """A share with its confidence interval where there is one, as in `76 % (71 to 88 %)`."""
    return percent(share) + (f" ({interval(bounds)})" if bounds else "")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 radiograph`, `1,204 radiographs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(time: datetime | None) -> str:
    """A time in UTC to the minute."""
    if time is None:
        return ""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def duration(seconds: float | None) -> str:
    """As in `40 s`, `12 min`, `3 h 05 min`; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
