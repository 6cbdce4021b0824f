"""The inbox: a folder on the server whose files can be taken in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain import Refusal
from core.imaging.names import display_name

REASON = "it is not in the inbox"
REMEDY = "Choose a file from the list; look again if it was moved."


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file in the inbox.

    Attributes:
        name: its path below the inbox, with `/`.
        size: in bytes.
    """

    name: str
    size: int


class Inbox:
    """The regular files below one folder, without hidden ones and without those that a link leads out of it to.

    Args:
        folder: FRACTURE_INBOX; None for no inbox.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def files(self) -> list[InboxFile]:
        """Sorted by name; empty where there is no inbox."""
        found = []
        for name, path in self._files():
            try:
                found.append(InboxFile(name, path.stat().st_size))
            except OSError:
                continue  # it was removed meanwhile
        return sorted(found, key=lambda file: file.name)

    def choose(self, names: Iterable[str]) -> list[tuple[str, Path | Refusal]]:
        """Look names up among the files. A name is never made into a path, so it cannot lead out of the inbox."""
        listed = dict(self._files())
        chosen = ((name, listed.get(name)) for name in names)
        return [(name, path or Refusal(display_name(name), REASON, REMEDY)) for name, path in chosen]

    def _files(self) -> Iterator[tuple[str, Path]]:
        if self._folder is None or not self._folder.is_dir():
            return
        inbox = self._folder.resolve()
        for folder, folders, files in os.walk(inbox):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = Path(folder, name).resolve()
                if not name.startswith(".") and path.is_file() and path.is_relative_to(inbox):
                    yield display_name(Path(folder, name).relative_to(inbox).as_posix()), path
