"""Models: what a comparison says, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Band, JobKind, JobState
from core.learning.datasets.manifest import Split
from core.learning.evaluation.comparison import Comparison, Disagreement, PointFigures, PointTest, ReliabilityBin, Side
from core.processes import name_of, now
from core.store import jobs
from tests.dashboard.screens.test_datasets import button, shown
from tests.dashboard.screens.test_training import data_set
from tests.fakes import VERSION, add_fake_version

__all__ = ["data_set"]
Open = Callable[..., AppTest]
CHALLENGER = "fake-2"
LEAK = "12 of the 40 pictures to be measured on were used to train fake-2."


def side(version: str, auc: float, leaks: tuple[str, ...] = ()) -> Side:
    points = tuple(
        PointFigures(name, 0.4, 0.9, (0.8, 0.95), 0.7, (0.6, 0.8)) for name in ("high_sensitivity", "high_specificity")
    )
    bins = (ReliabilityBin(20, 0.2, 0.25, (0.1, 0.4)), ReliabilityBin(20, 0.8, 0.7, (0.5, 0.9)))
    roc = ((0.0, 0.0), (0.1, 0.8), (1.0, 1.0))
    interval = (auc - 0.05, auc + 0.05)
    return Side(version, "0" * 64, auc, interval, 1.0, points, 0.05, (0.02, 0.06), 0.1, bins, roc, leaks)


@pytest.fixture
def challenger(services: Services) -> str:
    add_fake_version(services.settings.models, CHALLENGER)
    return CHALLENGER


@pytest.fixture
def compare(services: Services, data_set: str, challenger: str) -> Callable[..., int]:  # noqa: F811
    """Put a finished comparison into the store."""

    def compared(supported: bool, leaks: tuple[str, ...] = ()) -> int:
        first = services.data_sets.get(data_set).of(Split.TEST)[0].sha256
        found = Comparison(
            *(data_set, "1" * 64, 40, 20, 3, side(challenger, 0.91, leaks), side(VERSION, 0.88), 0.03, (-0.01, 0.07)),
            auc_difference_p=0.2,
            points=(PointTest("high_sensitivity", 0.5, 0.25), PointTest("high_specificity", 1.0, 0.03)),
            disagreements=(Disagreement(first, True, 0.92, 0.1, Band.POSITIVE, Band.NEGATIVE),),
            margin=0.02,
            supported=supported,
            sentence="Promoting is supported." if supported else "Promoting is not supported: it is worse.",
        )
        with services.database.writing() as connection:
            arguments = (JobKind.COMPARISON, challenger, data_set, "{}", "reader", now(), VERSION)
            job_id = jobs.add(connection, *arguments)
            assert jobs.take(connection, job_id, name_of(), now())
            jobs.end(connection, job_id, JobState.FINISHED, now(), result=found.to_json())
        return job_id

    return compared


@pytest.mark.usefixtures("challenger")
def test_what_was_never_compared_is_not_promoted_without_a_reason(open_app: Open) -> None:
    app = open_app("models")
    app.selectbox(key="models-challenger").set_value(CHALLENGER).run()
    assert any("have not been compared yet" in caption.value for caption in app.caption)
    assert button(app, "Promote fake\\-2 all the same").disabled


def test_a_comparison_is_shown_with_intervals_tests_charts_and_pictures(
    open_app: Open, compare: Callable[..., int]
) -> None:
    app = open_app("models", comparison=compare(supported=True))
    said = shown(app)
    for part in ("Promoting is supported.", "0.910", "0.860 to 0.960", "+0.030", "-0.010 to +0.070", "p = 0.03"):
        assert part in said
    assert "looked at 3 times" in said
    assert 'class="leaks">leaks' not in said
    assert len(app.get("vega_lite_chart")) == 3
    assert '<img src="data:image/webp' in said
    assert "▲ positive</b> 0.92" in said


def test_supported_it_is_promoted_in_one_click_and_rolled_back_in_one(
    open_app: Open, services: Services, compare: Callable[..., int]
) -> None:
    job_id = compare(supported=True)
    app = open_app("models", comparison=job_id)
    button(app, "Promote fake\\-2").click().run()
    assert services.model_versions.champion_name() == CHALLENGER
    assert services.promotions.history()[0].comparison_id == job_id
    assert "serves now" in app.success[0].value
    button(app, "Roll back to the version before").click().run()
    assert services.model_versions.champion_name() == VERSION


def test_not_supported_it_needs_a_reason_that_is_written_down(
    open_app: Open, services: Services, compare: Callable[..., int]
) -> None:
    app = open_app("models", comparison=compare(supported=False))
    label = "Promote fake\\-2 all the same"
    assert button(app, label).disabled
    app.text_input(key="models-reason").set_value("it is for teaching alone").run()
    button(app, label).click().run()
    appointment = services.promotions.history()[0]
    assert (appointment.version, appointment.override) == (CHALLENGER, True)
    assert appointment.reason == "it is for teaching alone"
    assert "override" in shown(app)


def test_figures_that_leak_are_marked_with_the_reason(open_app: Open, compare: Callable[..., int]) -> None:
    said = shown(open_app("models", comparison=compare(supported=False, leaks=(LEAK,))))
    assert said.count('<b class="leaks">leaks</b>') >= 2  # over its figures, and beside the reason
    assert LEAK in said


def test_a_version_is_retired_with_a_reason_and_its_card_stays(
    open_app: Open, services: Services, challenger: str
) -> None:
    app = open_app("models")
    assert button(app, "Retire").disabled
    app.text_input(key="models-retire-reason").set_value("superseded").run()
    button(app, "Retire").click().run()
    assert services.registry.get(challenger).retired
    assert not Path(services.settings.models, challenger, "x_ray.keras").exists()
    assert "retired" in shown(app)


def test_what_goes_wrong_is_said(open_app: Open, services: Services, compare: Callable[..., int]) -> None:
    app = open_app("models", comparison=compare(supported=True))
    Path(services.settings.models, CHALLENGER, "x_ray.keras").write_bytes(b"other weights")
    button(app, "Promote fake\\-2").click().run()
    assert "not the ones its card describes" in app.error[0].value
    assert services.model_versions.champion_name() == VERSION
