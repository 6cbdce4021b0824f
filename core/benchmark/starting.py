"""What starting costs: the time of `import core`, and whether the dashboard's process holds TensorFlow."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from core.benchmark.measure import ROOT, BenchmarkRow, Plan, SideBySide, alternate

IMPORT_SECONDS = 0.2  # what `import core` may take beyond Python itself
STARTS = 5  # of Python, for one figure


def measure(plan: Plan) -> list[BenchmarkRow]:
    """Measure the time of `import core`, and whether the dashboard imports TensorFlow."""
    rows = []
    if "import" in plan.keys:
        _start("import core")  # compiles it
        bare, core = alternate(
            {"Python": lambda: _start("pass"), "import core": lambda: _start("import core")}, plan
        ).values()
        rows.append(
            BenchmarkRow(
                "import", "import core", "s", core, bare, "Python alone", SideBySide.DIFFERENCE_AT_MOST, IMPORT_SECONDS
            )
        )
    if "dashboard" in plan.keys:
        from core.benchmark.worklist import rerun

        held = float(rerun(plan.workspace / "home", 1)["tensorflow"])
        title = "TensorFlow in the dashboard's process (1: yes)"
        rows.append(BenchmarkRow("dashboard", title, "", (held,), (0.0,), "never", SideBySide.DIFFERENCE_AT_MOST, 0.0))
    return rows


def _start(code: str) -> float:
    """Seconds that a new Python takes for the code, median of a few."""

    def once() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # noqa: S603 - this Python, on files of the benchmark's own
        return time.perf_counter() - began

    return median(once() for _ in range(STARTS))
