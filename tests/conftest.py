"""What every test stands on: a home of its own, real radiographs where they are at hand, and nothing skipped silently.

Works alike from `make test` and a plain `pytest`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from core.config import Settings

REAL_DATA_VARIABLE = "FRACTURE_REAL_DATA"
REAL_DATA_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"
DESELECTED = pytest.StashKey[int]()


def real_data_folder() -> Path:
    """Where the real radiographs are looked for, whether or not they are there."""
    return Path(os.environ.get(REAL_DATA_VARIABLE) or REAL_DATA_DEFAULT).expanduser().resolve()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect `realdata` tests where the data are absent."""
    if real_data_folder().is_dir():
        return
    absent = [item for item in items if item.get_closest_marker("realdata")]
    config.stash[DESELECTED] = len(absent)
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if not item.get_closest_marker("realdata")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(DESELECTED, 0):
        terminalreporter.write_line(
            f"{count} realdata tests deselected: no real radiographs in ../shared/data or {REAL_DATA_VARIABLE}.",
            yellow=True,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one, with its reason: nothing is skipped silently."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and no test may be: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that skips itself as a whole."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} skipped itself, and no test may be: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.fixture(scope="session", autouse=True)
def _no_test_touches_the_users_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests and what they start see no FRACTURE_* setting of the user's but the place of the real data."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FRACTURE_") and name != REAL_DATA_VARIABLE]:
            patch.delenv(name)
        patch.setenv("FRACTURE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with an empty home of the test's own, which FRACTURE_HOME names as well."""
    monkeypatch.setenv("FRACTURE_HOME", str(tmp_path / "home"))
    return Settings.from_environment()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real radiographs. Only for tests marked `realdata`."""
    folder = real_data_folder()
    assert folder.is_dir(), "mark a test that uses real_data with @pytest.mark.realdata"
    return folder
