"""What an audit has found: counts, copies and contradictions as pictures, leaks, shortcuts, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from core.domain import Radiograph
from core.learning.datasets.audit import Audit
from core.learning.datasets.manifest import Leak, Manifest, Split
from core.table import CountCell, NumberCell, Row, Table, TextCell, columns
from dashboard.components import gallery, html
from dashboard.components.format import count, printable
from dashboard.components.html import Html, el

COPIES_SHOWN = 6  # of one picture
COPY_SIZE = 120
REFUSALS_SHOWN = 200
SPLITS = {"val": "tuning (val)", "none": "in no split"}
TRAITS = {
    "file_bytes": "file size",
    "bits_per_pixel": "bits a pixel in the file",
    "bit_depth": "bit depth",
    "aspect": "width by height",
    "black_border": "black border",
    "white_border": "white border",
    "black_corners": "black corners",
    "layout": "colour mode",
}


def sums(audit: Audit) -> Html:
    """The figures that matter first."""
    cells = (
        (audit.pictures, "pictures"),
        (audit.distinct, "distinct"),
        (audit.exact_copies, "exact copies"),
        (len(audit.copy_groups), "pictures with copies"),
        (len(audit.contradictions), "under both classes"),
        (len(audit.unreadable), "unreadable"),
    )
    return html.sums([(f"{number:,}", word) for number, word in cells], live=True)


def leaks(audit: Audit) -> Html:
    """Copies across splits, a sentence each; or that there are none."""
    if not audit.leaks:
        return html.note("No picture stands in more than one split.")
    return html.bullets(html.join(html.warning("leaks"), f" {_sentence(leak)}") for leak in audit.leaks)


def counts(audit: Audit) -> Html:
    """A row a split."""
    rows: tuple[Row, ...] = tuple(
        (
            _split(row.split),
            CountCell(row.fractured),
            CountCell(row.not_fractured),
            *(_size(size) for size in (row.smallest, row.typical, row.largest)),
            f"{row.bytes / 1024**2:,.0f} MB",
        )
        for row in audit.counts
    )
    names = columns("split", "fractured", "not fractured", "smallest", "typical", "largest", "files")
    return html.table(Table(names, rows))


def shortcuts(audit: Audit) -> Html:
    """How well traits of the files tell the class; what tells is marked."""
    if not audit.shortcuts:
        return html.note("Too few pictures of a class to say whether traits of the files tell it.")
    rows: tuple[Row, ...] = tuple(
        (
            TextCell(TRAITS.get(each.trait, each.trait), mark="tells the class" if each.telling else ""),
            NumberCell(each.auc, interval=each.interval),
            each.fractured,
            each.not_fractured,
        )
        for each in audit.shortcuts
    )
    return html.table(Table(columns("trait of the file", "AUC by itself", "fractured", "not fractured"), rows))


def copies(groups: Sequence[Sequence[str]], fetch: Callable[[str], Radiograph]) -> Html:
    """Groups of copies as pictures, a row each, every one under its path."""
    return html.join(*(_copies(group, fetch) for group in groups))


def unreadable(audit: Audit) -> Html:
    """File, reason, remedy."""
    rows: tuple[Row, ...] = tuple(
        (printable(each.name, 300), printable(each.reason, 300), printable(each.remedy, 300))
        for each in audit.unreadable[:REFUSALS_SHOWN]
    )
    return html.scrolling(html.table(Table(columns("file", "reason", "what to do"), rows)))


def manifest(found: Manifest) -> Html:
    """What a data set holds, what was left out of it and why, and whether it leaks."""
    table = Table(
        columns("split", "fractured", "not fractured", "answer in sight"),
        tuple(_counted(found, each) for each in Split),
    )
    left_out = html.bullets(
        printable(f"{source.name}: {each.pictures:,} left out, {each.reason}", 300)
        for source in found.sources
        for each in source.left_out
    )
    leaking = ", ".join(f"{leak.pictures:,} of {_split(leak.second)} in {_split(leak.first)}" for leak in found.leaks)
    warning = el("p", html.warning("leaks"), f" {leaking}", cls="note") if leaking else Html()
    return html.table(table) + warning + left_out


def _sentence(leak: Leak) -> str:
    has_copies = "has a copy" if leak.pictures == 1 else "have copies"
    return f"{count(leak.pictures, 'picture')} of {_split(leak.second)} {has_copies} in {_split(leak.first)}."


def _copies(group: Sequence[str], fetch: Callable[[str], Radiograph]) -> Html:
    shown = [(partial(fetch, name), (printable(name, 60),)) for name in group[:COPIES_SHOWN]]
    more = len(group) - COPIES_SHOWN
    rest = el("span", f"and {more:,} more", cls="note") if more > 0 else Html()
    return el("div", gallery.gallery(shown, COPY_SIZE), rest, cls="copies")


def _counted(found: Manifest, split: Split) -> Row:
    items = found.of(split)
    fractured, aided = sum(item.fractured for item in items), sum(item.aided for item in items)
    return (_split(split), CountCell(fractured), CountCell(len(items) - fractured), CountCell(aided))


def _split(name: str) -> str:
    return printable(SPLITS.get(name, str(name)))


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,}"
