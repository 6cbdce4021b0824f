"""Stand-ins for what is slow: a classifier without TensorFlow, and the processes of a worker and of a training.

python -m tests.fakes worker [--parent-pid N] [--seconds S] [--mark M]    as `python -m core worker`, but fake
python -m tests.fakes intake FILE... --batch ID                           as the dashboard that takes files in
python -m tests.fakes job ID                                              as `python -m core job`, but fake
python -m tests.fakes spawn                                               either, for each line that comes in
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from core.bootstrap import Services, build
from core.card import ModelCard, read
from core.config import Settings
from core.domain import Band, EpochFigures, Heatmap, IntakeState, Job, JobKind, Prediction, Presentation, Radiograph
from core.learning.jobs import process
from core.learning.jobs.reporter import Reporter
from core.learning.training.settings import TrainingSettings
from core.reading.worker import worker
from core.registry import WEIGHTS, Registry
from tests.phantoms import encode

VERSION = "fake-1"
LOW, HIGH = 0.3, 0.7
SIZE = 64
DEADLY = 251  # a radiograph whose first two pixels have this value and the next kills the process that prepares it
DEADLY_SEED, DEAF_SEED = 251, 252  # a fake training with the first kills itself; one with the second never looks up
STUMBLING = 249  # such a one makes `predict` raise
ASKEW = 247  # such a one looks turned by a quarter
DECLINED = 245  # such a one is declined, though the network has a score and a heatmap for it


class FakeClassifier:
    """Deterministic: the probability is the mean brightness. `seconds` is what each radiograph takes.

    The score tells by which version it was made; see `fake_score`.
    """

    def __init__(self, version: str, sha256: str = "f" * 64, seconds: float = 0.0) -> None:
        self.version, self.sha256, self._seconds = version, sha256, seconds

    def prepare(self, radiograph: Radiograph) -> np.ndarray:
        if _begins(radiograph.pixels, DEADLY):
            os.kill(os.getpid(), signal.SIGKILL)
        return radiograph.pixels

    def predict(self, prepared: Sequence[np.ndarray], heatmaps: bool = True) -> list[Prediction]:
        time.sleep(self._seconds * len(prepared))
        return [self._predict(pixels) for pixels in prepared]

    def _predict(self, pixels: np.ndarray) -> Prediction:
        if _begins(pixels, STUMBLING):
            raise ValueError("the network stumbles")
        probability = fake_probability(pixels)
        row, column = np.unravel_index(int(pixels.argmax()), pixels.shape)
        declined = _begins(pixels, DECLINED)
        return Prediction(
            model_version=self.version,
            model_sha256=self.sha256,
            score=fake_score(self.version, probability),
            probability=None if declined else probability,
            band=Band.NOT_ASSESSABLE if declined else Band.of(probability, LOW, HIGH),
            threshold_low=LOW,
            threshold_high=HIGH,
            saliency_xy=(int(column), int(row)),
            heatmap=Heatmap(np.eye(8, dtype=np.float32), True, self.version),
            reason="It looks like no radiograph of bone." if declined else "",
            presentation=Presentation.TURNED if _begins(pixels, ASKEW) else None,
        )


def _begins(pixels: np.ndarray, first: int) -> bool:
    """Whether the first two of (H, W) pixels are this value and the next."""
    return tuple(pixels[0, :2]) == (first, first + 1)


def fake_probability(pixels: np.ndarray) -> float:
    """What `FakeClassifier` says of (H, W) pixels."""
    return float(pixels.mean() / np.iinfo(pixels.dtype).max)


def fake_score(version: str, probability: float) -> float:
    """The probability from `VERSION`, its opposite from any other version."""
    return probability if version == VERSION else 1 - probability


def fake_training(services: process.JobServices, job: Job, reporter: Reporter) -> None:
    """Epochs of ten steps that learn nothing; resumed at the last whole one, as the real training is."""
    settings, folder = TrainingSettings.from_json(job.settings_json), services.jobs.folder(job)
    state = folder / "state.txt"
    reporter.begin("training on phantoms")
    watcher = reporter.watcher(settings.epochs)
    history = [_fake_epoch(number) for number in range(int(state.read_text()) if state.exists() else 0)]
    watcher.on_start(tuple(history))
    for number in range(len(history), settings.epochs):
        for step in range(1, 11):
            if settings.seed == DEADLY_SEED:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60 if settings.seed == DEAF_SEED else 0.01)
            watcher.stop_if_cancelled()
            watcher.on_step(step, 10, 0.5)
        partial_state = folder / "state.partial"
        partial_state.write_text(str(number + 1))
        partial_state.replace(state)
        watcher.on_epoch(_fake_epoch(number))
    add_fake_version(services.settings.models, job.version)


def _fake_epoch(number: int) -> EpochFigures:
    return EpochFigures(0, number, 1 / (number + 1), 0.9, 0.5, 0.8, 0.7, 0.6, None, 0.1)


def add_fake_version(models: Path, version: str = VERSION) -> None:
    """Write a version that can be listed and chosen but never loaded by TensorFlow."""
    point = {"sensitivity": 0.9, "sensitivity_ci": [0.8, 0.95], "specificity": 0.8, "specificity_ci": [0.7, 0.9]}
    point |= {"measured_on": "phantoms", "prevalence": 0.5}
    card = {
        "version": version,
        "sha256": "",
        "created": "2026-01-01T00:00:00+00:00",
        "network": "fake",
        "input": {"size": SIZE, "letterbox": True, "channels": 1},
        "sigmoid_means": "fractured",
        "saliency_layer": "none",
        "data": {"body_parts": ["HAND"]},
        "calibration": {"method": "logistic", "slope": 1.0, "intercept": 0.0},
        "operating_points": [
            {"name": "high_sensitivity", "threshold": LOW, **point},
            {"name": "high_specificity", "threshold": HIGH, **point},
        ],
    }
    registry = Registry(models.parent / "none", models)
    registry.add(version, read(ModelCard, card), lambda path: path.write_bytes(b"no weights"))


def fake_settings(home: Path, inbox: Path | None = None) -> Settings:
    """Settings of an own home whose shipped model is `VERSION`; the same in every process that asks for this home."""
    environment = {"FRACTURE_HOME": str(home)} | ({"FRACTURE_INBOX": str(inbox)} if inbox else {})
    settings = replace(Settings.from_environment(environment), shipped_models=home / "shipped")
    if not (settings.shipped_models / VERSION / WEIGHTS).exists():
        add_fake_version(settings.shipped_models)
    return settings


def fake_services(home: Path, inbox: Path | None = None) -> Services:
    """All services over an own home."""
    return build(fake_settings(home, inbox), job_command=(sys.executable, "-m", "tests.fakes", "job"))


def picture(brightness: float, number: int = 0, first: int | None = None) -> bytes:
    """A PNG of (40, 48) uint8 whose fake probability is about `brightness`; each number gives other bytes.

    Args:
        first: `DEADLY`, `STUMBLING`, `ASKEW` or `DECLINED`, for a picture that does so.
    """
    pixels = np.full((40, 48), round(brightness * 255), np.uint8)
    pixels[1, 0:4] = np.frombuffer(number.to_bytes(4, "little"), np.uint8)
    if first is not None:
        pixels[0, :2] = (first, first + 1)
    return encode(pixels, "PNG")


def take_in(services: Services, *files: tuple[str, bytes], batch_id: int | None = None) -> int:
    """Take files into a batch, in this thread; returns the batch's id."""
    if batch_id is None:
        batch_id = services.ingest.create_batch("phantoms", "reader").id
    for name, data in files:
        list(services.ingest.take_in(batch_id, name, data))
    return batch_id


