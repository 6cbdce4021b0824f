"""Join ES modules to the one module that a Streamlit component takes.

`st.components.v2` makes one browser module of the text that it is given, where a relative import has nothing to resolve
to. Streamlit serves a component's files itself only for an installed package, which a checkout is not; and then by the
component's name, so that two components would not share the modules' state. So the modules are joined here, when the
server starts. There is no build step, and a browser, the linter and the tests read the files as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "\./([\w.]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function\*?|const|class) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundleError(ValueError):
    """The modules cannot be joined; the message names the file and says why."""


def bundle(entry: Path, generated: Mapping[str, str] | None = None) -> str:
    """Join a module and all that it imports, each in a scope of its own, to one module.

    A module may use `import { name, ... } from "./file.js";`, and `export` before a function, a const or a class, each
    at the start of a line. Modules must not import each other in a circle.

    Args:
        entry: the module whose default export the result exports.
        generated: the text of modules that are no files, by file name.

    Returns:
        The text of one ES module without imports. The same files always give the same text.

    Raises:
        BundleError: a file is missing, imports in a circle, imports what is not exported, or uses another form.
    """
    joined: dict[str, str] = {}
    exports: dict[str, frozenset[str]] = {}
    _add(entry.name, entry.parent, generated or {}, joined, exports, ())
    return "\n".join(joined.values())


def _add(
    name: str,
    folder: Path,
    generated: Mapping[str, str],
    joined: dict[str, str],
    exports: dict[str, frozenset[str]],
    importers: tuple[str, ...],
) -> None:
    """Add a module after those that it imports."""
    if name in importers:
        raise BundleError(f"{name} is imported in a circle: {' -> '.join((*importers, name))}.")
    if name in joined:
        return
    source = _read(name, folder, generated, importers)
    for match in _IMPORT.finditer(source):
        target = match[2]
        _add(target, folder, generated, joined, exports, (*importers, name))
        missing = _names(match[1]) - exports[target]
        if missing:
            raise BundleError(f"{name} imports {', '.join(sorted(missing))}, which {target} does not export.")
    exports[name] = frozenset(match[1] for match in _EXPORT.finditer(source))
    body = _IMPORT.sub(lambda match: f"const {{{match[1]}}} = {_scope(match[2])};", source)
    body = _EXPORT.sub("", body)
    other = _OTHER.search(body if importers else _DEFAULT.sub("", body))
    if other:
        raise BundleError(f"{name} has an import or export of a form that is not supported: {other[0]!r}.")
    joined[name] = body if not importers else _wrap(name, body, exports[name])


def _read(name: str, folder: Path, generated: Mapping[str, str], importers: tuple[str, ...]) -> str:
    if name in generated:
        return generated[name]
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        wanted_by = f", which {importers[-1]} imports," if importers else ""
        raise BundleError(f"{name}{wanted_by} is not in {folder}.") from None


def _names(imported: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in imported.split(","))))


def _scope(name: str) -> str:
    return "module_" + name.replace(".", "_")


def _wrap(name: str, body: str, exported: frozenset[str]) -> str:
    return f"const {_scope(name)} = (() => {{\n{body}\nreturn {{ {', '.join(sorted(exported))} }};\n}})();"
