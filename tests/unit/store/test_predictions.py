"""A prediction is stored once, and its heatmap comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from core.domain import Presentation
from core.errors import NotFoundError
from core.store import predictions, work, worklist_rows
from core.store.database import Database
from core.store.schema import heatmap, prediction
from tests.unit.store.conftest import NOW, predicted


def test_a_prediction_comes_back_in_the_row(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    with database.writing() as connection:
        inverted = replace(predicted(None), presentation=Presentation.INVERTED)
        predictions.store(connection, {1: predicted(0.8), 2: inverted}, NOW)
        first, second = worklist_rows.rows(connection, [1, 2])
    assert (first.probability, first.band, first.saliency_xy, first.predicted_at) == (0.8, "positive", (5, 3), NOW)
    assert (first.prediction_id, first.model_sha256, first.threshold_low) == (1, "a" * 64, 0.3)
    assert (second.probability, second.band, second.reason) == (None, "not_assessable", "it shows a chest")
    assert (first.presentation, second.presentation) == (None, Presentation.INVERTED)


def test_whoever_computes_it_twice_it_is_stored_once(database: Database, add_batch: Callable) -> None:
    add_batch("a")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.8)}, NOW)
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.1)}, NOW)
        assert connection.scalar(select(func.count()).select_from(prediction)) == 1
        assert connection.scalar(select(func.count()).select_from(heatmap)) == 1
        assert worklist_rows.rows(connection, [1])[0].probability == 0.8


def test_a_prediction_of_another_version_than_was_asked_for_is_not_stored(
    database: Database, add_batch: Callable
) -> None:
    add_batch("a")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.8, version="fake-2")}, NOW)
        assert connection.scalar(select(func.count()).select_from(prediction)) == 0
        assert work.is_open(connection)


def test_a_heatmap_comes_back_with_the_version_that_made_it(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b", "c")
    without = predicted(0.2)
    without = replace(
        without, heatmap=replace(without.heatmap, values=np.zeros((2, 3), np.float32), has_evidence=False)
    )
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.8), 2: predicted(0.8, heatmap=False), 3: without}, NOW)
        found = predictions.find_heatmap(connection, 1)
        assert found.values == pytest.approx(np.linspace(0, 1, 6).reshape(2, 3), abs=1e-3)
        assert found.values.dtype == np.float32
        assert (found.has_evidence, found.model_version) == (True, "fake-1")
        assert predictions.find_heatmap(connection, 2) is None
        assert not predictions.find_heatmap(connection, 3).has_evidence


def test_a_prediction_belongs_to_its_radiograph(database: Database, add_batch: Callable) -> None:
    add_batch("a", "b")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.8)}, NOW)
        assert predictions.version_for(connection, 1, 1) == "fake-1"
        for prediction_id, radiograph_id in ((1, 2), (2, 2), (99, 1)):
            with pytest.raises(NotFoundError, match="not of this radiograph"):
                predictions.version_for(connection, prediction_id, radiograph_id)


def test_the_rate_is_of_the_last_minute(database: Database, add_batch: Callable) -> None:
    add_batch(*"abcdef")
    with database.writing() as connection:
        predictions.store(connection, {1: predicted(0.8), 2: predicted(0.8)}, NOW - timedelta(minutes=5))
        assert predictions.rate(connection, NOW) == 0.0
        predictions.store(connection, {n: predicted(0.8) for n in (3, 4, 5, 6)}, NOW - timedelta(seconds=8))
        assert predictions.rate(connection, NOW) == pytest.approx(0.5)
