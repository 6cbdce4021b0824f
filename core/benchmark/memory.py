"""Peak memory of `python -m core predict`, and whether it grows with the number of pictures."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from core.benchmark.measure import BenchmarkRow, Plan, SideBySide, alternate, link

FEW, MANY = 500, 5_000
MEBIBYTE = 1024 * 1024
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss

# Linux counts the peak of the process that starts another as the other's own, so a small one stands in between.
MEASURE_CHILD = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
errors = child.stderr.read()
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss, errors.decode(errors="replace")[-2000:]]))
"""


def measure(plan: Plan) -> list[BenchmarkRow]:
    """Measure the peak memory of `predict` on few and on many pictures."""
    few, many = (_repeat_pictures(plan.images, plan.workspace / f"memory-{count}", count) for count in (FEW, MANY))
    figures = alternate(
        {f"predict on {FEW}, MiB": lambda: _predict(few), f"predict on {MANY}, MiB": lambda: _predict(many)}, plan
    )
    at_few, at_many = figures.values()
    title = f"Peak memory of predict on {MANY:,} pictures"
    return [BenchmarkRow("memory", title, "MiB", at_many, at_few, f"on {FEW}", SideBySide.RATIO_AT_MOST, required=1.2)]


def peak_memory(command: Sequence[str], environment: dict[str, str] | None = None) -> float:
    """Run a command to its end and return the largest resident memory it had, in MiB.

    Raises:
        RuntimeError: the command failed; with the end of what it wrote to its error output.
    """
    helper = [sys.executable, "-c", MEASURE_CHILD, *command]
    done = subprocess.run(helper, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - this Python, on files of the benchmark's own
    code, peak, errors = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{' '.join(command[:4])} ended with {code}:\n{errors}")
    return peak * MAXRSS_BYTES / MEBIBYTE


def _predict(folder: Path) -> float:
    table = folder.with_suffix(".csv")
    return peak_memory([sys.executable, "-m", "core", "predict", str(folder), "--csv", str(table)])


def _repeat_pictures(images: Sequence[Path], folder: Path, count: int) -> Path:
    """A folder of `count` pictures: the given ones, over and over."""
    for number, image in enumerate(itertools.islice(itertools.cycle(images), count)):
        link(image, folder / f"{number:06d}{image.suffix}")
    return folder
