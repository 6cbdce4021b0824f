"""What turns a radiograph into a prediction, and what reads, come without TensorFlow: they are handed an engine."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import core.prediction, core.reading
names = [name for room in (core.prediction, core.reading)
         for _, name, _ in pkgutil.walk_packages(room.__path__, room.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names))
print(*sorted(name for name in sys.modules if name.startswith(("tensorflow", "keras", "core.cnn"))))
"""


def test_neither_prediction_nor_reading_imports_tensorflow_or_core_cnn() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    count, imported = said.split("\n")[:2]
    assert int(count) > 25
    assert imported == ""
