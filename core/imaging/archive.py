"""From files, folders and ZIP archives to single files, one at a time, and from these to radiographs."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.config import MEBIBYTE, Limits
from core.domain import Refusal
from core.errors import ArchiveError, FileLimitError, RefusedFileError, UnreadableFileError
from core.imaging.decode import as_refusal, too_big
from core.imaging.filetype import HEAD, FileType, recognise
from core.imaging.names import display_name, is_litter

_ZIPFILE: Any = zipfile  # what its types leave out
_ENTRY = b"PK\x01\x02"  # begins each entry of a ZIP's directory
_ENTRY_ROOM = 8192  # bytes of directory allowed for each entry: enough for a name of 4,000 characters
_CHUNK = MEBIBYTE
_ENCRYPTED = 0x1  # general purpose flag
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # both can be read with bounded memory
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, IndexError, OverflowError)
_PACK_AGAIN = "Pack it again, or add its files by themselves."


@dataclass(frozen=True, slots=True)
class Member:
    """One file's bytes under the name the user knows it by: `x.png`, or `a.zip/inner/x.png`."""

    name: str
    data: bytes


def expand(name: str, source: bytes | Path | BinaryIO, limits: Limits) -> Iterator[Member | Refusal]:
    """The file itself, or the members of a ZIP, recognised by its bytes.

    Yields:
        A plain file as one `Member`; each file of a ZIP as a `Member` or, where it is bad, as a `Refusal` under its own
        name; one `Refusal` under the ZIP's name where the whole ZIP is refused.
    """
    name = display_name(name)
    try:
        with _open(name, source) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if recognise(file.read(HEAD)) is FileType.ZIP:
                yield from _expand_zip(name, file, size, limits)
            elif size > limits.file_bytes:
                raise too_big(name, limits)
            else:
                file.seek(0)
                yield Member(name, file.read(limits.file_bytes + 1))
    except RefusedFileError as error:
        yield as_refusal(error)
    except OSError:
        yield Refusal(name, "it cannot be read to its end", "Check the disk, and copy it again from its source.")


def count(source: bytes | Path, limits: Limits) -> int:
    """How many items `expand` is going to give; 1 for whatever is not a readable ZIP. Reads no member."""
    try:
        with _open("", source) as file:
            if recognise(file.read(HEAD)) is not FileType.ZIP:
                return 1
            _check_directory("", file, limits)
            with zipfile.ZipFile(file) as archive:
                return max(1, sum(not e.is_dir() and not is_litter(e.filename) for e in archive.infolist()))
    except (RefusedFileError, NotImplementedError, *_ZIP_ERRORS):
        return 1


def walk(paths: Iterable[Path | str]) -> Iterator[tuple[str, Path]]:
    """The files at and below these paths, each with its name: the path as given.

    Folders are walked in the order of names; hidden files and folders in them, and what operating systems leave there,
    are passed over. What does not exist, and a folder that cannot be listed, is named too: `expand` refuses it.
    """
    for path in map(Path, paths):
        if not _is_folder(path):
            yield path.as_posix(), path
            continue
        errors: list[OSError] = []
        for folder, folders, files in os.walk(path, onerror=errors.append):
            folders[:] = sorted(f for f in folders if not _is_passed_over(f))
            for file in sorted(f for f in files if not _is_passed_over(f)):
                found = Path(folder, file)
                yield found.as_posix(), found
        for error in errors:
            yield Path(error.filename).as_posix(), Path(error.filename)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name too long for the disk
        return False


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or is_litter(name)


@contextmanager
def _open(name: str, source: bytes | Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source)
        return
    if not isinstance(source, Path):
        yield source
        return
    try:
        mode = source.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableFileError(name, "it is a folder that cannot be listed", "Check its permissions.")
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise UnreadableFileError(name, "it is not a file", "Give files, folders or ZIP archives.")
        file = source.open("rb")
    except FileNotFoundError as error:
        raise UnreadableFileError(name, "there is no such file", "Check the path.") from error
    except (OSError, ValueError) as error:
        raise UnreadableFileError(name, "it cannot be opened", "Check its permissions and the disk.") from error
    with file:
        yield file


