"""`python -m core benchmark IMAGES`: the product's speed, side by side with the plain way of doing the same.

Every figure is the median of several, the ways taking turns on the same files in one run.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from core import __version__
from core.benchmark.measure import BenchmarkRow, Plan, SideBySide

# group -> the rows it measures, in the table's order; a group is a module of this package, imported when it is its turn
GROUPS = (
    ("starting", ("import", "dashboard")),
    ("memory", ("memory",)),
    ("predicting", ("reference", "reference-heatmap", "champion")),
    ("learning", ("input", "training")),
    ("worklist", ("worklist",)),
)
KEYS = tuple(key for _, keys in GROUPS for key in keys)
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pillow", "streamlit", "SQLAlchemy")
REPEATS = 3


def run(images: Path, keys: Iterable[str] = KEYS, repeats: int = REPEATS) -> dict:
    """Measure the rows and print the table.

    Args:
        images: a folder of pictures, searched with the folders inside it.
        keys: which rows, of `KEYS`.
        repeats: how often each way is measured.

    Returns:
        `machine`, `images` (how many), `repeats`, `created` and `rows`, each as `BenchmarkRow.as_json`. No file names.
    """
    chosen = frozenset(keys)
    rows: list[BenchmarkRow] = []
    with tempfile.TemporaryDirectory(prefix="fracture-benchmark-") as folder:
        plan = Plan(tuple(find_images(images)), Path(folder), repeats, chosen, _report)
        for group, its_keys in GROUPS:
            if chosen.isdisjoint(its_keys):
                continue
            own = replace(plan, workspace=plan.workspace / group)
            own.workspace.mkdir()
            module = importlib.import_module(f"core.benchmark.{group}")
            rows += [row for row in module.measure(own) if row.key in chosen]
    rows.sort(key=lambda row: KEYS.index(row.key))
    ours = machine()
    about = ", ".join(f"{name} {value}" for name, value in ours.items())
    print(f"\n{table(rows)}\n\n{len(plan.images)} pictures; {about}")
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": ours,
        "images": len(plan.images),
        "repeats": repeats,
        "rows": [row.as_json() for row in rows],
    }


def find_images(folder: Path) -> list[Path]:
    """The pictures of a folder and of the folders inside it, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())


def machine() -> dict[str, str | int | float]:
    """What the figures depend on: cores, memory, versions. Nothing that names the machine."""
    import psutil

    return {
        "cores": os.cpu_count() or 0,
        "memory GiB": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "Fracture Review": __version__,
        **{name: version(name) for name in LIBRARIES},
    }


def table(rows: list[BenchmarkRow]) -> str:
    """The rows as text, in columns."""
    lines = [("what", "ours", "the other way", "measured", "must be", "")]
    for row in rows:
        sign = "at least" if row.comparison is SideBySide.RATIO_AT_LEAST else "at most"
        times, unit = ("", f" {row.unit}") if row.comparison is SideBySide.DIFFERENCE_AT_MOST else (" times", "")
        lines.append(
            (
                row.title,
                f"{_figure(median(row.ours))} {row.unit}",
                f"{_figure(median(row.other))} {row.unit} ({row.other_name})",
                f"{_figure(row.value)}{times or unit}",
                f"{sign} {row.required:g}{times or unit}",
                "" if row.kept else "MISSED",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
