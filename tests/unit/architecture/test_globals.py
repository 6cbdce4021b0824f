"""Rule 4: no mutable globals in core, because every user shares them."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import enum
import importlib
import logging
import numbers
import re
import string
import struct
import types
import typing
from collections.abc import Iterator
from pathlib import Path, PurePath

import numpy as np
import pytest
from sqlalchemy import MetaData, Table

from tests.unit.architecture.sources import ROOT, module_name, parse, python_files

CONSTANT_NAME = re.compile(r"_{0,2}[A-Z][A-Z0-9_]*|__\w+__")
# What may have a small name at the top of a file: types, loggers, and the declarations that SQLAlchemy reads.
DECLARATIONS = (type, types.GenericAlias, types.UnionType, typing.TypeVar, logging.Logger, Table, MetaData)
IMMUTABLE = (
    str, bytes, range, types.NoneType, types.FunctionType, types.BuiltinFunctionType, numbers.Number, enum.Enum,
    PurePath, re.Pattern, struct.Struct, string.Template, datetime.date, datetime.timedelta, datetime.tzinfo,
    np.dtype, np.generic, types.ModuleType,
)  # fmt: skip
ALEMBIC_NAMES = {"revision", "down_revision", "branch_labels", "depends_on"}


def is_immutable(value: object) -> bool:
    if isinstance(value, (tuple, frozenset)):
        return all(is_immutable(item) for item in value)
    if isinstance(value, types.MappingProxyType):
        return all(is_immutable(item) for item in value.values())
    if isinstance(value, np.ndarray):
        return not value.flags.writeable
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return value.__dataclass_params__.frozen
    return isinstance(value, IMMUTABLE + DECLARATIONS) or typing.get_origin(value) is not None


def assigned_names(body: list[ast.stmt]) -> Iterator[str]:
    """Names bound by an assignment at the top of a module or class, inside `if`, `try` and `with` too."""
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For)):
            for target in targets:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from assigned_names(getattr(node, inner, []))


def mutable_globals(tree: ast.Module, module: types.ModuleType) -> list[str]:
    """What every user would share, as sentences."""
    found = []
    for name in assigned_names(tree.body):
        if name == "__all__" or not hasattr(module, name):  # the latter: for type checkers only
            continue
        value = getattr(module, name)
        if not is_immutable(value):
            found.append(f"{name} is a {type(value).__name__}, which can change")
        named_well = CONSTANT_NAME.fullmatch(name) or name in ALEMBIC_NAMES
        if not named_well and not isinstance(value, DECLARATIONS) and typing.get_origin(value) is None:
            found.append(f"{name} is no constant's name")
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.append(f"line {node.lineno}: global {', '.join(node.names)}")
        elif isinstance(node, ast.ClassDef):
            owner = getattr(module, node.name, None)
            for name in assigned_names(node.body):
                value = vars(owner).get(name) if owner else None
                if isinstance(value, (list, dict, set, bytearray)) and not name.startswith("__"):
                    found.append(f"{node.name}.{name} is a {type(value).__name__} that all instances share")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += [f"line {node.lineno}: {what}" for what in map(endless_cache, node.decorator_list) if what]
    return found


def endless_cache(decorator: ast.expr) -> str | None:
    """`@cache` and `@lru_cache(maxsize=None)` hold what they have seen for ever, for every user."""
    text = ast.unparse(decorator).removeprefix("functools.")
    return f"@{text} is never emptied" if text == "cache" or "maxsize=None" in text else None


@pytest.mark.parametrize("file", python_files("core"), ids=lambda file: str(file.relative_to(ROOT)))
def test_core_has_no_mutable_global(file: Path) -> None:
    if file.name in ("__main__.py", "env.py"):  # run when imported: read only
        assert not list(assigned_names(parse(file).body))
        return
    found = mutable_globals(parse(file), importlib.import_module(module_name(file)))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "CACHE = {}",
        "NAMES = ['a']",
        "SEEN: set[str] = set()",
        "PAIRS = (1, [2])",
        "if True:\n    TABLE = dict(a=1)",
        "counter = 0",
        "X = 0\ndef count():\n    global X\n    X += 1",
        "import functools\n@functools.cache\ndef load(name): return object()",
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef load(name): return object()",
        "class Thing:\n    seen = []",
        "import numpy as np\nKERNEL = np.zeros(3)",
        "class Thing: pass\nONE = Thing()",
    ],
)
def test_the_check_notices(code: str) -> None:
    assert mutable_globals(ast.parse(code), run_as_module(code))


@pytest.mark.parametrize(
    "code",
    [
        "SIZE = 150",
        "NAMES = ('a', 'b')",
        "import re\nPATTERN = re.compile('x')",
        "from types import MappingProxyType\nWORDS = MappingProxyType({'a': 1})",
        "import logging\nlog = logging.getLogger(__name__)",
        "Pair = tuple[int, int]",
        "from pathlib import Path\nHERE = Path('x').resolve()",
    ],
)
def test_the_check_lets_pass(code: str) -> None:
    assert not mutable_globals(ast.parse(code), run_as_module(code))


def run_as_module(code: str) -> types.ModuleType:
    module = types.ModuleType("sample")
    exec(code, vars(module))
    return module
