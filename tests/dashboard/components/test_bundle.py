"""ES modules are joined to one, and what cannot be joined is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.components.viewer.bundle import BundleError, bundle

MAIN = 'import { one } from "./a.js";\n\nexport default function () {\n  return one;\n}\n'


def join(folder: Path, **modules: str) -> str:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return bundle(folder / "main.js")


def test_a_module_comes_once_and_before_those_that_import_it(tmp_path: Path) -> None:
    modules = {
        "main": 'import { one } from "./a.js";\nimport { two } from "./b.js";\n\nexport default () => one + two;\n',
        "a": 'import { two } from "./b.js";\n\nexport const one = two - 1;\n',
        "b": "export const two = 2;\n",
    }
    script = join(tmp_path, **modules)
    assert script == bundle(tmp_path / "main.js")
    assert script.count("two = 2") == 1
    assert script.index("const module_b_js = ") < script.index("const module_a_js = ") < script.index("export default")
    assert script.count("export") == 1
    assert "const { one } = module_a_js;" in script


def test_a_module_may_be_generated(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(MAIN, encoding="utf-8")
    assert "const one = 7;" in bundle(tmp_path / "main.js", {"a.js": "export const one = 7;\n"})


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ({}, "a.js, which main.js imports, is not in"),
        ({"a": "export const other = 1;\n"}, "main.js imports one, which a.js does not export"),
        ({"a": 'import { x } from "./main.js";\nexport const one = x;\n'}, "main.js -> a.js -> main.js"),
        ({"a": 'import * as b from "./b.js";\nexport const one = b.x;\n'}, "a form that is not supported: 'import .*"),
        ({"a": "export let one = 1;\n"}, "a form that is not supported: 'export let one = 1;'"),
        ({"a": "export const one = 1;\nexport default one;\n"}, "a form that is not supported: 'export default one;'"),
        ({"a": "const one = 1;\nexport { one };\n"}, "a form that is not supported: 'export { one };'"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, modules: dict[str, str], reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        join(tmp_path, main=MAIN, **modules)
