"""A database of the test's own, and radiographs that exist in it by their facts only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.domain import Band, Heatmap, Prediction, Radiograph, Window
from core.store import batches, work
from core.store.database import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
VERSION = "fake-1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'fracture.db'}", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def add_batch(database: Database) -> Callable[..., int]:
    """Make a batch of radiographs with the given contents; returns its id. Entry and work ids count up from 1."""

    def add(*contents: str, version: str = VERSION) -> int:
        with database.writing() as connection:
            batch_id = batches.create(connection, "a batch", "reader", version, NOW)
            for content in contents:
                radiograph_id, _ = batches.add_radiograph(connection, radiograph(content), NOW)
                work_id = work.enqueue(connection, radiograph_id, version, batch_id, NOW)
                batches.add_entry(connection, batch_id, radiograph_id, work_id, f"{content}.png", NOW)
        return batch_id

    return add


def radiograph(content: str, page: int = 0) -> Radiograph:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return Radiograph(sha256, page, f"{content}.png", np.zeros((4, 6), np.uint8), 8, "PNG", Window(0, 255))


def predicted(probability: float | None, version: str = VERSION, heatmap: bool = True) -> Prediction:
    values = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)
    return Prediction(
        model_version=version,
        model_sha256="a" * 64,
        score=0.5 if probability is None else probability,
        probability=probability,
        band=Band.of(probability, 0.3, 0.7),
        threshold_low=0.3,
        threshold_high=0.7,
        saliency_xy=(5, 3),
        heatmap=Heatmap(values, True, version) if heatmap else None,
        reason="it shows a chest" if probability is None else "",
    )
