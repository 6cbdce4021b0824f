"""HTML is built in one place, and nothing that comes from outside can be anything but text."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from core.domain import Band
from core.table import BandCell, Column, CountCell, IntervalCell, NumberCell, ShareCell, Table, TextCell, columns
from dashboard.components import html
from dashboard.components.html import Html, el

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table><iframe src=//else.where>",
    "&lt;b&gt;",
    "a & b < c > d",
)
CARD_TAGS = {"table", "tr", "th", "td", "p", "small", "b", "code", "span"}


class Reader(HTMLParser):
    """What a browser would make of it: elements, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def cells_of(table: Html | str) -> list[list[str]]:
    """The text of a table's cells by row, headings aside, and what stands in small beneath them aside."""
    rows = (re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", str(table)))
    return [[unescape(re.sub(r"<small>.*?</small>|<[^>]*>", "", cell)) for cell in row] for row in rows if row]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_and_attributes_stay_what_they_are(attack: str) -> None:
    read = Reader(str(el("p", attack, el("b", attack), title=attack, aria_label=attack)))
    assert read.elements == ["p", "b"]
    assert read.attributes == [("title", attack), ("aria-label", attack)]
    assert "".join(read.words) == attack * 2


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_part_of_a_table_is_text(attack: str) -> None:
    row = (attack, TextCell(attack, note=attack, mark=attack), NumberCell(1.0, note=attack, mark=attack))
    heads = (Column(attack, mark=attack), Column("`" + attack + "`", group=attack), Column("c", unit=attack))
    read = Reader(str(html.table(Table(heads, (row,), caption=attack, note=attack))))
    assert set(read.elements) <= CARD_TAGS
    assert {name for name, _ in read.attributes} <= {"class", "colspan", "style"}
    assert "".join(read.words).count(attack) == 13


@pytest.mark.parametrize("attack", ATTACKS)
def test_shapes_of_a_page_hold_text(attack: str) -> None:
    page = html.join(
        attack,
        html.note(attack),
        html.warning(attack),
        html.bullets([attack]),
        html.definitions([(attack, attack)]),
        html.sums([(attack, attack)], live=True),
    )
    read = Reader(str(page))
    assert set(read.elements) <= {"p", "b", "ul", "li", "dl", "dt", "dd", "div", "span"}
    assert {name for name, _ in read.attributes} <= {"class", "role"}
    assert "".join(read.words) == attack * 8


@pytest.mark.parametrize("address", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "file:///etc"])
def test_a_link_leads_to_no_script(address: str) -> None:
    with pytest.raises(ValueError, match="a link leads to"):
        el("a", "x", href=address)


@pytest.mark.parametrize("address", ["https://a.b/c?d=e&f", "/media/x.csv", "data:image/webp;base64,AA=="])
def test_other_links_are_taken(address: str) -> None:
    assert Reader(str(el("img", src=address))).attributes == [("src", address)]


def test_scripts_and_handlers_are_refused() -> None:
    for build in (
        lambda: el("script", "x"),
        lambda: el("style", "x"),
        lambda: el("p onclick=x"),
        lambda: el("p", onclick="x"),
        lambda: el("p", **{"a b": "x"}),
    ):
        with pytest.raises(ValueError):
            build()


def test_attributes_that_say_nothing_are_left_out() -> None:
    assert str(el("a", "x", cls="", role=None, hidden=False, download=True, colspan=2)) == (
        '<a download colspan="2">x</a>'
    )
    assert str(el("img", alt="")) == '<img alt="">'


def test_parts_are_added_and_empty_ones_are_nothing() -> None:
    assert str(Html("<b>") + html.join("<")) == "<b>&lt;"
    assert not (html.note("") or html.bullets([]) or html.definitions([("a", "")]) or html.scrolling(Html()))


def rows_of(table: Table, **options: float) -> list[str]:
    return str(html.table(table, **options)).split("<tr>")[1:]


def test_each_kind_of_cell_is_drawn() -> None:
    table = Table(
        (*columns("band", "word", words=2), Column("n"), Column("share"), Column("time", "s"), Column("range")),
        (
            (
                BandCell(Band.POSITIVE),
                TextCell("x", note="y", mark="leaks", code=True),
                CountCell(1204),
                ShareCell(0.1789, 3, (0.15, 0.2)),
                NumberCell(-1.5, 1, (-2.0, 0.04), of=9),
                IntervalCell((0.01, 0.02)),
            ),
        ),
    )
    heads, row = rows_of(table)
    assert '<th>band</th><th class="left">word</th><th>n</th>' in heads
    for part in (
        '<td><span style="color:#e3a341">▲ positive</span></td>',
        '<td class="left"><code>x</code> <b class="leaks">leaks</b><small>y</small></td>',
        "<td>1,204</td>",
        "<td>17.9 %<small>15.0 to 20.0 %</small></td>",
        "<td>-1.5 s<small>-2.0 to 0.0 s of 9</small></td>",
        "<td>0.01 to 0.02</td>",
    ):
        assert part in row


def test_columns_of_a_group_stand_under_one_heading() -> None:
    heads = (*columns("a"), Column("b", group="x y"), Column("c", group="x y"), Column("d"))
    above, names, _ = rows_of(Table(heads, (("1", "2", "3", "4"),)))
    assert above.startswith('<td colspan="1"></td><th colspan="2">x y</th><td colspan="1"></td>')
    assert "<th>b</th><th>c</th>" in names


def test_what_is_not_known_is_empty_and_zero_has_no_sign() -> None:
    table = Table(
        columns("a", "b", "c", "d"), (("", NumberCell(None, note="none"), CountCell(None), NumberCell(-0.001)),)
    )
    assert "<td></td><td><small>none</small></td><td></td><td>0.00</td>" in rows_of(table)[1]
    assert not html.table(Table(columns("a"), (), note="x"))


def test_a_plot_stays_on_its_line() -> None:
    row = rows_of(Table(columns("a", "k"), (("x", NumberCell(3.0, interval=(-1.0, 9.0))),)), plotted=4.0)[1]
    assert "left:0.0%;width:100.0%" in row and "left:75.0%" in row and "<b>3.00</b>" in row


def test_code_stands_between_backticks() -> None:
    assert str(html.note("of `a<b` and")) == '<p class="note">of <code>a&lt;b</code> and</p>'
    assert str(html.note("a ` b")) == '<p class="note">a ` b</p>'
