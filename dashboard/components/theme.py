"""How bands, verdicts and states look: a word, a shape and a colour together, never colour alone. Red is for errors."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import Band, Verdict


@dataclass(frozen=True, slots=True)
class Style:
    """A word with its shape and colour."""

    word: str
    shape: str
    colour: str

    @property
    def label(self) -> str:
        """Shape and word."""
        return f"{self.shape} {self.word}"


AMBER, VIOLET, SLATE, GREY, RED, SOFT = "#e3a341", "#a993f5", "#8ba0b8", "#8c97a5", "#e5645f", "#d7dce2"

BANDS = {
    Band.POSITIVE: Style("positive", "▲", AMBER),
    Band.DOUBT: Style("doubt", "◆", VIOLET),
    Band.NEGATIVE: Style("negative", "●", SLATE),
    Band.NOT_ASSESSABLE: Style("not assessable", "▨", GREY),
}
VERDICTS = {
    Verdict.FRACTURED: "fractured",
    Verdict.NOT_FRACTURED: "not fractured",
    Verdict.UNSURE: "unsure",
    Verdict.NOT_ASSESSABLE: "not assessable",
}
VERDICT_KEYS = {Verdict.FRACTURED: "F", Verdict.NOT_FRACTURED: "N", Verdict.UNSURE: "U", Verdict.NOT_ASSESSABLE: "X"}
