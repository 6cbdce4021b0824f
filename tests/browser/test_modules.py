"""The viewer's modules, each tested by itself in the Chromium that the other browser tests drive.

A file `js/NAME.test.js` holds tests of the modules of `dashboard/components/viewer`, which it imports by their paths.
To add a test write

    test("what holds, as a sentence", () => {
      assertEqual(zoomed(view, 2).scale, 2);
    });

at the start of a line, with the functions of `js/harness.js`. Each JavaScript test is a pytest test of its own
(`pytest -k "pixels and overlay"` chooses) on a page of its own: state that a module holds, such as the image cache,
starts anew. The page asks no server: this file answers its requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Route

from core.imaging.overlay import COLOUR_MAPS
from dashboard.components import viewer
from dashboard.components.viewer.bundle import bundle
from tests.browser.conftest import ROOT

JS = Path(__file__).parent / "js"
FOLDERS = (JS, Path(viewer.__file__).parent)
ORIGIN = "http://localhost"
NAMES = {
    path.name: re.findall(r'^test\("((?:[^"\\]|\\.)+)",', path.read_text(encoding="utf-8"), re.MULTILINE)
    for path in sorted(JS.glob("*.test.js"))
}
COLOURS = "export const COLOUR_MAPS = { inferno: Array(768).fill(0) };"
HARNESS = f"{ORIGIN}/{(JS / 'harness.js').relative_to(ROOT).as_posix()}"
RUN = f"""async ([file, name]) => {{
  await import("{ORIGIN}/{JS.relative_to(ROOT).as_posix()}/" + file);
  const {{ run }} = await import("{HARNESS}");
  return run(name).then(() => null, (error) => error.stack ?? String(error));
}}"""


def answer(route: Route) -> None:
    """A module of one of the folders, as a browser would get it from a server."""
    path = ROOT / route.request.url.removeprefix(f"{ORIGIN}/")
    if path == ROOT:
        route.fulfill(body="<!doctype html><title>Modules</title>", content_type="text/html")
    elif path.name == "colour_maps.js":
        route.fulfill(body=COLOURS, content_type="text/javascript")
    elif path.parent in FOLDERS and path.is_file():
        route.fulfill(body=path.read_text(encoding="utf-8"), content_type="text/javascript")
    else:
        route.fulfill(status=404)


@pytest.fixture(scope="module")
def shared_tab(window: BrowserContext) -> Iterator[Page]:
    """A tab whose every request this file answers."""
    tab = window.new_page()
    tab.route("**/*", answer)
    yield tab
    tab.close()


@pytest.fixture
def tab(shared_tab: Page) -> Page:
    """A new page in that tab, which remembers nothing of the one before."""
    shared_tab.goto(f"{ORIGIN}/")
    shared_tab.evaluate("sessionStorage.clear()")
    return shared_tab


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param(file, name, id=f"{file.removesuffix('.test.js')}: {name}")
        for file, names in NAMES.items()
        for name in names
    ],
)
def test_module(tab: Page, file: str, name: str) -> None:
    failure = tab.evaluate(RUN, [file, name])
    assert failure is None, failure


@pytest.mark.parametrize("file", NAMES)
def test_every_test_of_a_file_is_run(tab: Page, file: str) -> None:
    """A test whose line pytest cannot read would be left out in silence."""
    registered = tab.evaluate(
        f"async (url) => {{ await import(url); return (await import('{HARNESS}')).names(); }}",
        f"{ORIGIN}/{(JS / file).relative_to(ROOT).as_posix()}",
    )
    assert registered == [json.loads(f'"{name}"') for name in NAMES[file]]
    assert registered


def test_a_failed_test_is_told_with_its_values_and_its_line(tab: Page) -> None:
    """Else all of the above would pass whatever the modules do."""
    body = 'import { assertEqual, test } from "./harness.js";\n\ntest("wrong", () => assertEqual([1, 2], [1, 3]));\n'
    tab.route("**/wrong.test.js", lambda route: route.fulfill(body=body, content_type="text/javascript"))
    failure = tab.evaluate(RUN, ["wrong.test.js", "wrong"])
    assert "expected [1,3], got [1,2]" in failure
    assert "wrong.test.js:3" in failure


def test_a_module_that_does_not_parse_fails(tab: Page) -> None:
    tab.route("**/broken.js", lambda route: route.fulfill(body="export function (", content_type="text/javascript"))
    body = 'import "./broken.js";\nimport { test } from "./harness.js";\n\ntest("any", () => {});\n'
    tab.route("**/broken.test.js", lambda route: route.fulfill(body=body, content_type="text/javascript"))
    with pytest.raises(Error, match="SyntaxError"):
        tab.evaluate(RUN, ["broken.test.js", "any"])


@pytest.fixture
def imported(tab: Page, tmp_path: Path) -> Callable[[dict[str, str], str], object]:
    """Join modules as the viewer's are, load the result as Streamlit does, and call its default export."""

    def load(files: dict[str, str], entry: str) -> object:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tab.evaluate(
            """async (text) => {
              const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
              return (await import(url)).default();
            }""",
            bundle(tmp_path / entry),
        )

    return load


def test_joined_modules_keep_their_own_scopes_and_share_one_state(
    imported: Callable[[dict[str, str], str], object],
) -> None:
    files = {
        "counter.js": "let count = 0;\nexport function increase() {\n  return ++count;\n}\nexport const STEP = 1;\n",
        "first.js": 'import { increase } from "./counter.js";\n\nconst count = 10;\n'
        "export const first = () => count * increase();\n",
        "second.js": 'import {\n  increase,\n  STEP,\n} from "./counter.js";\n\nconst count = 100;\n'
        "export class Second {\n  value() {\n    return count * increase() * STEP;\n  }\n}\n",
        "main.js": 'import { first } from "./first.js";\nimport { Second } from "./second.js";\n\nconst count = 1000;\n'
        "export default function () {\n  return [first(), new Second().value(), count];\n}\n",
    }
    assert imported(files, "main.js") == [10, 200, 1000]


def test_the_viewers_modules_are_one_that_a_browser_loads(tab: Page) -> None:
    kind, colours = tab.evaluate(
        """async (text) => {
          const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
          return [typeof (await import(url)).default, text.match(/COLOUR_MAPS = (.*);/)[1]];
        }""",
        viewer._script(),
    )
    assert kind == "function"
    assert {name: len(values) for name, values in json.loads(colours).items()} == dict.fromkeys(COLOUR_MAPS, 768)
