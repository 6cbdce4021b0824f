"""HTML is built and drawn in one place of the dashboard, which escapes; everything else hands it text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.unit.architecture.sources import ROOT, parse, python_files

BUILDER = "dashboard/components/html.py"
ALLOWED = {
    "dashboard/serving.py": "the first paint, which the server puts into Streamlit's own page",
    "dashboard/app.py": "draws the style sheet, a file of the product",
}
TAG = re.compile(r"</?[a-z][a-z0-9]*(\s[^<>]*)?/?>|<[a-z][a-z0-9]*\s+[a-z-]+=", re.IGNORECASE)


def html_in(tree: ast.AST) -> list[str]:
    """What builds or draws HTML, as `line: what`; docstrings aside."""
    found = []
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and id(node) not in docstrings:
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if TAG.search(text):
                found.append(f"{node.lineno}: {text[:60]!r}")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            draws = name.endswith(("st.html", "html.Html")) or name in ("Html", "html.escape", "escape")
            if draws and (name not in ("Html", "html.Html") or node.args or node.keywords):
                found.append(f"{node.lineno}: {name}(...)")
        elif isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            found.append(f"{node.value.lineno}: unsafe_allow_html")
    return found


def of_the_dashboard() -> list[Path]:
    return [file for file in python_files("dashboard") if str(file.relative_to(ROOT)) != BUILDER]


def test_html_is_built_in_one_place() -> None:
    found = [
        f"{name}:{what}"
        for file in of_the_dashboard()
        if (name := str(file.relative_to(ROOT))) not in ALLOWED
        for what in html_in(parse(file))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_each_exception_is_still_one(name: str) -> None:
    assert html_in(parse(ROOT / name))


@pytest.mark.parametrize(
    "code",
    [
        "x = '<b>bold</b>'",
        "x = f'<td>{value}</td>'",
        "x = '<span style=\"color:' + colour",
        "x = b'<script>'",
        "x = '<br/>'",
        "st.html(text)",
        "import streamlit\nstreamlit.html_ = st.html('x')",
        "st.markdown(x, unsafe_allow_html=True)",
        "Html(text)",
        "html.Html(text)",
        "html.escape(text)",
    ],
)
def test_the_check_notices(code: str) -> None:
    assert html_in(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    ["x = '<0.01'", "x = values.astype('<f4')", "'''Draws <b>.'''", "Html()", "el('b', 'bold')", "x = 'a < b > c'"],
)
def test_the_check_lets_pass(code: str) -> None:
    assert not html_in(ast.parse(code))
