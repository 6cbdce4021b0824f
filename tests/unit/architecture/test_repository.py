"""What the repository as a whole must and must not hold."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.unit.architecture.sources import PACKAGES, ROOT, parse, python_files

# Pictures that may be in the repository: of phantoms only, each listed here by hand.
PHANTOM_PICTURES = frozenset(  # drawn by `python -m tests.browser.pictures dashboard/pictures`
    f"dashboard/pictures/{name}.png" for name in ("review", "worklist")
)
PICTURE_BEGINNINGS = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG",
    b"II*\0", b"MM\0*", b"II+\0",  # TIFF
    b"BM",
    b"RIFF",  # WebP
    b"GIF8",
    b"\x00\x00\x00\x0cjP",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"\x93NUMPY",
    b"PK\x03\x04",  # archives, in which anything could hide
    b"\x1f\x8b",
)  # fmt: skip
DICOM_MARK = slice(128, 132)
MAY_BE_ARCHIVES = ("x_ray.keras",)  # the Keras format is a ZIP


def shipped_files() -> list[Path]:
    """What git tracks or would track; in a copy without git, everything but caches and .venv."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        hidden = {".venv", "__pycache__", ".git"}
        return [file for file in ROOT.rglob("*") if file.is_file() and hidden.isdisjoint(file.parts)]
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def looks_like_a_picture(beginning: bytes) -> bool:
    return beginning.startswith(PICTURE_BEGINNINGS) or beginning[DICOM_MARK] == b"DICM"


def test_no_radiograph_is_in_the_repository() -> None:
    found = []
    for file in shipped_files():
        with file.open("rb") as stream:
            beginning = stream.read(DICOM_MARK.stop)
        name = file.relative_to(ROOT).as_posix()
        if looks_like_a_picture(beginning) and name not in PHANTOM_PICTURES and file.name not in MAY_BE_ARCHIVES:
            found.append(name)
    assert not found, f"pictures of phantoms belong into PHANTOM_PICTURES, real radiographs nowhere: {found}"


@pytest.mark.parametrize("beginning", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"\0" * 128 + b"DICM", b"PK\x03\x04"])
def test_the_check_notices_a_picture(beginning: bytes) -> None:
    assert looks_like_a_picture(beginning)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_so(package: str) -> None:
    """import-linter and pytest pass over a folder without __init__.py silently."""
    folders = {file.parent for file in python_files(package)}
    assert not [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_bare_except(package: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files(package)
        for node in ast.walk(parse(file))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not found, "\n".join(found)


def test_no_folder_wakes_the_old_page_discovery() -> None:
    """Streamlit takes a folder `pages` beside the entry file for its own."""
    assert not (ROOT / "dashboard" / "pages").exists()
