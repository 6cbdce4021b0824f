"""From JSON to the parts of a card: tolerant when read, strict when made or written.

The conversion is cattrs', with hooks that check instead of converting: a number in quotes is no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter, transform_error
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    IterableValidationError,
    IterableValidationNote,
)

from core.card.part import Between, Part, default_of, fields_of, to_document

ROUNDING = 1e-9  # by so much a mean or a quotient may lie outside its range
ROOT = "card"  # how the whole is called in a path
MALFORMED = (ValueError, TypeError, BaseValidationError)
AnyPart = TypeVar("AnyPart", bound=Part)


def read(cls: type[AnyPart], document: object) -> AnyPart:
    """Read a part, tolerant of what does not decide a prediction.

    Raises:
        ValueError: a field that decides one is missing or malformed; the message names its path.
    """
    return _structure(_converter(strict=False), cls, document)


def make(cls: type[AnyPart], document: object) -> AnyPart:
    """Make a part from what this version of the product has measured, with nothing tolerated.

    Raises:
        ValueError: a field is missing, has another type or lies outside its range; the message names its path.
    """
    return _structure(_converter(strict=True), cls, document)


def check(part: Part) -> None:
    """Raises ValueError where a field has another type than its own or lies outside its range."""
    _structure(_converter(strict=True), type(part), to_document(part, extras=False))


def _structure(converter: Converter, cls: type[AnyPart], document: object) -> AnyPart:
    try:
        return converter.structure(document, cls)
    except MALFORMED as error:
        raise ValueError("; ".join(_sentences(error))) from error


def _sentences(error: Exception) -> list[str]:
    if not isinstance(error, BaseValidationError):
        return [str(error)]
    said = []
    for line in transform_error(error, path=ROOT, format_exception=lambda found, _: str(found)):
        rule, _, path = line.rpartition(" @ ")
        said.append(f"{path.removeprefix(ROOT + '.')} {rule}")
    return said


def _part_hook(converter: Converter, strict: bool) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(cls: type[Part]) -> Callable[[Any, Any], Part]:
        hints, own = get_type_hints(cls, include_extras=True), fields_of(cls)
        names = frozenset(item.name for item in own)
        hook_of = cache(lambda name: converter.get_structure_hook(hints[name]))  # late: a part may hold its own kind

        def structure(document: Any, _: Any) -> Part:
            if not isinstance(document, Mapping):
                raise TypeError(f"must be an object, but is {_shown(document)}")
            found: dict[str, Any] = {}
            extra = {str(key): value for key, value in document.items() if key not in names}
            errors: list[Exception] = []
            for item in own:
                name, needed = item.name, item.metadata.get("named") or default_of(item) is MISSING
                try:
                    if name in document:
                        found[name] = hook_of(name)(document[name], hints[name])
                    elif needed:
                        raise ValueError("must be there, but is missing")
                except MALFORMED as error:
                    if strict or needed or item.metadata.get("decides"):
                        _note(error, AttributeValidationNote(f"{cls.__name__} {name}", name, hints[name]))
                        errors.append(error)
                    else:
                        extra[name] = document[name]
            if errors:
                raise ClassValidationError(f"While reading {cls.__name__}", errors, cls)
            return cls(**found, extra=extra, order=tuple(map(str, document)))

        return structure

    return factory


def _sequence_hook(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(cls: Any) -> Callable[[Any, Any], tuple[Any, ...]]:
        arguments = get_args(cls)
        endless = len(arguments) == 2 and arguments[1] is Ellipsis

        def structure(value: Any, _: Any) -> tuple[Any, ...]:
            if not isinstance(value, (list, tuple)):
                raise TypeError(f"must be a list, but is {_shown(value)}")
            if not endless and len(value) != len(arguments):
                raise ValueError(f"must have {len(arguments)} items, but has {len(value)}")
            if arguments[0] is float and all(type(item) is float and math.isfinite(item) for item in value):
                return tuple(value)
            types = [arguments[0]] * len(value) if endless else arguments
            return tuple(_each(converter, cls, list(enumerate(value)), types))

        return structure

    return factory


def _mapping_hook(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(cls: Any) -> Callable[[Any, Any], dict[Any, Any]]:
        key_type, value_type = get_args(cls)

        def structure(value: Any, _: Any) -> dict[Any, Any]:
            if not isinstance(value, Mapping):
                raise TypeError(f"must be an object, but is {_shown(value)}")
            keys = _each(converter, cls, [(key, key) for key in value], [key_type] * len(value))
            values = _each(converter, cls, list(value.items()), [value_type] * len(value))
            return dict(zip(keys, values, strict=True))

        return structure

    return factory


def _each(converter: Converter, cls: Any, items: Sequence[tuple[Any, Any]], types: Sequence[Any]) -> list[Any]:
    """Structure (index, value) each, by its type; every error is noted under its index."""
    found: list[Any] = []
    errors: list[Exception] = []
    for (index, value), item_type in zip(items, types, strict=True):
        try:
            found.append(converter.structure(value, item_type))
        except MALFORMED as error:
            _note(error, IterableValidationNote(f"item {index!r}", index, item_type))
            errors.append(error)
    if errors:
        raise IterableValidationError("While reading a list or an object", errors, cls)
    return found


def _range_hook(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(cls: Any) -> Callable[[Any, Any], Any]:
        base, within = get_args(cls)

        def structure(value: Any, _: Any) -> Any:
            number = converter.structure(value, base)
            if not within.low - ROUNDING <= number <= within.high + ROUNDING:
                raise ValueError(f"must lie in [{within.low:g}, {within.high:g}], but is {_shown(value)}")
            return number

        return structure

    return factory


def _scalar(cls: type, rule: str, accepts: Callable[[Any], bool]) -> tuple[type, Callable[[Any, Any], Any]]:
    def structure(value: Any, wanted: Any) -> Any:
        if not accepts(value):
            raise TypeError(f"must be {rule}, but is {_shown(value)}")
        return value if wanted is cls else _member(wanted, value)  # an enum is a kind of text

    return cls, structure


def _member(enum: type[StrEnum], value: str) -> StrEnum:
    if value not in list(enum):
        raise ValueError(f"must be one of {', '.join(enum)}, but is {_shown(value)}")
    return enum(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _note(error: Exception, note: AttributeValidationNote | IterableValidationNote) -> None:
    error.__notes__ = [*getattr(error, "__notes__", []), note]


def _is_part(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Part)


@cache
def _converter(strict: bool) -> Converter:
    made = Converter(detailed_validation=True)
    for scalar in (
        _scalar(str, "a text", lambda value: isinstance(value, str)),
        _scalar(bool, "true or false", lambda value: isinstance(value, bool)),
        _scalar(int, "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
        _scalar(float, "a finite number", _is_number),
    ):
        made.register_structure_hook(*scalar)
    made.register_structure_hook_func(lambda cls: cls is object, lambda value, _: value)
    made.register_structure_hook_factory(lambda cls: get_origin(cls) is tuple, _sequence_hook(made))
    made.register_structure_hook_factory(lambda cls: get_origin(cls) is Mapping, _mapping_hook(made))
    made.register_structure_hook_factory(
        lambda cls: isinstance(getattr(cls, "__metadata__", (None,))[0], Between), _range_hook(made)
    )
    made.register_structure_hook_factory(_is_part, _part_hook(made, strict))
    return made
