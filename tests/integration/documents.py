"""What the documents say that can be checked: commands, options, files, links."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.cli import parser
from tests.unit.architecture.sources import ROOT

COMMAND = re.compile(r"(?:\.venv/bin/)?(?:python -m core|fracture-review)(?=\s)(.*)")
CODE_SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
INDENTED = re.compile(r"^    (\S.*)$", re.MULTILINE)
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REDIRECTION = re.compile(r"\s[|>].*")


@dataclass(frozen=True)
class DocumentedCommand:
    """One command line as a document gives it, without the program's name."""

    document: Path
    words: tuple[str, ...]

    @property
    def leaf(self) -> str:
        """The command with its action, such as `models show`; `jobs` alone is `jobs list`."""
        name = " ".join(self.words[:2])
        if name in leaves():
            return name
        return self.words[0] if self.words[0] in leaves() else f"{self.words[0]} list"


def documents() -> list[Path]:
    """Every text for readers that git tracks or would track."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return found or [path for path in ROOT.rglob("*.md") if ".venv" not in path.parts]


def code_in(text: str) -> Iterator[str]:
    """Each line of the code blocks and each code span."""
    for block in FENCED.findall(text):
        yield from block.splitlines()
    text = FENCED.sub("", text)
    yield from INDENTED.findall(text)
    yield from (" ".join(span.split()) for span in CODE_SPAN.findall(INDENTED.sub("", text)))


def commands_in(document: Path) -> list[DocumentedCommand]:
    """The command lines of a document; `python -m core` alone and placeholders for a command are none."""
    found = []
    for line in code_in(document.read_text(encoding="utf-8")):
        match = COMMAND.match(line)
        if match:
            words = shlex.split(REDIRECTION.sub("", match.group(1)))
            if words and not words[0].isupper():
                found.append(DocumentedCommand(document, tuple(words)))
    return found


@cache
def leaves() -> dict[str, argparse.ArgumentParser]:
    """Each command that does something, with its parser; a command's action stands behind its name."""
    return dict(_walk("", parser()))


def groups() -> dict[str, argparse.ArgumentParser]:
    """Each command that has actions or studies."""
    return {name: child for name, child in _children(parser()) if _children(child)}


def options_of(leaf: argparse.ArgumentParser) -> set[str]:
    """The long options, but for --help."""
    return {name for action in leaf._actions for name in action.option_strings if name.startswith("--")} - {"--help"}


def _walk(prefix: str, node: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    children = _children(node)
    if not children:
        yield prefix, node
    for name, child in children:
        yield from _walk(f"{prefix} {name}".strip(), child)


def _children(node: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    return [
        pair
        for action in node._actions
        if isinstance(action, argparse._SubParsersAction)
        for pair in action.choices.items()
    ]
