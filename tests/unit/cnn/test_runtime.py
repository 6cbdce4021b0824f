"""What TensorFlow's libraries write by themselves stays off the terminal; what we need to know does not."""

from __future__ import annotations

import subprocess
import sys

from tests.unit.architecture.sources import ROOT

CODE = """
import os, sys
from core.cnn.runtime import _held_back
with _held_back():
    os.write(2, b"a library's note\\n")
    {inside}
print("afterwards", file=sys.stderr)
"""


def said(inside: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(inside=inside)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stderr


def test_a_note_is_kept_back_and_the_terminal_given_back() -> None:
    assert said("pass") == "afterwards\n"


def test_where_it_fails_everything_is_shown() -> None:
    shown = said("raise ImportError('no such library')")
    assert shown.startswith("a library's note\n")
    assert "ImportError: no such library" in shown


def test_where_it_ends_the_process_it_says_at_which_line() -> None:
    shown = said("os.abort()")
    assert "Fatal Python error: Aborted" in shown
    assert 'File "<string>", line 6' in shown
