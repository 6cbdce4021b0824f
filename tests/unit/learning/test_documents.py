"""Documents that version 0.1.0 wrote are read as they were meant, and written again as they were.

They lie in `documents/` as that version's code wrote them.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.cnn.networks import Network
from core.cnn.training.augmentation import PRESETS
from core.domain import Band, Refusal
from core.errors import DatasetError
from core.learning.datasets import audit_file, manifest
from core.learning.datasets.audit_request import AuditRequest
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.manifest import Item, LeftOut, Manifest, Source, SourceKind, Split
from core.learning.datasets.split import Division
from core.learning.datasets.survey import Picture, Traits
from core.learning.evaluation.comparison import Comparison, Disagreement, PointFigures, PointTest, ReliabilityBin
from core.learning.training.settings import TrainingSettings

DOCUMENTS = Path(__file__).parent / "documents"
FINGERPRINT = "0a" * 100
SOURCES = (
    Source("folder bones", SourceKind.FOLDER, "/data/bones", (LeftOut("unreadable", 1),)),
    Source("reviews", SourceKind.REVIEWS, "."),
)
TRAITS = Traits(320, 256, 20480, 2.0, 8, "PNG", "L", 0.125, 0.0, 1.0, 0.25, 0.5)


def text_of(name: str) -> str:
    return (DOCUMENTS / name).read_text(encoding="utf-8")


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """The folder of an audit job."""
    with gzip.open(tmp_path / audit_file.FILE, "wt", encoding="utf-8") as stream:
        stream.write(text_of("found.json"))
    return tmp_path


def test_a_manifest(tmp_path: Path) -> None:
    data = (DOCUMENTS / "manifest.json").read_bytes()
    found = Manifest.from_json(data)
    first, second, third = found.items
    assert (found.name, found.sources) == ("Knochen, Jänner", SOURCES)
    assert first == Item(
        "1" * 64,
        "train/fractured/1.png",
        "folder bones",
        Split.TRAIN,
        True,
        "1" * 64,
        fingerprint=FINGERPRINT,
        boxes=((0.1, 0.2, 0.3, 0.4), (0.5, 0.5, 0.25, 0.125)),
    )
    assert (second.split, second.aided, second.group) == (Split.TUNING, True, "1" * 64)
    assert (third.split, third.fractured, third.boxes) == (Split.TEST, False, ())
    assert found.to_json() == data  # so that it keeps its hash, which is its name
    path = manifest.path_of(found.sha256, tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert manifest.read(found.sha256, tmp_path) == found


def test_an_audit_file(audited: Path) -> None:
    found = audit_file.read(audited)
    first, second, third = found.audited.survey.pictures
    boxes = ((0.1, 0.2, 0.3, 0.4),)
    picture = Picture(Path("/data/bones/1.png"), "train/1.png", True, Split.TRAIN, "folder bones", boxes, "1" * 64)
    assert found.sources == SOURCES
    assert (first.picture, first.sha256, first.traits, first.fingerprint) == (picture, "1" * 64, TRAITS, FINGERPRINT)
    assert second.picture.aided and third.picture.split is None
    ((refused, refusal),) = found.audited.survey.refused
    assert (refused.split, refusal) == (Split.TEST, Refusal("train/4.png", "it is damaged", "Export it again."))
    assert found.audited.groups == ((0, 1), (2,))
    assert (found.audit.pictures, found.audit.distinct, found.suggestion) == (3, 2, Division.FRESH)
    assert found.audit.copy_groups == (("train/1.png", "train/2.png"),)


def test_an_audit_file_is_written_as_it_was(audited: Path, tmp_path: Path) -> None:
    found = audit_file.read(audited)
    again = tmp_path / "again"
    again.mkdir()
    audit_file.write(found.sources, found.audited, again)
    with gzip.open(again / audit_file.FILE, "rt", encoding="utf-8") as stream:
        assert stream.read() == text_of("found.json").rstrip("\n")
    assert [path.name for path in again.iterdir()] == [audit_file.FILE]


def test_a_picture_of_an_older_audit_file_that_lacks_a_field_has_its_default(audited: Path) -> None:
    values = json.loads(text_of("found.json"))
    for each in values["pictures"]:
        del each["picture"]["aided"]
    with gzip.open(audited / audit_file.FILE, "wt", encoding="utf-8") as stream:
        json.dump(values, stream)
    assert not any(each.picture.aided for each in audit_file.read(audited).audited.survey.pictures)


@pytest.mark.parametrize("damage", ["gone", "torn", "no gzip", "no json", "a wrong type", "a group of nobody"])
def test_a_damaged_audit_file_is_refused(audited: Path, damage: str) -> None:
    path = audited / audit_file.FILE
    values = json.loads(text_of("found.json"))
    match damage:
        case "gone":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[:-40])
        case "no gzip":
            path.write_text("no gzip")
        case "no json":
            path.write_bytes(gzip.compress(b"{"))
        case "a wrong type":
            values["pictures"][0]["traits"]["width"] = "320"
            path.write_bytes(gzip.compress(json.dumps(values).encode()))
        case "a group of nobody":
            values["groups"] = [[0, 7]]
            path.write_bytes(gzip.compress(json.dumps(values).encode()))
    with pytest.raises(DatasetError, match="cannot be read any more"):
        audit_file.read(audited)


def test_an_audit_request() -> None:
    text = text_of("audit_request.json").rstrip("\n")
    policy = LabelPolicy(("ann", "bob"), datetime(2026, 1, 31, tzinfo=UTC), aided=False)
    expected = AuditRequest("bones", ("hands", "feet"), ("datasets/uploads/x/y.zip",), policy)
    assert AuditRequest.from_json(text) == expected
    assert expected.to_json() == text


def test_the_settings_of_a_training() -> None:
    text = text_of("training_settings.json").rstrip("\n")
    expected = TrainingSettings(
        network=Network.COMPACT_FPN,
        start="densenet-7",
        size=384,
        epochs=3,
        batch_size=16,
        learning_rate=2e-4,
        fractured_weight=1.5,
        augmentation=PRESETS["gentle"],
        seed=7,
        deterministic=True,
    )
    assert TrainingSettings.from_json(text) == expected
    assert expected.to_json() == text


def test_a_comparison() -> None:
    text = text_of("comparison.json").rstrip("\n")
    found = Comparison.from_json(text)
    challenger, champion = found.challenger, found.champion
    low = PointFigures("high_sensitivity", 0.2, 0.95, (0.9, 0.98), 0.6, (0.5, 0.7))
    assert (found.n, found.looks, found.auc_difference_ci, found.supported) == (40, 2, (-0.02, 0.04), False)
    assert (challenger.version, challenger.auc_ci, challenger.points[0]) == ("new-1", (0.9, 0.96), low)
    assert challenger.reliability == (ReliabilityBin(10, 0.25, 0.3, (0.1, 0.6)),)
    assert challenger.roc == ((0.0, 0.0), (0.25, 0.75), (1.0, 1.0))
    assert (champion.ece, champion.ece_by_chance, champion.brier, champion.reliability) == (None, None, None, ())
    assert found.points[0] == PointTest("high_sensitivity", 1.0, 0.25)
    assert found.disagreements[0] == Disagreement("12" * 32, True, 0.9, None, Band.POSITIVE, Band.NOT_ASSESSABLE)
    assert found.to_json() == text


def test_half_a_comparison_is_refused() -> None:
    values = json.loads(text_of("comparison.json"))
    del values["sentence"]
    with pytest.raises(ValueError, match="'sentence' is missing"):
        Comparison.from_json(json.dumps(values))
