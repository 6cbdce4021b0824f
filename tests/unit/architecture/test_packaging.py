"""What is installed: the lock covers what is asked for and is what these tests ran on; the command; the data files."""

from __future__ import annotations

import importlib
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.architecture.sources import ROOT

PROJECT = MappingProxyType(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
ASKED_FOR = ("requirements.txt", "requirements-dev.txt")
SHARED = (*ASKED_FOR, "constraints.txt", ".pre-commit-config.yaml", "pyproject.toml", "Makefile", ".ci/run")
BESIDE_THE_PACKAGES = ("pictures", "README.md")  # of dashboard/: documents, which nobody installs


def requirements(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def pins() -> dict[str, str]:
    """Package -> its exact version."""
    found = {}
    for each in requirements("constraints.txt"):
        (specifier,) = each.specifier
        assert specifier.operator == "==", f"{each} is not exact"
        found[canonicalize_name(each.name)] = specifier.version
    return found


@pytest.mark.parametrize("name", ASKED_FOR)
def test_the_lock_covers_what_is_asked_for(name: str) -> None:
    locked, asked = pins(), requirements(name)
    assert asked
    missing = [str(each) for each in asked if canonicalize_name(each.name) not in locked]
    assert not missing, f"not in constraints.txt: {missing}; `make lock` writes it"
    outside = [str(each) for each in asked if locked[canonicalize_name(each.name)] not in each.specifier]
    assert not outside, f"constraints.txt has another version: {outside}"


def test_what_is_tested_is_what_is_locked() -> None:
    """Else `make install` installs what nobody has tried."""
    other = {}
    for name, locked in pins().items():
        try:
            if version(name) != locked:
                other[name] = (version(name), locked)
        except PackageNotFoundError:  # needed on another system
            continue
    assert not other, f"installed and locked differ: {other}; `make install` or `make lock`"


@pytest.mark.parametrize("name", SHARED)
def test_no_file_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!127\.0\.0\.1)|--(extra-)?index-url|file://", text)


def test_the_console_command_is_the_command_line() -> None:
    module, _, function = PROJECT["project"]["scripts"]["fracture-review"].partition(":")
    from core.cli import main

    assert getattr(importlib.import_module(module), function) is main


def test_what_the_dashboard_reads_is_installed_with_it() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["dashboard"]
    installed = {path for pattern in patterns for path in (ROOT / "dashboard").glob(pattern)}
    read = {
        path
        for path in (ROOT / "dashboard").rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and path.relative_to(ROOT / "dashboard").parts[0] not in BESIDE_THE_PACKAGES
    }
    assert read and read <= installed, sorted(read - installed)


def test_a_commit_is_checked_as_make_lint_checks() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    tools = set(re.findall(r"-m (\w+)|/bin/([\w-]+)", recipe.group(1)))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert len(tools) >= 3
    assert not [tool for pair in tools for tool in pair if tool and tool not in hooks]
