"""A champion is replaced while a batch is read, without a restart: no prediction is bound to the wrong version."""

from __future__ import annotations

from core.bootstrap import Services
from core.domain import WorkState
from tests.fakes import VERSION, add_fake_version, fake_probability, fake_score, picture, take_in
from tests.integration.conftest import Start, all_rows, until
from tests.phantoms import zip_of


def test_promoted_while_a_batch_is_read(services: Services, start: Start) -> None:
    add_fake_version(services.settings.models, "fake-2")
    pile = {f"{n}.png": picture(n / 400, n) for n in range(300)}
    first = take_in(services, ("pile.zip", zip_of(pile)))
    worker = start("worker", "--seconds", 0.02)
    until(lambda: services.queue.status().done > 20)
    services.promotions.promote("fake-2", "ann", override="for this test")
    again = {name: data for name, data in pile.items() if int(name.split(".")[0]) % 10 == 0}
    second = take_in(services, ("again.zip", zip_of(again)))
    until(lambda: all(row.status is WorkState.PREDICTED for row in all_rows(services, second).values()))
    assert any(row.status is not WorkState.PREDICTED for row in all_rows(services, first).values()), (
        "the first batch was over before the new champion served"
    )
    until(lambda: not services.queue.is_open())
    assert worker.is_running()
    for batch, version, size in ((first, VERSION, 300), (second, "fake-2", 30)):
        rows = all_rows(services, batch).values()
        assert len(rows) == size
        for row in rows:
            probability = fake_probability(services.viewing.radiograph(row.entry_id).pixels)
            assert row.model_version == version
            assert abs(row.score - fake_score(version, probability)) < 1e-6, "another version made this prediction"


def test_an_idle_worker_has_the_new_champion_ready(services: Services, start: Start) -> None:
    add_fake_version(services.settings.models, "fake-2")
    start("worker")
    until(lambda: [worker.state for worker in services.queue.workers()] == ["idle"])
    services.promotions.promote("fake-2", "ann", override="for this test")
    take_in(services, ("a.png", picture(0.5)))
    until(lambda: not services.queue.is_open())
    services.promotions.roll_back("ann")
    take_in(services, ("b.png", picture(0.5, 1)))
    until(lambda: not services.queue.is_open())
    rows = all_rows(services)
    assert (rows["a.png"].model_version, rows["b.png"].model_version) == ("fake-2", VERSION)
