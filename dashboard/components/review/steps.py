"""The step of a case in words, and the verdicts of readers who differ."""

from __future__ import annotations

from dataclasses import replace

from core.domain import Mark, ReadingMode, Verdict
from core.reading.review.cases import Case, ReviewStep
from core.reading.review.reviews import Agreement, agreement
from core.reading.worklist import WorklistRow
from dashboard.components import html
from dashboard.components.format import as_markdown, count, moment, printable
from dashboard.components.html import Html, el
from dashboard.components.theme import VERDICT_KEYS, VERDICTS

HELD_BACK = {
    ReadingMode.UNAIDED_FIRST: "Unaided first: the model's answer follows your verdict.",
    ReadingMode.BLIND: "Blind: the model's answer is shown once the batch is signed.",
}
AGREEMENT: dict[Agreement | None, str] = {"agree": ", as the model", "disagree": ", unlike the model", None: ""}


def verdict_in_words(verdict: Verdict | None) -> str:
    """A review's verdict; None stands for one that was taken back."""
    return VERDICTS[verdict] if verdict else "taken back"


def held_back(case: Case) -> str:
    """Say why the model's answer is not visible."""
    if case.adjudicates:
        return "Adjudicated without the model's answer."
    return HELD_BACK[case.row.mode]


def outcome(case: Case) -> str:
    """Say in one line what is saved, and what the reader is asked to do. A verdict is called saved only once it is."""
    if case.step is ReviewStep.FROZEN:
        return _frozen(case.row)
    if case.step is ReviewStep.HELD:
        return f"{as_markdown(case.held_by, 60)} is reading this radiograph. Go on to the next one."
    own = case.own
    if own is None or own.verdict is None:
        return (
            "Readers differ, and yours is the word that counts."
            if case.step is ReviewStep.ADJUDICATE
            else "No verdict of yours yet."
        )
    word = VERDICTS[own.verdict]
    saved = f"Saved {moment(own.created).removesuffix(' UTC')[-5:]} UTC: {word}"
    if own.adjudication:
        return f"{saved}, adjudicated"
    if case.step is ReviewStep.CONFIRM:
        return f"{saved}, unaided. {VERDICT_KEYS[own.verdict]} confirms it; or change it."
    first = case.unaided
    change = ""
    if first:
        change = ", confirmed" if first.verdict is own.verdict else f", before {verdict_in_words(first.verdict)}"
    return f"{saved}{change}{AGREEMENT[agreement(own.verdict, case.row.band)]}"


def _frozen(row: WorklistRow) -> str:
    """Say what was signed."""
    if row.verdict is None:
        return "Signed without a verdict, and frozen."
    how = "adjudicated by" if row.adjudicated else "by"
    return f"Signed and frozen: {VERDICTS[row.verdict]}, {how} {as_markdown(row.reviewer, 40)}"


def marks(case: Case) -> tuple[Mark, ...]:
    """The marks of the other readers of a disputed entry, each with its reader's name in its note."""
    own = case.own.reader if case.own and not case.own.adjudication else ""
    return tuple(
        replace(mark, note=printable(f"{each.reader}: {mark.note}" if mark.note else each.reader, 80))
        for each in (case.standing if _differ(case) else ())
        if each.reader != own
        for mark in each.marks
    )


def differing_verdicts(case: Case) -> Html:
    """Build the verdicts that differ, with their comments and marks; empty where none do, or none may be seen."""
    if not _differ(case):
        return Html()
    head = "Readers differ" if case.row.disputed else "Readers differed; it is adjudicated"
    pairs = (
        (
            printable(each.reader, 40),
            html.join(el("b", verdict_in_words(each.verdict)), _remarks(each.comment, each.marks)),
        )
        for each in case.standing
    )
    return el("section", el("h3", head), html.definitions(pairs), cls="differ", aria_label=head)


def _differ(case: Case) -> bool:
    return (case.row.disputed or case.row.adjudicated) and len(case.standing) > 1


def _remarks(comment: str, marks: tuple[Mark, ...]) -> Html:
    remarks = [printable(comment, 300)] if comment else []
    notes = "; ".join(printable(mark.note, 80) for mark in marks if mark.note)
    if marks:
        remarks.append(count(len(marks), "mark") + (f": {notes}" if notes else ""))
    return html.join(*(el("small", each) for each in remarks))
