"""From files to probabilities: the product's way against the seed's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import psutil
from PIL import Image

from core.benchmark.measure import BenchmarkRow, Plan, SideBySide, alternate, per_second
from core.bootstrap import Services, build
from core.card import (
    HIGH_SENSITIVITY,
    HIGH_SPECIFICITY,
    Calibration,
    CalibrationMethod,
    Meaning,
    ModelCard,
    ModelVersion,
    OperatingPoint,
)
from core.cnn import networks
from core.cnn.engine import classifier_of
from core.cnn.networks import NETWORKS, Network
from core.config import Limits, Settings
from core.domain import IntakeState
from core.prediction.classifier import Classifier
from core.prediction.files import read_paths

SEED_SIZE = (150, 150)
WARM_UP = 64
WORKER_START_SECONDS = 180
POLL_SECONDS = 0.05  # until the worker is done
# key -> what is measured, and at least how many times the seed's way that must be
ROWS = MappingProxyType(
    {
        "reference": ("Reference CNN, files to probability", 25.0),
        "reference-heatmap": ("Reference CNN, files to probability and Grad-CAM", 10.0),
        "champion": ("Shipped champion, files to probability and Grad-CAM, stored", 2.0),
    }
)


def measure(plan: Plan) -> list[BenchmarkRow]:
    """Measure pictures a second: the reference CNN read the seed's way and ours, and the shipped champion."""
    images = plan.images
    network = networks.build(Network.REFERENCE)  # its weights make no difference to the speed
    classifier = classifier_of(_reference_version(), network)
    homes = (plan.workspace / f"home-{number}" for number in range(plan.repeats))
    ways = {
        "seed": lambda: per_second(lambda: read_as_the_seed(network, images)),
        "reference": lambda: per_second(lambda: read(classifier, images, saliency=False)),
        "reference-heatmap": lambda: per_second(lambda: read(classifier, images, saliency=True)),
        "champion": lambda: read_and_store(next(homes), images),
    }
    read_as_the_seed(network, images[:2])
    for saliency in (True, False):
        read(classifier, images[:WARM_UP], saliency)
    figures = alternate({name: way for name, way in ways.items() if name == "seed" or name in plan.keys}, plan)
    return [
        BenchmarkRow(
            key,
            title,
            "pictures/s",
            figures[key],
            figures["seed"],
            "the seed's way",
            SideBySide.RATIO_AT_LEAST,
            required,
        )
        for key, (title, required) in ROWS.items()
        if key in figures
    ]


def read_as_the_seed(network, images: Sequence[Path]) -> int:  # noqa: ANN001
    """Pillow, 150x150, and `model.predict` on one picture at a time."""
    for path in images:
        pixels = np.asarray(Image.open(path).convert("RGB").resize(SEED_SIZE)) / 255.0
        network.predict(np.expand_dims(pixels, 0), verbose=0)
    return len(images)


def read(classifier: Classifier, images: Sequence[Path], saliency: bool) -> int:
    """The way that `python -m core predict` takes, with heatmaps or with the probability alone."""
    readings = read_paths(classifier, images, Limits(), heatmaps=saliency, saliency=saliency)
    return sum(reading.prediction is not None for reading in readings)


def read_and_store(home: Path, images: Sequence[Path]) -> float:
    """Take the pictures into an empty store, as Upload does, while a worker that has already started reads them.

    Returns:
        Pictures a second, from the first file to the last prediction stored.
    """
    services = build(Settings.from_environment({"FRACTURE_HOME": str(home)}))
    services.ensure_worker(even_if_idle=True)
    try:
        _wait(services, lambda status: status.state == "idle", WORKER_START_SECONDS)
        began = time.perf_counter()
        batch = services.ingest.create_batch("Benchmark", "benchmark")
        services.ingest.start(batch.id, [(path.name, path) for path in images])
        while (progress := services.ingest.progress(batch.id)) and progress.state is IntakeState.RUNNING:
            time.sleep(POLL_SECONDS)
        if progress is None:
            raise RuntimeError(f"The intake of batch {batch.id} was not begun.")
        _wait(services, lambda status: not status.waiting, None)
        return progress.taken / (time.perf_counter() - began)
    finally:
        _end_workers(services)
        services.close()


def _wait(services: Services, arrived, most_seconds: float | None) -> None:  # noqa: ANN001
    began = time.monotonic()
    while not arrived(services.queue.status()):
        if most_seconds and time.monotonic() - began > most_seconds:
            raise RuntimeError(
                f"The worker was not ready after {most_seconds:.0f} s; see {services.settings.home}/worker.log."
            )
        time.sleep(POLL_SECONDS)


def _end_workers(services: Services) -> None:
    processes = [psutil.Process(int(record.owner.split("|")[1])) for record in services.queue.workers()]
    for process in processes:
        process.terminate()
    psutil.wait_procs(processes, timeout=30)


def _reference_version() -> ModelVersion:
    spec = NETWORKS[Network.REFERENCE]
    card = ModelCard(
        created=datetime.now(UTC).isoformat(),
        network=Network.REFERENCE,
        input=spec.input,
        sigmoid_means=Meaning.FRACTURED,
        saliency_layer=spec.saliency_layer,
        calibration=Calibration(method=CalibrationMethod.LOGISTIC, slope=1.0, intercept=0.0),
        operating_points=(
            OperatingPoint(name=HIGH_SENSITIVITY, threshold=0.3),
            OperatingPoint(name=HIGH_SPECIFICITY, threshold=0.6),
        ),
        version="benchmark",
        sha256="0" * 64,
    )
    return ModelVersion.of(card)
