"""`python -m core dashboard`: start the dashboard, as `make run` does, from any folder."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from core.commands.arguments import port
from core.config import Settings
from core.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboard" / "app.py"
# No e-mail prompt, no telemetry and no surprise bind, also where .streamlit/config.toml is not read.
OPTIONS = (
    *("--server.address", "127.0.0.1"),
    *("--server.showEmailPrompt", "false"),
    *("--browser.gatherUsageStats", "false"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the port, and what is passed on to Streamlit."""
    parser.set_defaults(run=main)
    parser.add_argument("--port", type=port, metavar="PORT", help="default: 8501, or the next that is free")
    parser.add_argument(
        "options", nargs="*", metavar="OPTION", help="of `streamlit run`, after --, as in: -- --server.address 0.0.0.0"
    )


def main(arguments: argparse.Namespace) -> int:
    """Start Streamlit in the folder of this project, where its settings lie.

    Raises:
        ConfigurationError: the dashboard's files are not beside this package.
    """
    if not (APP.is_file() and (ROOT / ".streamlit" / "config.toml").is_file()):
        raise ConfigurationError(
            f"The dashboard is started from the project's folder, and {ROOT} is not that. "
            "Install with `pip install -e .` in a checkout."
        )
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *OPTIONS]
    if arguments.port:
        command += ["--server.port", str(arguments.port)]
    command += arguments.options
    environment = os.environ | _environment(Settings.from_environment())
    if os.name == "posix":  # Streamlit takes this process's place, and gets its signals
        os.chdir(ROOT)
        os.execve(sys.executable, command, environment)  # noqa: S606 - this Python, started by the user
    return subprocess.call(command, cwd=ROOT, env=environment)  # noqa: S603 - the same


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as they read from the folder that the user is in: the dashboard runs in the project's."""
    from core.reading.worker.supervisor import environment

    return environment(settings) | ({"FRACTURE_INBOX": str(settings.inbox)} if settings.inbox else {})
