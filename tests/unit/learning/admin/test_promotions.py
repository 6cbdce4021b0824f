"""Who serves: decided by a comparison or a written override, taken back step by step, moving no reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.bootstrap import Services
from core.domain import ChampionAction, ChampionChange, JobKind, JobState
from core.errors import PromotionError, RegistryError, RetiredVersionError
from core.learning.admin.promotions import Role, line_of_champions
from core.learning.datasets.audit_request import AuditRequest
from core.learning.evaluation.compare import VersionAnswers, compare
from core.learning.evaluation.figures import ExamplePrediction
from core.learning.training.settings import TrainingSettings
from core.processes import now
from core.registry import WEIGHTS
from core.store import jobs, test_looks
from tests.fakes import add_fake_version, fake_services, picture, read_all, take_in


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The shipped fake-1 serves; fake-2 and fake-3 were trained here."""
    built = fake_services(tmp_path / "home")
    for version in ("fake-2", "fake-3"):
        add_fake_version(built.settings.models, version)
    yield built
    built.close()


def finish_comparison(services: Services, version: str, distance: float, against: str = "fake-1") -> int:
    """A finished comparison in the store, in which the challenger is the better the greater the distance."""
    labels = (np.arange(200) < 80).tolist()

    def reading(name: str, apart: float) -> VersionAnswers:
        values = np.random.default_rng(1).normal(size=200) + apart * np.array(labels)
        probabilities = 1 / (1 + np.exp(-values))
        answers = [ExamplePrediction("x.png", y, 0.0, float(p)) for p, y in zip(probabilities, labels, strict=True)]
        return VersionAnswers(name, "a" * 64, 0.3, 0.7, answers, ())

    pictures = [f"{n:064d}" for n in range(200)]
    found = compare(reading(version, distance), reading(against, 2.0), pictures, ("m" * 64, "t" * 64), 1, 0.02)
    with services.database.writing() as connection:
        job_id = jobs.add(connection, JobKind.COMPARISON, version, "m" * 64, "{}", "ann", now(), against)
        assert jobs.take(connection, job_id, "elsewhere|1|0.0", now())
        jobs.end(connection, job_id, JobState.FINISHED, now(), result=found.to_json())
    return job_id


def test_nobody_serves_without_a_comparison_or_an_override(services: Services) -> None:
    with pytest.raises(PromotionError, match="fake-2 has not been compared with fake-1"):
        services.promotions.promote("fake-2", "ann")
    with pytest.raises(PromotionError):
        services.promotions.promote("fake-2", "ann", override="   ")
    assert services.model_versions.champion().version == "fake-1" and services.promotions.history() == ()


def test_a_comparison_that_supports_it_is_what_it_rests_on(services: Services) -> None:
    comparison_id = finish_comparison(services, "fake-2", 3.0)
    advice = services.promotions.advice("fake-2")
    assert advice.supported and advice.comparison_id == comparison_id
    services.promotions.promote("fake-2", "ann")
    assert services.model_versions.champion().version == "fake-2"
    (appointment,) = services.promotions.history()
    assert (appointment.action, appointment.reader, appointment.override) == (ChampionAction.PROMOTED, "ann", False)
    assert (appointment.comparison_id, appointment.reason) == (comparison_id, advice.sentence)
    roles = {standing.model.version: standing.role for standing in services.promotions.versions()}
    assert roles == {"fake-2": Role.CHAMPION, "fake-3": Role.CHALLENGER, "fake-1": Role.FORMER}
    with pytest.raises(PromotionError, match="serves already"):
        services.promotions.promote("fake-2", "ann", override="again")


def test_one_that_does_not_support_it_needs_an_override_and_that_is_written_down(services: Services) -> None:
    comparison_id = finish_comparison(services, "fake-2", 0.5)
    with pytest.raises(PromotionError, match="cannot be ruled out.*for a reason that is written down"):
        services.promotions.promote("fake-2", "ann")
    services.promotions.promote("fake-2", "ann", override="it covers feet")
    (appointment,) = services.promotions.history()
    assert (appointment.override, appointment.reason) == (True, "it covers feet")
    assert appointment.comparison_id == comparison_id


def test_only_a_comparison_with_the_one_that_serves_counts(services: Services) -> None:
    finish_comparison(services, "fake-2", 3.0, against="fake-3")
    assert not services.promotions.advice("fake-2").supported
    finish_comparison(services, "fake-2", 3.0)
    finish_comparison(services, "fake-2", 0.5)
    assert not services.promotions.advice("fake-2").supported, "the newest one counts"


