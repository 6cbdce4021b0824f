"""What cannot be compared is refused before anything is queued."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import Services
from core.errors import DatasetError, PromotionError, UnknownVersionError
from core.learning.datasets.class_folders import read_split
from core.learning.datasets.lineage import describe_folders
from core.learning.datasets.manifest import Split, write
from tests.fakes import add_fake_version, fake_services
from tests.phantoms import class_folders


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The shipped fake-1 serves; fake-2 was trained here."""
    built = fake_services(tmp_path / "home")
    add_fake_version(built.settings.models, "fake-2")
    yield built
    built.close()


def test_what_cannot_be_compared_is_refused(services: Services, tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="with itself"):
        services.comparisons.start("fake-1", "a" * 64, "ann")
    with pytest.raises(UnknownVersionError):
        services.comparisons.start("gone", "a" * 64, "ann")
    with pytest.raises(DatasetError, match="There is no data set"):
        services.comparisons.start("fake-2", "a" * 64, "ann")
    data = class_folders(tmp_path / "data", {"train": 2})
    made = describe_folders("no test", {Split.TRAIN: read_split(data / "train")}, data.resolve())
    write(made, services.settings.home)
    with pytest.raises(DatasetError, match="no test has no test split"):
        services.comparisons.start("fake-2", made.sha256, "ann")
    assert services.comparisons.jobs() == ()
