"""Find the Chromium that the browser tests drive, or install it with the system's package manager.

`python -m tests.chromium [--install]` prints its path, or says what to type and exits 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# package manager -> the lines that install Chromium, tried in this order
INSTALLERS = (
    ("apt-get", ("apt-get update", "apt-get install -y --no-install-recommends chromium")),
    ("dnf", ("dnf install -y chromium",)),
    ("brew", ("brew install --cask chromium",)),
)
START_SECONDS = 60


class NoChromiumError(Exception):
    """There is no Chromium; the message says what to type."""


def find() -> Path:
    """The path of a Chromium that starts: the one that CHROMIUM names, else the first of `NAMES`.

    Raises:
        NoChromiumError: there is none, or the one that CHROMIUM names does not start.
    """
    chosen = os.environ.get("CHROMIUM")
    for name in (chosen,) if chosen else NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return Path(path)
    if chosen:
        raise NoChromiumError(f"CHROMIUM is {chosen!r}, which does not start. Correct or unset it.")
    raise NoChromiumError(f"The browser tests need Chromium, and none was found. Type: {_line_to_type()}")


def install() -> None:
    """Install Chromium with the system's package manager where that needs no password; else do nothing."""
    manager, lines = _installer()
    if manager is None:
        return
    prefix = _rights(manager)
    if prefix is None:
        return
    for line in lines:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*prefix, *line.split()], check=False, stdin=subprocess.DEVNULL, env=environment)


def _starts(path: str) -> bool:
    """Whether it runs at all: Ubuntu's `chromium-browser` without its snap is a script that only says so."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _installer() -> tuple[str | None, tuple[str, ...]]:
    for manager, lines in INSTALLERS:
        if shutil.which(manager):
            return manager, lines
    return None, ()


def _rights(manager: str) -> tuple[str, ...] | None:
    """What goes before the package manager's line, or None where it would have to ask for a password."""
    if manager == "brew" or os.geteuid() == 0:
        return ()
    sudo = ("sudo", "-n")
    may = shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode == 0
    return sudo if may else None


def _line_to_type() -> str:
    manager, lines = _installer()
    if manager is None:
        return "make test CHROMIUM=/path/to/chromium (after installing Chromium or Chrome)"
    return " && ".join(lines if manager == "brew" else (f"sudo {line}" for line in lines))


def main(arguments: list[str]) -> int:
    try:
        try:
            path = find()
        except NoChromiumError:
            if "--install" not in arguments or os.environ.get("CHROMIUM"):
                raise
            print("The browser tests need Chromium: installing it.", flush=True)
            install()
            path = find()
    except NoChromiumError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Chromium: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
