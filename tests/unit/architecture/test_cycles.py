"""No modules of core import each other in a circle, not even inside a function or for a type checker."""

from __future__ import annotations

from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter

import grimp

Imports = Mapping[str, Set[str]]


def circle_of(imports: Imports) -> list[str]:
    """The modules of one circle, in its order; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_core_has_no_circle_of_imports() -> None:
    graph = grimp.build_graph("core", cache_dir=None)
    assert not circle_of({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})


def test_a_circle_is_found() -> None:
    assert circle_of({"a": {"b"}, "b": {"c"}}) == []
    assert set(circle_of({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
