"""Rules 2 and 5 seen from outside: processes of their own, started and then asked what they have imported."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.unit.architecture.sources import ROOT, module_name, python_files, run_python

HEAVY = {"tensorflow", "keras", "pandas", "streamlit"}
TELL = "import json, sys; print('MODULES', json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def imported_by(code: str, environment: dict[str, str] | None = None) -> set[str]:
    """Top-level modules that a new Python holds after running the code."""
    last = run_python(f"{code}\n{TELL}", environment).strip().splitlines()[-1]
    return set(json.loads(last.removeprefix("MODULES ")))


def test_importing_core_is_light() -> None:
    assert not imported_by("import core") & (HEAVY | {"numpy", "sqlalchemy"})


def test_help_of_the_command_line_is_light() -> None:
    code = """
import runpy, sys
sys.argv = ["core", "--help"]
try:
    runpy.run_module("core", run_name="__main__", alter_sys=True)
except SystemExit as exit:
    assert not exit.code, exit.code
"""
    assert not imported_by(code) & HEAVY


def test_the_dashboard_never_holds_tensorflow(tmp_path: Path) -> None:
    """Every module of the dashboard is imported and the app is run, screen by screen."""
    names = [module_name(file) for file in python_files("dashboard")]
    app = ROOT / "dashboard" / "app.py"
    code = f"""
import importlib
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(app)!r}, default_timeout=90).run()
assert not app.exception, app.exception
for name in {names!r}:
    importlib.import_module(name)
"""
    environment = os.environ | {"FRACTURE_HOME": str(tmp_path / "home")}
    held = imported_by(code, environment)
    assert "streamlit" in held
    assert not held & {"tensorflow", "keras", "tensorboard", "torch"}
