"""Nobody indexes a card, a manifest or an audit's findings as a dict outside the file that reads it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.unit.architecture.sources import ROOT

DOCUMENTS = frozenset({"card", "cards", "manifest", "findings"})
READERS = ("core/card/",)


def indexed(source: str) -> list[int]:
    """The lines in which such a name, or an attribute of that name, is subscripted or asked with `get`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and _is_document(node.value):
            found.append(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr == "get" and _is_document(node.value):
            found.append(node.lineno)
    return found


def _is_document(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in DOCUMENTS


def sources() -> list[Path]:
    paths = [*(ROOT / "core").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]
    return [path for path in paths if not path.relative_to(ROOT).as_posix().startswith(READERS)]


def test_no_document_is_indexed_outside_its_reader() -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for path in sources() for line in indexed(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "source",
    ['model.card["figures"]', 'card.get("limits", ())', 'self.manifest["items"]', "findings[0]", "f(card)['x']"],
)
def test_the_check_notices(source: str) -> None:
    assert bool(indexed(source)) is (not source.startswith("f("))
