"""A part of a card: a frozen dataclass that keeps what it was read from, and is written as JSON.

Reading (`core.card.convert`) checks every field's type and range. A field that decides a prediction must be right. Any
other field that is malformed counts as not there, and what was written is kept in `extra`, with the keys that this
version of the product does not know. So a card of another version can be read, and amended without a loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Annotated, Any


@dataclass(frozen=True, slots=True)
class Between:
    """The range of a number, both ends included."""

    low: float
    high: float


Share = Annotated[float, Between(0.0, 1.0)]
Count = Annotated[int, Between(0, math.inf)]
Interval = tuple[float, float]
"""The ends of a 95 % interval, the lower one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object of the JSON document.

    Attributes:
        extra: what the file holds beyond the fields, as it is written: unknown keys, and values of an unknown form.
        order: the file's keys in their order, so that the part is written as it was read; empty for a new part.
    """

    extra: Mapping[str, object] = field(default_factory=dict, hash=False, repr=False)
    order: tuple[str, ...] = field(default=(), compare=False, repr=False)


def decides(default: Any = MISSING) -> Any:
    """A field that decides a prediction: a value of an unknown form is an error, not left out.

    Args:
        default: what an object without the key has; without it the key must be there.
    """
    return field(default=default, metadata={"decides": True})


def always(default: Any = None) -> Any:
    """A field that a new part is written with even where it has its default; `{}` stands for an empty mapping."""
    if default == {}:
        return field(default_factory=dict, metadata={"always": True})
    return field(default=default, metadata={"always": True})


def named(default: str = "") -> Any:
    """A field that must be in a file, and that a new part may leave empty until it is added to the registry."""
    return field(default=default, metadata={"decides": True, "named": True})


def to_document(value: Any, extras: bool = True) -> Any:
    """A part as JSON has it, in the order in which it was read.

    Args:
        value: a part, or what a part holds.
        extras: False leaves out what was not understood.
    """
    if isinstance(value, Part):
        return _object_of(value, extras)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_document(item, extras) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_document(item, extras) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


def _object_of(part: Part, extras: bool) -> dict[str, Any]:
    own = {item.name: item for item in fields_of(type(part))}
    written: dict[str, Any] = {}
    is_new = not part.order
    for key in dict.fromkeys((*part.order, *own)):
        if key in own and getattr(part, key) != default_of(own[key]):
            written[key] = to_document(getattr(part, key), extras)
        elif key in part.extra:
            if extras:
                written[key] = part.extra[key]
        elif key in own and (key in part.order or (is_new and own[key].metadata.get("always"))):
            written[key] = to_document(getattr(part, key), extras)
    return written | {key: value for key, value in part.extra.items() if extras and key not in written}


def fields_of(cls: type[Part]) -> list[Field[Any]]:
    """The fields that are keys of the JSON object."""
    return [item for item in fields(cls) if item.name not in ("extra", "order")]


def default_of(item: Field[Any]) -> Any:
    """What a field has where the object lacks its key; MISSING where it must not."""
    if item.default is not MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not MISSING else MISSING