def test_rolling_back_goes_one_step_at_a_time(services: Services) -> None:
    with pytest.raises(PromotionError, match="nothing to roll back to"):
        services.promotions.roll_back("ann")
    for version in ("fake-2", "fake-3"):
        services.promotions.promote(version, "ann", override="for this test")
    assert services.promotions.roll_back("bob", "it misses hips").version == "fake-2"
    assert services.promotions.roll_back("bob").version == "fake-1"
    with pytest.raises(PromotionError, match="No version served before fake-1"):
        services.promotions.roll_back("bob")
    newest = services.promotions.history()[0]
    assert (newest.action, newest.reader) == (ChampionAction.ROLLED_BACK, "bob")
    assert services.model_versions.champion().version == "fake-1"


def test_the_line_of_champions() -> None:
    def step(version: str, action: ChampionAction = ChampionAction.PROMOTED) -> ChampionChange:
        return ChampionChange(version, action, "ann", "", False, None, now())

    back = ChampionAction.ROLLED_BACK
    assert line_of_champions(["s"], [step("a"), step("b"), step("a", back), step("c")]) == ["s", "a", "c"]
    assert line_of_champions(["s"], [step("a"), step("b"), step("s", back)]) == ["s"]
    assert line_of_champions([], [step("a"), step("b")]) == ["a", "b"]


def test_what_was_read_stays_bound_to_the_version_that_read_it(services: Services) -> None:
    old = take_in(services, ("a.png", picture(0.5)))
    read_all(services)
    services.promotions.promote("fake-2", "ann", override="for this test")
    new = take_in(services, ("a.png", picture(0.5)), ("b.png", picture(0.6)))
    read_all(services)
    with services.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT e.batch_id, p.model_version FROM entry e JOIN prediction p ON p.id = e.work_id ORDER BY e.id"
        ).all()
    assert [tuple(row) for row in rows] == [(old, "fake-1"), (new, "fake-2"), (new, "fake-2")]
    assert services.ingest.read_again(old) == 0, "fake-2 has read this radiograph in the other batch"


def test_retiring_deletes_the_weights_and_keeps_the_card(services: Services) -> None:
    retired = services.promotions.retire("fake-2", "ann", "too old")
    assert retired.retired and retired.card.network == "fake"
    folder = services.settings.models / "fake-2"
    assert not (folder / WEIGHTS).exists() and "too old" in (folder / "retired.json").read_text()
    with pytest.raises(RetiredVersionError, match="its card is kept"):
        services.registry.weights("fake-2")
    with pytest.raises(RetiredVersionError):
        services.promotions.promote("fake-2", "ann", override="come back")
    assert Role.RETIRED in {standing.role for standing in services.promotions.versions()}
    assert "fake-2" not in services.trainings.starts("compact")


def test_what_is_still_needed_is_not_retired(services: Services) -> None:
    with pytest.raises(PromotionError, match="fake-1 serves"):
        services.promotions.retire("fake-1", "ann", "")
    services.promotions.promote("fake-2", "ann", override="for this test")
    with pytest.raises(RegistryError, match="ships with the product"):
        services.promotions.retire("fake-1", "ann", "")
    take_in(services, ("a.png", picture(0.5)))
    services.promotions.promote("fake-3", "ann", override="for this test")
    with pytest.raises(PromotionError, match="still to read a batch"):
        services.promotions.retire("fake-2", "ann", "")
    read_all(services)
    services.promotions.retire("fake-2", "ann", "")
    assert services.promotions.roll_back("ann").version == "fake-1", "a retired version is passed over"


def test_what_a_queued_training_starts_from_is_not_retired(services: Services) -> None:
    settings = TrainingSettings(start="fake-2").to_json()
    with services.database.writing() as connection:
        job_id = jobs.add(connection, JobKind.TRAINING, "new-1", "m" * 64, settings, "ann", now())
        jobs.add(connection, JobKind.AUDIT, "", "", AuditRequest("fake-3").to_json(), "ann", now())
    with pytest.raises(PromotionError, match="is part of a job"):
        services.promotions.retire("fake-2", "ann", "")
    services.promotions.retire("fake-3", "ann", "")  # a data set of the same name needs no version
    with services.database.writing() as connection:
        jobs.cancel(connection, job_id, now())
    services.promotions.retire("fake-2", "ann", "")


def test_every_look_is_counted_over_all_versions(services: Services) -> None:
    with services.database.writing() as connection:
        numbers = [
            test_looks.add(connection, v, "t" * 64, "ann", "compared", now()) for v in ("fake-2", "fake-3", "fake-2")
        ]
        assert test_looks.add(connection, "fake-2", "u" * 64, "ann", "compared", now()) == 1
    assert numbers == [1, 2, 3]
    assert [look.test_sha256[0] for look in services.promotions.test_looks("fake-2")] == ["t", "t", "u"]
