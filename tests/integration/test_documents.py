"""The documents and the program say the same, both ways; and every command in them runs."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from core.cli import main, parser
from tests.integration.documents import (
    DocumentedCommand,
    code_in,
    commands_in,
    documents,
    groups,
    leaves,
    options_of,
)
from tests.phantoms import bone, class_folders, dicom, encode, zip_of
from tests.unit.architecture.sources import ROOT
from tests.unit.learning.pictures import marked_folders

README, MANUAL = ROOT / "README.md", ROOT / "core" / "README.md"
MOST_README_LINES = 150
INSIDERS_WORDS = re.compile(r"\b(seed|gate|champion|challenger|operating point|saliency)\b", re.IGNORECASE)
OPTION = re.compile(r"--[a-z][a-z-]*")
OUR_FILE = re.compile(r"\b(?:core|dashboard|models|tests)/[\w/.-]+\.\w+")
PLACEHOLDER = re.compile(r"NAME|NNNN")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")

COMMANDS = [command for document in documents() for command in commands_in(document)]


def sections() -> dict[str, str]:
    """The manual's text below each heading that names a command."""
    parts = re.split(r"^### `([a-z -]+)`\n", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: re.split(r"^## ", text, flags=re.MULTILINE)[0]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_documents_are_found() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in documents()}
    assert names >= {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "core/README.md", "dashboard/README.md"}
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: f"{each.document.parent.name}: {' '.join(each.words)}")
def test_a_documented_command_is_understood(
    command: DocumentedCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where every file that is to be written can be
    assert callable(parser().parse_args(command.words).run)


def test_every_command_has_its_section_and_no_other_has() -> None:
    assert set(sections()) == set(leaves()) | set(groups())


@pytest.mark.parametrize("leaf", leaves())
def test_a_command_is_documented_with_its_options_and_no_others(leaf: str) -> None:
    text = sections()[leaf]
    own = options_of(leaves()[leaf])
    told = {option for span in code_in(text) if span.startswith("--") for option in OPTION.findall(span)}
    examples = {option for each in COMMANDS if each.leaf == leaf for option in OPTION.findall(" ".join(each.words))}
    if leaf != "dashboard":  # whose examples have Streamlit's options, after two dashes
        told |= examples
    assert told == own


@pytest.mark.parametrize("leaf", [*leaves(), *groups()])
def test_every_help_says_what_it_does_and_what_each_argument_is(leaf: str) -> None:
    found = (leaves() | groups())[leaf]
    assert found.description and found.format_help()
    silent = [action.dest for action in found._actions if not action.help]
    assert not silent or leaf in groups(), f"{leaf}: no help for {silent}"


def test_the_readme_is_short_and_for_newcomers() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_README_LINES
    assert not INSIDERS_WORDS.findall(text)


def test_every_setting_is_documented_and_no_other_is() -> None:
    read = set(re.findall(r"FRACTURE_[A-Z_]+", (ROOT / "core" / "config.py").read_text(encoding="utf-8")))
    read = {name for name in read if not name.endswith("_")}
    table = MANUAL.read_text(encoding="utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    first_cells = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    told = set()
    for name in re.findall(r"`(\w+)`", first_cells):  # `FRACTURE_MAX_FILE_MB`, `_PIXELS` share their beginning
        told.add(name if name.startswith("FRACTURE_") else f"FRACTURE_MAX{name}")
    assert told == read


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_points_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    missing = [name for name in OUR_FILE.findall(text) if not PLACEHOLDER.search(name) and not (ROOT / name).exists()]
    for target, heading in LINK.findall(text):
        file = (document.parent / target) if target else document
        if target.startswith("http"):
            continue
        if not file.exists():
            missing.append(target)
        elif heading and heading not in headings_of(file):
            missing.append(f"{target}#{heading}")
    assert not missing


def headings_of(document: Path) -> set[str]:
    lines = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", line).strip().lower().replace(" ", "-") for line in lines}


def test_what_the_documents_tell_to_make_and_run_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = [line for document in documents() for line in code_in(document.read_text(encoding="utf-8"))]
    made = {name for line in lines if (match := re.match(r"make ((?:[a-z]+ ?)+)", line)) for name in match[1].split()}
    modules = {match[1] for line in lines if (match := re.match(r"(?:\S*/)?python -m (tests\.[\w.]+)", line))}
    assert {"run", "test", "lock"} <= made <= targets
    assert modules and all(find_spec(module) for module in modules)


@pytest.mark.parametrize("walk", ["From bytes to the CSV", "From class folders to the champion"])
def test_a_walk_visits_no_file_twice(walk: str) -> None:
    text = MANUAL.read_text(encoding="utf-8").partition(f"### {walk}\n")[2].partition("\n#")[0]
    visited = Counter(OUR_FILE.findall(text))
    assert len(visited) >= 15
    assert [file for file, times in visited.items() if times > 1] == []


# --- every command is run, in an order in which each has what it needs

ORDER = (
    "train", "predict", "audit", "evaluate", "study gate", "study saved-again", "study flips", "study external",
    "study seed-figures", "study seeds", "benchmark", "worker", "export",
    "jobs settings", "jobs start", "jobs list", "jobs show", "jobs cancel", "job", "jobs resume",
    "models list", "models show", "models describe", "models card", "models compare", "models promote",
    "models rollback", "models retire",
)  # fmt: skip
# What makes a run as short as a test must be; the documented words are run as they are, with these behind them.
SHORTER = MappingProxyType(
    {
        "train": ("--epochs", "1", "--batch-size", "8"),
        "worker": ("--idle-seconds", "0.1"),
        "benchmark": ("--only", "import", "--repeats", "1"),
    }
)
# Beginnings of what is not run here, and where it is tried.
RUN_ELSEWHERE = MappingProxyType(
    {
        ("dashboard",): "tests/integration/test_dashboard_command.py",
        ("train", "fracatlas", "--recipe", "champion"): "tests/integration/test_champion.py",  # hours, and 30 MB more
    }
)
GROUPS_HEADER = "split,class,file,near_group,source_group,fracatlas\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that the examples name, made of phantoms, and a home of its own."""
    place = tmp_path_factory.mktemp("documents")
    marked_folders(place / "bones", {"train": 24, "val": 10, "test": 20})  # none of which is another's copy
    class_folders(place / "fracatlas", {"train": 8, "val": 4, "test": 4}, seed=1)
    class_folders(place / "multi-region", {"train": 8, "val": 4}, seed=2)
    rows = [
        f"{path.parts[-3]},{path.parts[-2].replace('_', ' ')},{path.name},{number},{number},\n"
        for number, path in enumerate(sorted((place / "multi-region").rglob("*.jpg")))
    ]
    (place / "multi-region" / "groups.csv").write_text(GROUPS_HEADER + "".join(rows), encoding="utf-8")
    box = "file,left,top,width,height\n0000.jpg,0.2,0.2,0.6,0.6\n"
    (place / "boxes.csv").write_text(box, encoding="utf-8")
    (place / "fracatlas" / "boxes.csv").write_text(box, encoding="utf-8")
    rng = np.random.default_rng(0)
    for folder in ("scans", "chests", "photographs"):
        (place / folder).mkdir()
        for number in range(2):
            (place / folder / f"{number}.png").write_bytes(encode(bone(rng, True), "PNG"))
    (place / "case.dcm").write_bytes(dicom(bone(rng, False)))
    (place / "archive.zip").write_bytes(zip_of({"inner/x.png": encode(bone(rng, True), "PNG")}))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FRACTURE_DATABASE_URL", "FRACTURE_MODELS", "FRACTURE_DATASETS"):
            patch.delenv(name, raising=False)
        patch.setenv("FRACTURE_HOME", str(place / "home"))
        patch.setenv("FRACTURE_MARGIN", "0.99")  # a challenger of one epoch may be worse
        patch.chdir(place)
        yield place


def between(leaf: str, place: Path) -> None:
    """What an example takes for granted and none before it has made."""
    if leaf == "study seeds":
        for number in (1, 2, 3):
            shutil.copy(place / "figures.json", place / f"figures-{number}.json")
    elif leaf == "models list":  # the training that was resumed has served its purpose
        assert main(["jobs", "cancel", "1", "--wait"]) == 0


def test_every_documented_command_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = [each for each in COMMANDS if not any(each.words[: len(start)] == start for start in RUN_ELSEWHERE)]
    assert len(set(here)) > len(ORDER)
    documented = list(dict.fromkeys((each.leaf, each.words) for each in here))
    assert {leaf for leaf, _ in documented} == set(ORDER) == set(leaves()) - {"dashboard"}
    assert all((ROOT / name).exists() for name in RUN_ELSEWHERE.values())
    kept = ""
    for leaf in ORDER:
        between(leaf, place)
        for _, words in (each for each in documented if each[0] == leaf):
            options = (*(kept if word == "HASH" else word for word in words), *SHORTER.get(leaf, ()))
            capsys.readouterr()
            assert main(options) == 0, f"{' '.join(options)}: {capsys.readouterr().err[-2000:]}"
            if found := re.search(r"^kept: bones, (\w+)", capsys.readouterr().out, re.MULTILINE):
                kept = found[1]
