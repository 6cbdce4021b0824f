"""Rules 1, 2 and 5: the import-linter contracts of pyproject.toml hold, and each would notice being broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.architecture.sources import ROOT

# contract, a file, a line in it that the contract must refuse
BREACHES = [
    ("core-layers", "core/domain.py", "import core.imaging"),
    ("core-layers", "core/errors.py", "import core.store"),
    ("core-layers", "core/imaging/__init__.py", "import core.reading"),
    ("core-layers", "core/store/__init__.py", "from core import bootstrap"),
    ("core-layers", "core/cnn/__init__.py", "import core.learning"),
    ("core-layers", "core/reading/__init__.py", "import core.learning"),
    ("core-layers", "core/learning/__init__.py", "import core.reading"),
    ("core-layers", "core/reading/__init__.py", "from core import bootstrap"),
    ("core-layers", "core/bootstrap.py", "from core import cli"),
    ("core-layers", "core/new_module.py", "import core.errors"),
    ("dashboard-layers", "dashboard/components/__init__.py", "import dashboard.screens"),
    ("dashboard-layers", "dashboard/resources.py", "import dashboard.components"),
    ("core-below-dashboard", "core/reading/__init__.py", "import streamlit"),
    ("core-below-dashboard", "core/bootstrap.py", "from dashboard import state"),
    ("light-dashboard", "dashboard/resources.py", "import tensorflow"),
    ("light-dashboard", "dashboard/screens/__init__.py", "from keras import models"),
    ("light-dashboard", "dashboard/screens/__init__.py", "import sqlalchemy"),
    ("light-dashboard", "dashboard/components/__init__.py", "from core.cnn import classifier"),
    ("light-dashboard", "dashboard/components/__init__.py", "import core.store"),
    ("tensorflow-in-cnn", "core/learning/evaluation/__init__.py", "import tensorflow"),
    ("tensorflow-in-cnn", "core/reading/__init__.py", "def late():\n    import keras"),
    ("sql-in-store", "core/reading/__init__.py", "import sqlalchemy"),
    ("training-apart", "core/reading/__init__.py", "from core.cnn import training"),
    ("training-apart", "dashboard/resources.py", "import core.cnn.training.train"),
]


def lint_imports(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = str(Path(sys.executable).parent / "lint-imports")
    return subprocess.run(
        [sys.executable, command, "--no-cache", "--no-logo", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources alone, to break things in."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in ("core", "dashboard"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_contract_is_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_is_tried_below() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _, _ in BREACHES}


@pytest.mark.parametrize(("contract", "file", "line"), BREACHES)
def test_a_contract_notices_being_broken(copied_tree: Path, contract: str, file: str, line: str) -> None:
    target = copied_tree / file
    before = target.read_text(encoding="utf-8") if target.exists() else None
    target.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        done = lint_imports(copied_tree, "--contract", contract)
    finally:
        if before is None:
            target.unlink()
        else:
            target.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "exhaustive" in done.stdout, done.stdout
