"""What an audit has found: counts, copies and contradictions as pictures, leaks, shortcuts, and what cannot be read."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from core.domain import Radiograph
from core.learning.datasets.audit import Audit
from core.learning.datasets.manifest import Manifest, Split
from dashboard.components import gallery
from dashboard.components.format import count, printable

COPIES_SHOWN = 6  # of one picture
COPY_SIZE = 120
REFUSALS_SHOWN = 200
TELLING = ' <b class="leaks">tells the class</b>'
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


def sums(audit: Audit) -> str:
    """The figures that matter first."""
    cells = (
        (audit.pictures, "pictures"),
        (audit.distinct, "distinct"),
        (audit.exact_copies, "exact copies"),
        (len(audit.copy_groups), "pictures with copies"),
        (len(audit.contradictions), "under both classes"),
        (len(audit.unreadable), "unreadable"),
    )
    body = "".join(f"<span><b>{number:,}</b>{word}</span>" for number, word in cells)
    return f'<div class="sums" role="status">{body}</div>'


def leaks(audit: Audit) -> str:
    """Copies across splits, a sentence each; or that there are none."""
    if not audit.leaks:
        return '<p class="note">No picture stands in more than one split.</p>'
    lines = "".join(
        f'<li><b class="leaks">leaks</b> {count(leak.pictures, "picture")} of {_split(leak.second)} '
        f"{'has a copy' if leak.pictures == 1 else 'have copies'} in {_split(leak.first)}.</li>"
        for leak in audit.leaks
    )
    return f'<ul class="card">{lines}</ul>'


def counts(audit: Audit) -> str:
    """A row a split."""
    lines = "".join(
        f"<tr><td>{_split(row.split)}</td><td>{row.fractured:,}</td><td>{row.not_fractured:,}</td>"
        f"<td>{_size(row.smallest)}</td><td>{_size(row.typical)}</td><td>{_size(row.largest)}</td>"
        f"<td>{row.bytes / 1024**2:,.0f} MB</td></tr>"
        for row in audit.counts
    )
    return _table(("split", "fractured", "not fractured", "smallest", "typical", "largest", "files"), lines)


def shortcuts(audit: Audit) -> str:
    """How well traits of the files tell the class; what tells is marked."""
    if not audit.shortcuts:
        return '<p class="note">Too few pictures of a class to say whether traits of the files tell it.</p>'
    lines = "".join(
        f"<tr><td>{TRAITS.get(each.trait, each.trait)}{TELLING if each.telling else ''}</td>"
        f"<td>{each.auc:.2f}<small>{each.interval[0]:.2f} to {each.interval[1]:.2f}</small></td>"
        f"<td>{html.escape(each.fractured)}</td><td>{html.escape(each.not_fractured)}</td></tr>"
        for each in audit.shortcuts
    )
    return _table(("trait of the file", "AUC by itself", "fractured", "not fractured"), lines)


def copies(groups: Sequence[Sequence[str]], fetch: Callable[[str], Radiograph]) -> str:
    """Groups of copies as pictures, a row each, every one under its path."""
    rows = []
    for group in groups:
        shown = [(lambda name=name: fetch(name), (html.escape(printable(name, 60)),)) for name in group[:COPIES_SHOWN]]
        more = len(group) - COPIES_SHOWN
        rest = f'<span class="note">and {more:,} more</span>' if more > 0 else ""
        rows.append(f'<div class="copies">{gallery.gallery(shown, COPY_SIZE)}{rest}</div>')
    return "".join(rows)


def unreadable(audit: Audit) -> str:
    """File, reason, remedy."""
    lines = "".join(
        f"<tr><td>{_cell(each.name)}</td><td>{_cell(each.reason)}</td><td>{_cell(each.remedy)}</td></tr>"
        for each in audit.unreadable[:REFUSALS_SHOWN]
    )
    return f'<div class="refused">{_table(("file", "reason", "what to do"), lines)}</div>'


def manifest(found: Manifest) -> str:
    """What a data set holds, what was left out of it and why, and whether it leaks."""
    lines = "".join(_counted(found, split) for split in Split)
    left = "".join(
        f"<li>{html.escape(source.name)}: {each.pictures:,} left out, {html.escape(each.reason)}</li>"
        for source in found.sources
        for each in source.left_out
    )
    leaking = ", ".join(f"{leak.pictures:,} of {_split(leak.second)} in {_split(leak.first)}" for leak in found.leaks)
    warning = f'<p class="note"><b class="leaks">leaks</b> {leaking}</p>' if leaking else ""
    table = _table(("split", "fractured", "not fractured", "answer in sight"), lines)
    return f"{table}{warning}{f'<ul class=card>{left}</ul>' if left else ''}"


def _counted(found: Manifest, split: Split) -> str:
    items = found.of(split)
    fractured, aided = sum(item.fractured for item in items), sum(item.aided for item in items)
    return (
        f"<tr><td>{_split(split)}</td><td>{fractured:,}</td><td>{len(items) - fractured:,}</td><td>{aided:,}</td></tr>"
    )


def _table(heads: Sequence[str], lines: str) -> str:
    return f'<table class="card"><tr>{"".join(f"<th>{name}</th>" for name in heads)}</tr>{lines}</table>'


def _split(name: str) -> str:
    return html.escape(SPLITS.get(name, str(name)))


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,}"


def _cell(text: str) -> str:
    return html.escape(printable(text, 300))
