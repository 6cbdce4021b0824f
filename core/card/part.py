"""How a part of a card is read from JSON and written to it: tolerant when read, strict when written.

A part is a frozen dataclass. Reading checks every field's type and range. A field that decides a prediction must be
right. Any other field that is malformed counts as not there, and what was written is kept in `extra`, with the keys
that this version of the product does not know. So a card of another version can be read, and amended without a loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter, transform_error
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    IterableValidationError,
    IterableValidationNote,
)

ROUNDING = 1e-9  # by so much a mean or a quotient may lie outside its range
ROOT = "card"  # how the whole is called in a path
Malformed = (ValueError, TypeError, BaseValidationError)


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
    FIRST: ClassVar[tuple[str, ...]] = ()  # keys that a new part is written with before the others


AnyPart = TypeVar("AnyPart", bound=Part)


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
    """A field that a new part gets later, and that a file must hold."""
    return field(default=default, metadata={"decides": True, "named": True})


def read(cls: type[AnyPart], document: object) -> AnyPart:
    """Read a part, tolerant of what does not decide a prediction.

    Raises:
        ValueError: a field that decides one is missing or malformed; the message names its path.
    """
    return _structure(_TOLERANT, cls, document)


def make(cls: type[AnyPart], document: object) -> AnyPart:
    """Make a part from what this version of the product has measured, with nothing tolerated.

    Raises:
        ValueError: a field is missing, has another type or lies outside its range; the message names its path.
    """
    return _structure(_STRICT, cls, document)


def check(part: Part) -> None:
    """Raises ValueError where a field has another type than its own or lies outside its range."""
    _structure(_STRICT, type(part), to_document(part, extras=False))


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
    own = {item.name: item for item in _fields_of(type(part))}
    written = {}
    for key in dict.fromkeys((*part.order, *part.FIRST, *own)):
        if key in own and getattr(part, key) != _default_of(own[key]):
            written[key] = to_document(getattr(part, key), extras)
        elif key in part.extra:
            if extras:
                written[key] = part.extra[key]
        elif key in own and (key in part.order or own[key].metadata.get("always")):
            written[key] = to_document(getattr(part, key), extras)
    return written | {key: value for key, value in part.extra.items() if extras and key not in written}


def _fields_of(cls: type[Part]) -> list[Field[Any]]:
    return [item for item in fields(cls) if item.name not in ("extra", "order")]


def _default_of(item: Field[Any]) -> Any:
    if item.default is not MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not MISSING else MISSING


def _structure(converter: Converter, cls: type[AnyPart], document: object) -> AnyPart:
    try:
        return converter.structure(document, cls)
    except Malformed as error:
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
        hints, own = get_type_hints(cls, include_extras=True), _fields_of(cls)
        names = frozenset(item.name for item in own)
        hook_of = cache(lambda name: converter.get_structure_hook(hints[name]))  # late: a part may hold its own kind

        def structure(document: Any, _: Any) -> Part:
            if not isinstance(document, Mapping):
                raise TypeError(f"must be an object, but is {_shown(document)}")
            found: dict[str, Any] = {}
            extra = {str(key): value for key, value in document.items() if key not in names}
            errors: list[Exception] = []
            for item in own:
                name, needed = item.name, item.metadata.get("named") or _default_of(item) is MISSING
                try:
                    if name in document:
                        found[name] = hook_of(name)(document[name], hints[name])
                    elif needed:
                        raise ValueError("must be there, but is missing")
                except Malformed as error:
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
        except Malformed as error:
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
        lambda cls: get_origin(cls) is Annotated and isinstance(get_args(cls)[1], Between), _range_hook(made)
    )
    made.register_structure_hook_factory(_is_part, _part_hook(made, strict))
    return made


_TOLERANT, _STRICT = _converter(strict=False), _converter(strict=True)
