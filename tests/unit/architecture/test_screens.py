"""Rule 3: a screen holds no rule, no SQL and no threshold; and caches live in one file."""

from __future__ import annotations

import ast
import re

import pytest

from tests.unit.architecture.sources import ROOT, imported_modules, parse, python_files

SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\b", re.IGNORECASE | re.DOTALL)
MEASURES = ("probability", "score", "threshold")
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
FORBIDDEN = ("sqlalchemy", "alembic", "sqlite3", "core.store", "core.cnn")


def rules_in(tree: ast.AST) -> list[str]:
    """What a screen must not hold, as `line: what`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(operator, ORDERINGS) for operator in node.ops):
            for operand in (node.left, *node.comparators):
                if isinstance(operand, ast.Constant) and isinstance(operand.value, float):
                    found.append(f"{node.lineno}: compares with {operand.value}")
                if any(measure in _last_name(operand) for measure in MEASURES):
                    found.append(f"{node.lineno}: compares {_last_name(operand)}, which is a service's to do")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            found.append(f"{node.lineno}: SQL")
    found += [f"imports {name}" for name in imported_modules(tree) if name.startswith(FORBIDDEN)]
    return found


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("folder", ["dashboard/screens", "dashboard/components"])
def test_screens_hold_no_rule(folder: str) -> None:
    found = [f"{file.relative_to(ROOT)}:{what}" for file in python_files(folder) for what in rules_in(parse(file))]
    assert not found, "\n".join(found)


def test_caches_live_in_resources_only() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files("dashboard")
        if file.name != "resources.py"
        for node in ast.walk(parse(file))
        if _last_name(node).startswith("cache_") or (isinstance(node, ast.alias) and node.name.startswith("cache_"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "if row.probability > limit: pass",
        "if x >= 0.5: pass",
        "if 0.2 < x: pass",
        "band = 'positive' if threshold_high <= value else ''",
        "import sqlalchemy",
        "def late():\n    from sqlalchemy import select",
        "from core.store import schema",
        "rows = run('SELECT id FROM entry')",
    ],
)
def test_the_check_notices(code: str) -> None:
    assert rules_in(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["if row.probability is None: pass", "if count > 500: pass", "st.title('Select a file')"]
)
def test_the_check_lets_pass(code: str) -> None:
    assert not rules_in(ast.parse(code))
