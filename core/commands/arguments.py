"""Types of arguments: what is wrong is refused before the work begins, not after it."""

from __future__ import annotations

import argparse
from pathlib import Path


def positive(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, but is {text}")
    return value


def seed(text: str) -> int:
    """A whole number that random generators take."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be from 0 to {2**32 - 1}, but is {text}")
    return value


def port(text: str) -> int:
    """A TCP port."""
    value = int(text)
    if not 1 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"must be from 1 to 65535, but is {text}")
    return value


def output(text: str) -> Path:
    """A file that can be written."""
    path = Path(text)
    if not text or path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file in a folder that exists, but is {text!r}")
    return path


def folder(text: str) -> Path:
    """A folder that is there or can be made."""
    path = Path(text)
    if not text or (path.exists() and not path.is_dir()):
        raise argparse.ArgumentTypeError(f"must be a folder, or the name of a new one, but is {text!r}")
    return path
