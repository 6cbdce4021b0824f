"""Files on disk, stored under the SHA-256 of the original file; no name from outside ever becomes a path."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from core.errors import NotFoundError

SHARD = 2
SALT_BYTES = 32
LEFT_SECONDS = 3600.0  # no process takes an hour to write a file
SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """The stored files of radiographs.

    `<sha256>` is the original file; of a DICOM file only its pixels are kept, as `<sha256>-<page>.png`, and never the
    original. `<sha256>-<page>.thumbnail` lies beside either.

    Args:
        root: a folder of its own; made for this user only.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._writing = root / "writing"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._writing.mkdir(exist_ok=True)
        self._sweep()

    def put_original(self, sha256: str, data: bytes) -> None:
        """Store an original file."""
        self._write(self._path(sha256), data)

    def original(self, sha256: str) -> bytes:
        """Read an original file.

        Raises:
            NotFoundError: it is missing.
        """
        return self._read(self._path(sha256))

    def put_pixels(self, sha256: str, page: int, data: bytes) -> None:
        """Store the pixels of a DICOM file's page, as PNG."""
        self._write(self._path(sha256, f"-{int(page)}.png"), data)

    def pixels(self, sha256: str, page: int) -> bytes:
        """Read the PNG that `put_pixels` stored.

        Raises:
            NotFoundError: it is missing.
        """
        return self._read(self._path(sha256, f"-{int(page)}.png"))

    def put_thumbnail(self, sha256: str, page: int, data: bytes) -> None:
        """Store an encoded thumbnail."""
        self._write(self._path(sha256, f"-{int(page)}.thumbnail"), data)

    def thumbnail(self, sha256: str, page: int) -> bytes | None:
        """Read a thumbnail; None where there is none."""
        try:
            return self._path(sha256, f"-{int(page)}.thumbnail").read_bytes() or None
        except FileNotFoundError:
            return None

    def path_of_original(self, sha256: str) -> Path:
        """The path of an original, for callers that read many. Only this class writes there."""
        return self._path(sha256)

    def path_of_pixels(self, sha256: str, page: int) -> Path:
        """The path of the PNG that `put_pixels` stored; see `path_of_original`."""
        return self._path(sha256, f"-{int(page)}.png")

    def _path(self, sha256: str, ending: str = "") -> Path:
        if not SHA256.fullmatch(sha256):
            raise ValueError(
                f"a file is stored under a SHA-256 in hex, but this was {len(sha256)} characters of another kind"
            )
        return self._root / sha256[:SHARD] / sha256[SHARD : 2 * SHARD] / f"{sha256}{ending}"

    def _sweep(self) -> None:
        """Remove the temporary files of processes that were killed while writing."""
        for path in self._writing.iterdir():
            with suppress(FileNotFoundError):  # finished, or swept by another, just now
                if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                    path.unlink()

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("The stored bytes of this radiograph are missing. Upload the file again.") from error

    def _write(self, path: Path, data: bytes) -> None:
        """Write to a temporary file, then rename it: a reader sees the whole file or none.

        It does not wait for the disk, which would take longer than the rest of intake. A power cut can therefore lose
        the last few files; their prediction then fails with the advice to upload them again.
        """
        if path.exists() and path.stat().st_size == len(data):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._writing)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def installation_salt(home: Path) -> bytes:
    """The secret from which this installation's pseudonyms of studies and series are made; created once."""
    path = home / "salt"
    with FileLock(home / "salt.lock", timeout=30):
        if not path.exists():
            temporary = home / ".salt"
            temporary.touch(mode=0o600)
            temporary.write_bytes(secrets.token_bytes(SALT_BYTES))
            temporary.replace(path)
        return path.read_bytes()
