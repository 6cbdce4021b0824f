"""`python -m core models`: who serves, by whom and why, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main
from tests.fakes import add_fake_version
from tests.phantoms import class_folders


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions that were trained here, beside the shipped one."""
    monkeypatch.setenv("FRACTURE_HOME", str(tmp_path / "home"))
    for name in ("FRACTURE_DATABASE_URL", "FRACTURE_MODELS"):
        monkeypatch.delenv(name, raising=False)
    for version in ("fake-2", "fake-3"):
        add_fake_version(tmp_path / "home" / "models", version)
    return tmp_path / "home"


def roles(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line.split("trained here")[-1].split("shipped")[-1].strip() for line in lines}


def test_promoted_rolled_back_and_retired(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = roles(capsys)
    (shipped,) = [version for version, role in before.items() if role == "champion"]
    assert before["fake-2"] == "challenger"
    assert main(["models", "promote", "fake-2"]) == 1
    refused = capsys.readouterr().err
    assert f"has not been compared with {shipped}" in refused and '--override "reason"' in refused
    assert main(["models", "promote", "fake-2", "--override", "to try it"]) == 0
    assert main(["models", "promote", "fake-3", "--override", "to try it too"]) == 0
    assert main(["models", "rollback", "--reason", "it misses hips"]) == 0
    assert roles(capsys) == {"fake-2": "champion", "fake-3": "former champion", shipped: "former champion"}
    assert main(["models", "show", "fake-2"]) == 0
    short = capsys.readouterr().out
    assert "from 0.300: sensitivity 0.900 (0.800 to 0.950)" in short and "to try it" in short
    assert len(short.splitlines()) < 20
    assert main(["models", "show", "fake-2", "--json"]) == 0
    served = json.loads(capsys.readouterr().out)["this_installation"]["served"]
    assert "rolled_back. it misses hips" in served[0] and "promoted, overriding. to try it" in served[1]
    assert main(["models", "retire", "fake-2"]) == 1
    assert main(["models", "retire", "fake-3", "--reason", "too old"]) == 0
    assert roles(capsys)["fake-3"] == "retired"


def test_models_alone_lists_them(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert main(["models"]) == 0
    assert capsys.readouterr().out == listed and "fake-2" in listed


@pytest.mark.parametrize(
    "wrong",
    [["show", "fake-2", "--reason", "x"], ["promote", "fake-2", "--json"], ["list", "fake-2"], ["rollback", "fake-2"]],
)
def test_an_action_takes_its_own_options_only(wrong: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["models", *wrong])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_what_is_missing_is_said(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, said in ((["promote"], "required: VERSION"), (["compare", "fake-2"], "required: --dataset")):
        with pytest.raises(SystemExit, match="2"):
            main(["models", *wrong])
        assert said in capsys.readouterr().err
    assert main(["models", "compare", "fake-2", "--dataset", "abc"]) == 2
    assert "names no kept data set, or several. Kept: none" in capsys.readouterr().err
    empty = class_folders(tmp_path / "data", {"train": 1})
    assert main(["models", "compare", "fake-2", "--dataset", str(empty)]) == 2
    assert "'test'" in capsys.readouterr().err
