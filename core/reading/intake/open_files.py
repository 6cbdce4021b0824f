"""Opens one file or archive as radiographs, each with the bytes that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.config import Limits
from core.domain import Radiograph, Refusal
from core.errors import RefusedFileError
from core.imaging.archive import expand
from core.imaging.decode import as_refusal, decode_pages

OpenedItem = tuple[Radiograph, bytes] | Refusal


def open_files(name: str, source: bytes | Path | Refusal, limits: Limits, salt: bytes) -> Iterator[OpenedItem]:
    """Open a file, or everything in an archive, one item at a time. An item that fails does not stop the next one.

    Args:
        source: bytes, a path, or the refusal of a file that was refused before it was opened.
        salt: for the pseudonyms of DICOM files.
    """
    if isinstance(source, Refusal):
        yield source
        return
    try:
        for member in expand(name, source, limits):
            if isinstance(member, Refusal):
                yield member
            else:
                yield from _decode(member.name, member.data, limits, salt)
    except OSError:
        yield Refusal(name, "it cannot be read", "Look whether it is still there and may be read.")


def _decode(name: str, data: bytes, limits: Limits, salt: bytes) -> Iterator[OpenedItem]:
    try:
        for page in decode_pages(data, name, limits, salt):
            yield as_refusal(page) if isinstance(page, RefusedFileError) else (page, data)
    except RefusedFileError as error:
        yield as_refusal(error)
    except Exception as error:  # noqa: BLE001  a decoder that fails on one file must not stop the batch
        yield Refusal(name, f"it cannot be read ({type(error).__name__})", "Export it again from its source.")
