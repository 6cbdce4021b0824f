"""The worker's loop, in this process, with the fake classifier."""

from __future__ import annotations

import os
import time

import pytest

from core.bootstrap import Services
from core.errors import DamagedModelError
from core.reading.worker import worker
from core.reading.worklist import WorklistFilter, WorklistRow
from tests.fakes import STUMBLING, FakeClassifier, add_fake_version, fake_probability, picture, read_all, take_in


def rows(services: Services) -> dict[str, WorklistRow]:
    order = services.worklist.freeze(WorklistFilter())
    return {row.file_name: row for row in services.worklist.page(order, 1, 1000)}


def test_everything_queued_is_read(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(n / 40, n)) for n in range(40)))
    read_all(services)
    found = rows(services)
    assert len(found) == 40
    for row in found.values():
        pixels = services.viewing.radiograph(row.entry_id).pixels
        assert row.probability == pytest.approx(fake_probability(pixels))
        assert services.viewing.heatmap(row.entry_id, row.prediction_id).heatmap.model_version == "fake-1"
    status = services.queue.status()
    assert (status.alive, status.state, status.waiting, status.failed, status.done) == (False, "none", 0, 0, 40)
    assert status.rate > 0
    assert status.champion == "fake-1"


def test_a_file_that_cannot_be_decoded_fails_alone(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(0.5, n)) for n in range(5)))
    originals = sorted(path for path in services.settings.home.glob("files/*/*/*") if not path.suffix)
    damaged, missing = originals[:2]
    damaged.write_bytes(damaged.read_bytes()[:60])
    missing.unlink()
    read_all(services)
    failed = {row.sha256: row.error for row in rows(services).values() if row.status == "failed"}
    assert set(failed) == {damaged.name, missing.name}
    assert failed[missing.name] == "The stored bytes of this radiograph are missing. Upload the file again."
    assert services.queue.status().done == 3


def test_one_that_the_network_stumbles_over_fails_alone(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(0.5, n)) for n in range(5)), ("x.png", picture(0.5, first=STUMBLING)))
    read_all(services)
    assert rows(services)["x.png"].error == "it cannot be read (ValueError)"
    assert services.queue.status().done == 5


def test_reading_again_gives_a_failed_one_another_try(services: Services) -> None:
    batch_id = take_in(services, ("a.png", picture(0.5)))
    (original,) = (path for path in services.settings.home.glob("files/*/*/*") if not path.suffix)
    data = original.read_bytes()
    original.unlink()
    read_all(services)
    original.write_bytes(data)
    assert services.ingest.read_again(batch_id) == 1
    read_all(services)
    assert rows(services)["a.png"].status == "predicted"


def test_a_version_that_cannot_be_loaded_fails_its_rows_with_the_reason(services: Services) -> None:
    take_in(services, ("a.png", picture(0.5)))

    def load(version: str) -> FakeClassifier:
        raise DamagedModelError(f"The weights of {version} are damaged.")

    worker.run(services, idle_seconds=0.0, load=load)
    assert rows(services)["a.png"].error == "The weights of fake-1 are damaged."


def test_a_new_champion_is_picked_up_without_a_restart(services: Services) -> None:
    loaded: list[str] = []
    steps = iter(range(3))

    def load(version: str) -> FakeClassifier:
        loaded.append(version)
        return FakeClassifier(version)

    def stop() -> bool:
        """Asked between batches: promotes after the first, takes in, and says when it is enough."""
        step = next(steps, None)
        if step == 0:
            take_in(services, ("a.png", picture(0.1)))
        elif step == 1:
            add_fake_version(services.settings.models, "fake-2")
            services.model_versions.appoint("fake-2", "ann", "it is better")
            take_in(services, ("b.png", picture(0.2)))
        return False

    worker.run(services, idle_seconds=0.0, load=load, stop=stop)
    assert loaded == ["fake-1", "fake-2"]
    assert {name: row.model_version for name, row in rows(services).items()} == {"a.png": "fake-1", "b.png": "fake-2"}


def test_a_worker_told_to_end_gives_back_what_it_holds(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(0.5, n)) for n in range(40)))
    asked = iter(range(100))
    worker.run(services, load=FakeClassifier, stop=lambda: next(asked) == 2)
    status = services.queue.status()
    assert 0 < status.done < 40
    assert status.done + status.waiting == 40
    taken = services.queue.claim("me", 40)
    assert len(taken) == status.waiting
    assert not any(claim.alone for claim in taken)


def test_it_ends_when_its_parent_is_gone(services: Services) -> None:
    gone = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(gone, 0)
    take_in(services, ("a.png", picture(0.5)))
    worker.run(services, parent_pid=gone, load=FakeClassifier)
    assert services.queue.status().waiting == 1


def test_it_ends_when_the_codes_version_changes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["old", "old", "new"])
    monkeypatch.setattr(worker, "code_version", lambda: next(versions, "new"))
    monkeypatch.setattr(worker, "REPORT_SECONDS", 0.0)
    worker.run(services, idle_seconds=60.0, load=FakeClassifier)
    assert services.queue.workers() == []


def test_it_ends_when_idle_for_long(services: Services) -> None:
    start = time.monotonic()
    worker.run(services, idle_seconds=0.5, load=FakeClassifier)
    assert 0.5 <= time.monotonic() - start < 5


def test_the_next_batch_is_prepared_while_this_one_is_predicted(services: Services) -> None:
    take_in(services, *((f"{n}.png", picture(0.5, n)) for n in range(3 * worker.BATCH)))
    begun: list[str] = []
    ahead: list[bool] = []

    class Watching(FakeClassifier):
        def prepare(self, radiograph):
            begun.append(radiograph.name)
            return super().prepare(radiograph)

        def predict(self, prepared, heatmaps=True):
            if len(prepared) == worker.BATCH:  # not the blank one that warms up
                own = 1 + (len(ahead) + 1) * worker.BATCH
                patience = time.monotonic() + (10 if len(ahead) < 2 else 0)
                while len(begun) <= own and time.monotonic() < patience:
                    time.sleep(0.001)
                ahead.append(len(begun) > own)
            return super().predict(prepared)

    worker.run(services, idle_seconds=0.0, load=Watching)
    assert services.queue.status().done == 3 * worker.BATCH
    assert ahead == [True, True, False]
