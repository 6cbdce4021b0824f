"""`python -m core audit --keep` and `python -m core jobs`: from class folders to a training in line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import Services, build
from core.cli import main
from core.domain import JobState
from core.learning.datasets.manifest import SourceKind, Split
from tests.phantoms import zip_of
from tests.unit.learning.pictures import marked_folders

NEVER = "epochs=200"  # it is cancelled long before


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRACTURE_HOME", str(tmp_path / "home"))
    for name in ("FRACTURE_DATABASE_URL", "FRACTURE_MODELS", "FRACTURE_DATASETS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    built = build()
    yield built
    built.close()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    data = marked_folders(tmp_path / "data", {"train": 6, "val": 3, "test": 3})
    (data / "boxes.csv").write_text("file,left,top,width,height\n0000.jpg,0.3,0.3,0.4,0.4\n", encoding="utf-8")
    return data


def keep(services: Services, *arguments: object) -> str:
    assert main(["audit", *map(str, arguments)]) == 0
    return services.data_sets.kept()[0]


def test_a_data_set_is_audited_and_kept(services: Services, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = services.data_sets.get(keep(services, folders, "--keep", "bones"))
    assert (made.name, len(made.of(Split.TRAIN)), made.leaks) == ("bones", 12, ())
    assert [item.boxes for item in made.items if item.file == "train/fractured/0000.jpg"] == [((0.3, 0.3, 0.4, 0.4),)]
    assert f"kept: bones, {made.sha256[:8]}" in capsys.readouterr().out


def test_a_zip_and_a_folder_make_one_data_set(services: Services, folders: Path, tmp_path: Path) -> None:
    other = marked_folders(tmp_path / "other", {"train": 3})
    archive = tmp_path / "more.zip"
    archive.write_bytes(
        zip_of({path.relative_to(other).as_posix(): path.read_bytes() for path in other.rglob("*.jpg")})
    )
    made = services.data_sets.get(keep(services, folders, archive, "--keep", "both", "--split", "fresh", "--seed", "4"))
    assert [source.kind for source in made.sources] == [SourceKind.FOLDER, SourceKind.ARCHIVE]
    assert made.of(Split.TEST) and not made.leaks


def test_what_an_archive_leaves_out_is_said(home: Path, folders: Path, tmp_path: Path, capsys) -> None:
    members = {path.relative_to(folders).as_posix(): path.read_bytes() for path in folders.rglob("*.jpg")}
    archive = tmp_path / "set.zip"
    archive.write_bytes(zip_of({**members, "train/fractured/notes.txt": b"hello", "else/a.jpg": b"x"}))
    assert main(["audit", str(archive)]) == 0
    said = capsys.readouterr().out
    assert "left out: 1, in no folder that is named like a class" in said
    assert "left out: 1, it is a text file" in said


def test_nothing_to_audit_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 2
    assert "Nothing is chosen" in capsys.readouterr().err
    assert not home.exists(), "an audit that is not kept leaves nothing behind"


def test_a_training_is_started_seen_cancelled_and_resumed(
    services: Services, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep(services, folders, "--keep", "bones")
    chosen = ["--set", NEVER, "--set", "size=64", "--set", "augmentation=strong", "--set", "rotation=5"]
    assert main(["jobs", "start", kept[:8], "--version", "bones-1", "--set", "deterministic=yes", *chosen]) == 0
    (training,) = services.trainings.jobs()
    try:
        settings = training.settings
        assert (settings.epochs, settings.size, settings.deterministic) == (200, 64, True)
        assert (settings.augmentation.rotation, settings.augmentation.vertical_flip > 0) == (5.0, True)
        assert settings.start == services.model_versions.champion_name()
        capsys.readouterr()
        assert main(["jobs"]) == 0
        assert capsys.readouterr().out.split()[:3] == [str(training.job.id), "training", "running"]
        assert main(["jobs", "cancel", str(training.job.id), "--wait"]) == 0
        assert services.trainings.job(training.job.id).job.state is JobState.CANCELLED
        assert main(["jobs", "resume", str(training.job.id)]) == 0
        assert services.trainings.job(training.job.id).job.state.is_open
        capsys.readouterr()
        assert main(["jobs", "show", str(training.job.id)]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert (shown["version"], shown["state"], shown["settings"]["epochs"]) == ("bones-1", "running", 200)
    finally:
        services.trainings.cancel(training.job.id)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start"], "required: HASH"),
        (["start", "abc"], "names no kept data set"),
        (["show"], "required: ID"),
        (["show", "bones-1"], "must be the number of a job"),
        (["show", "7", "--set", "epochs=3"], "unrecognized arguments"),
        (["cancel", "7"], "no job 7"),
        (["start", "KEPT", "--set", "epochs=300"], "from 1 to 200"),
        (["start", "KEPT", "--set", "epochs=many"], "epochs cannot be 'many'"),
        (["start", "KEPT", "--set", "deterministic=perhaps"], "cannot be 'perhaps'"),
        (["start", "KEPT", "--set", "spin=2"], "no setting 'spin'"),
        (["start", "KEPT", "--set", "rotation=999"], "between 0 and 180"),
        (["start", "KEPT", "--set", "augmentation=wild"], "augmentation must be one of"),
        (["start", "KEPT", "--set", "network=huge"], "Network must be one of"),
        (["start", "KEPT", "--set", "network=reference", "--set", "start=champion"], "cannot start from"),
    ],
)
def test_what_is_impossible_is_said_and_not_begun(
    services: Services, folders: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep(services, folders, "--keep", "bones") if "KEPT" in arguments else ""
    try:
        code = main(["jobs", *(kept if each == "KEPT" else each for each in arguments)])
    except SystemExit as ended:  # argparse's way to refuse
        code = ended.code
    assert code in (1, 2)
    assert said in capsys.readouterr().err
    assert services.trainings.jobs() == ()


def test_every_setting_is_shown_with_its_default_range_and_help(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "settings", "reference"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "150" in lines["size"] and "64 to 768" in lines["size"] and "Side of the square" in lines["size"]
    assert {"network", "epochs", "patience", "deterministic", "shear", "cut_out"} <= set(lines)