def read_all(services: Services, seconds: float = 0.0) -> None:
    """Read what is queued, in this process, until nothing is left."""
    worker.run(services, idle_seconds=0.0, load=partial(FakeClassifier, seconds=seconds))


def spawn_on_request() -> int:
    """Fork off a process for each line of arguments that comes in, and print its id: starting Python anew is slow."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(main(line.split("\0")[:-1]))
        print(child, flush=True)
    return 0


def main(arguments: list[str]) -> int:
    if arguments == ["spawn"]:
        return spawn_on_request()
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["worker", "intake", "job"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--parent-pid", type=int)
    parser.add_argument("--idle-seconds", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--mark", default="f")
    chosen = parser.parse_args(arguments)
    services = fake_services(Path(os.environ["FRACTURE_HOME"]))
    if chosen.command == "job":
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        process.run(services, int(str(chosen.files[0])), {JobKind.TRAINING: fake_training})
        return 0
    if chosen.command == "intake":
        services.ingest.start(chosen.batch, [(file.name, file) for file in chosen.files])
        while services.ingest.progress(chosen.batch).state is IntakeState.RUNNING:
            time.sleep(0.01)
        return 0
    load = partial(FakeClassifier, sha256=chosen.mark * 64, seconds=chosen.seconds)
    worker.run(services, parent_pid=chosen.parent_pid, idle_seconds=chosen.idle_seconds, load=load)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
