"""What the commands share that work on the store: services that are closed afterwards, and actions of a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from core.bootstrap import Services

    Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
    WithServices: TypeAlias = Callable[[argparse.Namespace, Services], int]


def with_services(run: WithServices) -> Callable[[argparse.Namespace], int]:
    """Give a command the services of this installation, and close them when it has ended."""

    def run_and_close(arguments: argparse.Namespace) -> int:
        from core.bootstrap import build

        services = build()
        try:
            return run(arguments, services)
        finally:
            services.close()

    return run_and_close


def add_action(actions: Actions, name: str, run: WithServices, about: str) -> argparse.ArgumentParser:
    """Add one action of a command, with its own help, which needs the services.

    Args:
        actions: of the command, from `add_subparsers`.
        name: as it is typed.
        run: takes the arguments and the services, and returns the exit code.
        about: one sentence for the help.
    """
    added = actions.add_parser(name, help=about, description=about)
    added.set_defaults(run=with_services(run))
    return added
