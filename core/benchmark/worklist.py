"""Whether the worklist stays fast: server time of a rerun with many radiographs in the store against few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.benchmark.measure import ROOT, BenchmarkRow, Plan, SideBySide, alternate
from core.bootstrap import Services, build
from core.config import Settings
from core.domain import Band, Heatmap, Prediction, Radiograph
from core.reading.worker import worker

FEW, MANY = 100, 10_000
RERUNS = 15  # for one figure
LOW, HIGH = 0.3, 0.6
SIDE = 32  # of the made-up pictures, in pixels
GRID = 10  # of the made-up heatmaps


def measure(plan: Plan) -> list[BenchmarkRow]:
    """Measure a rerun of the worklist with few and with many radiographs in the store."""
    homes = {}
    for count in (FEW, MANY):
        plan.report(f"filling a store with {count} radiographs")
        homes[count] = plan.workspace / f"home-{count}"
        fill(build(Settings.from_environment({"FRACTURE_HOME": str(homes[count])})), count)
    ways = {f"{count} radiographs": lambda home=homes[count]: median(rerun(home, RERUNS)["seconds"]) for count in homes}
    few, many = alternate(ways, plan).values()
    title = f"Worklist rerun with {MANY:,} radiographs in the store"
    return [BenchmarkRow("worklist", title, "s", many, few, f"with {FEW}", SideBySide.RATIO_AT_MOST, required=2)]


def rerun(home: Path, reruns: int) -> dict:
    """What `dashboard.benchmark` measures on a store, in a process of its own."""
    command = [sys.executable, "-m", "dashboard.benchmark", str(reruns)]
    environment = os.environ | {"FRACTURE_HOME": str(home)}
    for name in ("FRACTURE_DATABASE_URL", "FRACTURE_MODELS"):
        environment.pop(name, None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - this Python, on files of the benchmark's own
    if done.returncode:
        raise RuntimeError(f"The dashboard could not be measured:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def fill(services: Services, count: int) -> None:
    """Take in so many made-up pictures and let a made-up classifier read them all."""
    batch = services.ingest.create_batch("Benchmark", "benchmark")
    rng = np.random.default_rng(count)
    for number in range(count):
        pixels = rng.integers(0, 256, (SIDE, SIDE), np.uint8)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        for _ in services.ingest.take_in(batch.id, f"{number:06d}.png", data):
            pass
    model = services.model_versions.champion()
    worker.run(
        services,
        stop=lambda: not services.queue.is_open(),
        load=lambda _: _RandomClassifier(model.version, model.sha256),
    )


class _RandomClassifier:
    """Stands in for a classifier where only what is stored matters, not how it came about."""

    def __init__(self, version: str, sha256: str) -> None:
        self._version, self._sha256 = version, sha256
        self._rng = np.random.default_rng(0)

    def prepare(self, radiograph: Radiograph) -> tuple[int, int]:
        return radiograph.width, radiograph.height

    def predict(self, prepared: Sequence[tuple[int, int]], heatmaps: bool = True) -> list[Prediction]:  # noqa: ARG002
        return [self._draw() for _ in prepared]

    def _draw(self) -> Prediction:
        probability = float(self._rng.random())
        heatmap = Heatmap(self._rng.random((GRID, GRID), np.float32), True, self._version)
        band = Band.of(probability, LOW, HIGH)
        return Prediction(
            self._version, self._sha256, probability, probability, band, LOW, HIGH, (SIDE // 2, SIDE // 2), heatmap
        )
