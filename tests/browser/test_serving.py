"""Where it may serve, and what a browser gets before anything else."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.shell import TITLES
from dashboard.state import Screen
from tests.browser import actions
from tests.browser.conftest import ROOT, START_SECONDS, Server, start


@pytest.mark.parametrize(
    ("arguments", "elsewhere"),
    [(("--server.address", "0.0.0.0"), False), (("--server.address", "::"), False), ((), True)],
    ids=["all of IPv4", "all of IPv6", "started from another folder"],
)
def test_it_ends_rather_than_serve_the_network(tmp_path: Path, arguments: tuple[str, ...], elsewhere: bool) -> None:
    server = start(tmp_path / "home", *arguments, folder=tmp_path if elsewhere else ROOT)
    said, _ = server.process.communicate(timeout=START_SECONDS)
    assert server.process.returncode != 0
    assert "no sign-in is configured" in said
    assert not (tmp_path / "home").exists()


def test_from_another_folder_it_serves_when_told_to_stay_on_loopback(tmp_path: Path) -> None:
    from tests.browser.conftest import stop, wait_until_up

    server = wait_until_up(start(tmp_path / "home", "--server.address", "127.0.0.1", folder=tmp_path))
    stop(server)


def test_the_first_answer_is_dark(filled: Server) -> None:
    request = urllib.request.Request(filled.url, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.read().decode()
    assert page.index("background:#0b0d10") < page.index("<script")
    assert page.rstrip().endswith("</html>")


@pytest.mark.parametrize("screen", Screen)
def test_every_screen_is_found_by_its_name(screen: Screen, page: Page, filled: Server) -> None:
    actions.open_screen(page, filled.url, screen)
    title = TITLES.get(screen, screen.capitalize())
    expect(page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{title}$"))).to_have_attribute(
        "aria-current", "page"
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
