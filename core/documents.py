"""Typed documents and their JSON: manifests, audit files, settings of jobs, results of comparisons.

A document is a frozen dataclass of further such dataclasses, enums, tuples, times, paths and plain values. cattrs does
the conversion: it follows the annotations of dataclasses as they are, so that a document needs no base class, and it is
pure Python.

Writing is strict: what could not be read back is not written. Reading is strict about what is there, and tolerant of
what is not. A field that an older file lacks gets its default. An unknown field or a value of another type is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cattrs.errors import ForbiddenExtraKeysError
from cattrs.preconf.json import JsonConverter, make_converter

T = TypeVar("T")


def to_plain(document: object) -> Any:
    """Convert a document to what `json.dumps` takes: enums become their values, times ISO 8601, paths text."""
    return _converter().unstructure(document)


def to_json(document: object, sort_keys: bool = False) -> str:
    """Convert a document to JSON. Raises ValueError where that could not be read back, as with a NaN."""
    text = json.dumps(to_plain(document), sort_keys=sort_keys, allow_nan=False)
    from_json(type(document), text)
    return text


def from_plain(kind: type[T], values: object) -> T:
    """Convert what `json.loads` gave to a document.

    Args:
        kind: the dataclass of the document.

    Raises:
        ValueError: a field that has no default is missing, or one is unknown, or one holds a value of another type.
    """
    try:
        return _converter().structure(values, kind)
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error
    except ForbiddenExtraKeysError as error:
        raise ValueError(f"{', '.join(sorted(map(repr, error.extra_fields)))} is not known") from error
    except (TypeError, AttributeError) as error:  # the latter where a list or a text stands in place of an object
        raise ValueError(str(error)) from error


def from_json(kind: type[T], text: str | bytes) -> T:
    """Convert JSON to a document. Raises ValueError for what is no JSON, and as `from_plain` does."""
    return from_plain(kind, json.loads(text))


@lru_cache(maxsize=1)
def _converter() -> JsonConverter:
    converter = make_converter(detailed_validation=False, forbid_extra_keys=True)
    for kind in (bool, int, str):
        converter.register_structure_hook(kind, _only(kind))
    converter.register_structure_hook(float, _only(float, int))  # JSON has one kind of number
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(StrEnum, lambda value, kind: kind(value))
    converter.register_unstructure_hook(StrEnum, lambda member: member.value)
    return converter


def _only(*kinds: type) -> Callable[[object, type], object]:
    """Make a hook that takes a value of these types as it is, and no other: cattrs alone would convert it."""

    def take(value: object, _: type) -> object:
        if type(value) not in kinds:
            raise TypeError(f"{value!r} is no {kinds[0].__name__}")
        return value

    return take
