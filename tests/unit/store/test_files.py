"""Bytes lie under their hash, whole or not at all, and no name from outside is a path."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import NotFoundError
from core.store.files import FileStore, installation_salt

SHA256 = "0123456789abcdef" * 4


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def test_what_is_put_comes_back(files: FileStore) -> None:
    files.put_original(SHA256, b"original")
    files.put_pixels(SHA256, 1, b"pixels")
    files.put_thumbnail(SHA256, 1, b"thumbnail")
    assert files.original(SHA256) == b"original"
    assert files.pixels(SHA256, 1) == b"pixels"
    assert files.thumbnail(SHA256, 1) == b"thumbnail"


def test_what_is_not_there_says_what_to_do(files: FileStore) -> None:
    with pytest.raises(NotFoundError, match="Upload the file again"):
        files.original(SHA256)
    with pytest.raises(NotFoundError):
        files.pixels(SHA256, 0)
    assert files.thumbnail(SHA256, 0) is None


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "/" + "0" * 63, "0" * 64 + "\n"]
)
def test_nothing_but_a_hash_is_a_place(files: FileStore, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        files.put_original(name, b"x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_half_a_file_is_replaced_and_nothing_is_left_beside(files: FileStore, tmp_path: Path) -> None:
    files.put_original(SHA256, b"half")
    files.put_original(SHA256, b"the whole file")
    assert files.original(SHA256) == b"the whole file"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [SHA256]


def test_what_a_killed_process_left_is_swept_up_later(files: FileStore, tmp_path: Path) -> None:
    left, written = tmp_path / "files" / "writing" / "left", tmp_path / "files" / "writing" / "written"
    left.write_bytes(b"half")
    written.write_bytes(b"half")
    os.utime(left, (0, 0))
    FileStore(tmp_path / "files")
    assert not left.exists()
    assert written.exists()


def test_files_are_for_this_user_only(files: FileStore, tmp_path: Path) -> None:
    files.put_original(SHA256, b"original")
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in (tmp_path / "files", file):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_threads_may_put_the_same_file_at_once(files: FileStore) -> None:
    data = b"x" * 1_000_000
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: files.put_original(SHA256, data), range(16)))
    assert files.original(SHA256) == data


def test_an_installation_has_one_salt(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        salts = set(pool.map(lambda _: installation_salt(tmp_path), range(8)))
    assert len(salts) == 1
    assert len(salts.pop()) == 32
    assert not (tmp_path / "salt").stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