def _expand_zip(name: str, file: BinaryIO, size: int, limits: Limits) -> Iterator[Member | Refusal]:
    if size > limits.zip_bytes:
        raise FileLimitError(
            name,
            f"it is over the limit of {limits.zip_bytes // MEBIBYTE} MB a ZIP archive",
            "Split it, or ask for a higher FRACTURE_MAX_ZIP_MB.",
        )
    try:
        _check_directory(name, file, limits)
        archive = zipfile.ZipFile(file)
    except NotImplementedError as error:
        raise ArchiveError(name, "it is a ZIP archive of an unknown kind", _PACK_AGAIN) from error
    except _ZIP_ERRORS as error:
        raise ArchiveError(name, "it is a damaged ZIP archive, or cut short", _PACK_AGAIN) from error
    with archive:
        entries = [e for e in archive.infolist() if not e.is_dir() and not is_litter(e.filename)]
        _check_entries(name, entries, archive.start_dir, limits)
        for entry in entries:
            label = f"{name}/{display_name(entry.filename)}"
            try:
                yield Member(label, _read_member(archive, entry, label, limits))
            except RefusedFileError as error:
                yield as_refusal(error)


def _check_directory(name: str, file: BinaryIO, limits: Limits) -> None:
    """Count the entries before `zipfile` makes an object of each, because their declared number can lie."""
    end = _ZIPFILE._EndRecData(file)  # where zipfile itself will look: another reading of it could be made to differ
    if not end:
        raise zipfile.BadZipFile
    size, position = end[_ZIPFILE._ECD_SIZE], end[_ZIPFILE._ECD_LOCATION]
    if end[_ZIPFILE._ECD_SIGNATURE] == _ZIPFILE.stringEndArchive64:
        position -= _ZIPFILE.sizeEndCentDir64 + _ZIPFILE.sizeEndCentDir64Locator
    if not 0 <= size <= position:
        raise zipfile.BadZipFile
    count, at = 0, file.seek(position - size)
    if size <= limits.zip_entries * _ENTRY_ROOM:
        tail = b""
        while at < position:
            chunk = file.read(min(_CHUNK, position - at))
            if not chunk:
                raise zipfile.BadZipFile
            at += len(chunk)
            count += (tail + chunk).count(_ENTRY)
            tail = chunk[-len(_ENTRY) + 1 :]
        if count <= limits.zip_entries:
            return
    raise FileLimitError(
        name,
        f"it has more than {limits.zip_entries} entries",
        "Split it, or ask for a higher FRACTURE_MAX_ZIP_ENTRIES.",
    )


def _check_entries(name: str, entries: list[zipfile.ZipInfo], end: int, limits: Limits) -> None:
    """Refuse the whole archive for what its directory declares."""
    if not entries:
        raise ArchiveError(name, "it is an empty ZIP archive", "Leave it out.")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ArchiveError(
            name, "it is protected by a password", "Unpack it and add its files, or pack it without one."
        )
    total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if total > limits.zip_ratio * max(packed, 1):
        raise ArchiveError(
            name,
            f"it would grow to more than {limits.zip_ratio:g} times its size, as only a ZIP bomb does",
            _PACK_AGAIN,
        )
    if total > limits.zip_total_bytes:
        raise FileLimitError(
            name,
            f"it holds more than {limits.zip_total_bytes // MEBIBYTE} MB",
            "Split it, or ask for a higher FRACTURE_MAX_ZIP_TOTAL_MB.",
        )
    ordered = sorted(entries, key=lambda e: e.header_offset)
    nexts = [e.header_offset for e in ordered[1:]] + [end]
    if any(
        e.header_offset + _ZIPFILE.sizeFileHeader + e.compress_size > after
        for e, after in zip(ordered, nexts, strict=True)
    ):
        raise ArchiveError(name, "its entries overlap, as only a ZIP bomb's do", _PACK_AGAIN)


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, label: str, limits: Limits) -> bytes:
    if entry.file_size > limits.file_bytes:
        raise too_big(label, limits)
    if entry.file_size > limits.zip_ratio * max(entry.compress_size, 1):
        raise ArchiveError(
            label,
            f"it would grow to more than {limits.zip_ratio:g} times its packed size",
            "Add it by itself, unpacked.",
        )
    if entry.compress_type not in _METHODS:
        raise ArchiveError(label, "it is packed by a method that is not read", "Pack it again as an ordinary ZIP.")
    try:
        with archive.open(entry) as member:
            data = member.read(entry.file_size + 1)
    except _ZIP_ERRORS as error:
        raise ArchiveError(label, "it is damaged within the ZIP archive", _PACK_AGAIN) from error
    if len(data) != entry.file_size:
        raise ArchiveError(label, "it is cut short within the ZIP archive", _PACK_AGAIN)
    return data
