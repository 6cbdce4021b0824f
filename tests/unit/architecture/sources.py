"""The product's own source files, for the checks that read them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("core", "dashboard", "tests")


def python_files(folder: str) -> list[Path]:
    """Every Python file below a folder of the repository, sorted."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"no Python file in {folder}: the check would hold nothing"
    return files


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """Absolute names of everything imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run_python(code: str, environment: dict[str, str] | None = None) -> str:
    """Run code in a Python of its own, from the repository's root, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
