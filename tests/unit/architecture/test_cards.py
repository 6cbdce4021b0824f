"""Rule 7: a card is a type. Nobody asks it for a field by its JSON's name but the package that reads it."""

from __future__ import annotations

import ast

import pytest

from tests.unit.architecture.sources import ROOT, parse, python_files

READER = ROOT / "core" / "card"
DOCUMENTS = ("card", "manifest", "finding", "findings")


def indexed_documents(tree: ast.AST) -> list[str]:
    """Each place where a card, a manifest or a finding is asked for a field as a dict is, as `line: what`."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            asked = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            asked = node.func.value
        else:
            continue
        name = asked.attr if isinstance(asked, ast.Attribute) else getattr(asked, "id", "")
        if name in DOCUMENTS:
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("folder", ["core", "dashboard"])
def test_a_card_is_asked_by_its_type(folder: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{what}"
        for file in python_files(folder)
        if READER not in file.parents
        for what in indexed_documents(parse(file))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", ["card['gate']", "model.card['gate']['layers']", "model.card.get('figures', {})"])
def test_the_check_notices(code: str) -> None:
    assert indexed_documents(ast.parse(code))


@pytest.mark.parametrize("code", ["card.gate.layers", "card.figures['val']", "cards['a']", "registry.get('card')"])
def test_the_check_lets_pass(code: str) -> None:
    assert not indexed_documents(ast.parse(code))
