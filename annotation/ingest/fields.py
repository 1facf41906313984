"""Kinds of fields: one description checks what is sent and documents it, so that the two can't differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from annotation.lib import messages, rfc3339
from annotation.lib.documented import STORABLE, WRITTEN

MAX_DEPTH = 32
"""Levels of nesting in `metadata` and `details`."""

_SHOWN = 60
_FLAT = frozenset({str, int, float, bool, type(None)})


class InvalidRecord(Exception):
    """One record can't be taken: a stable code, and a sentence that names the field and says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Field(Protocol):
    @property
    def is_required(self) -> bool: ...

    def check(self, name: str, value: Any) -> Any:
        """The value as it is stored. Raises InvalidRecord."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


class Shape(dict[str, Field]):
    """The fields of a kind of record, by name, in the order in which they are checked and documented."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        super().__init__(fields)
        self.required = tuple(name for name, field in fields.items() if field.is_required)
        self.blank: dict[str, Any] = dict.fromkeys(fields)
        self.checks = {name: field.check for name, field in fields.items()}


def checked(record: object, shape: Shape, *, where: str = "") -> dict[str, Any]:
    """The values of all fields, None for those that are absent or null. Raises InvalidRecord for the first problem."""
    try:
        return _all_well(record, shape)
    except (KeyError, InvalidRecord):
        # Which problem comes first, and by what name, is found at leisure.
        pass
    return _in_order(record, shape, where)


def _all_well(record: object, shape: Shape) -> dict[str, Any]:
    """The values, field by field as they were sent. Raises KeyError or InvalidRecord where anything is wrong."""
    if type(record) is not dict:
        raise KeyError
    values = shape.blank.copy()
    checks = shape.checks
    for name, value in record.items():
        if value is not None:
            values[name] = checks[name](name, value)
        elif name not in values:
            raise KeyError(name)
    for name in shape.required:
        if values[name] is None:
            raise KeyError(name)
    return values


def _in_order(record: object, shape: Shape, where: str) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise InvalidRecord("wrong_type", f"{where or 'The record'} must be an object, not {_kind(record)}.")
    prefix = f"{where}." if where else ""
    if not record.keys() <= shape.keys():
        raise _unknown(record, shape, prefix)
    return {name: _one(record.get(name), prefix + name, field) for name, field in shape.items()}


def object_schema(fields: Mapping[str, Field]) -> dict[str, Any]:
    """What is not required may be null, which stands for absent."""
    return {
        "type": "object",
        "required": [name for name, field in fields.items() if field.is_required],
        "properties": {
            name: field.schema() if field.is_required else {"anyOf": [field.schema(), {"type": "null"}]}
            for name, field in fields.items()
        },
        "additionalProperties": False,
    }


def _one(value: object, name: str, field: Field) -> Any:
    if value is None:
        if field.is_required:
            raise InvalidRecord("missing_field", f"{name} is missing. Every record needs it.")
        return None
    return field.check(name, value)


def _unknown(record: Mapping[str, Any], fields: Mapping[str, Field], prefix: str) -> InvalidRecord:
    name = prefix + min(record.keys() - fields.keys())[:_SHOWN]
    known = ", ".join(fields)
    return InvalidRecord("unknown_field", f"{name} is not a field. The fields are: {known}. Mend the name or move it.")


def wrong_type(name: str, wanted: str, value: object) -> InvalidRecord:
    return InvalidRecord("wrong_type", f"{name} must be {wanted}, not {_kind(value)}.")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


@dataclass(frozen=True, kw_only=True)
class Text:
    """Text of at most `longest` characters; None: as long as the body may be."""

    longest: int | None = None
    may_be_empty: bool = False
    is_required: bool = False

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_type(name, "text", value)
        if not self.may_be_empty and not value.strip():
            raise InvalidRecord("empty", f"{name} is empty. Leave it out if there is none, else say what it is.")
        if self.longest is not None and len(value) > self.longest:
            told = f"{name} has {len(value):,} characters; at most {self.longest:,} are taken. Shorten it."
            raise InvalidRecord("too_long", told)
        return value

    def schema(self) -> dict[str, Any]:
        limits = {"minLength": 0 if self.may_be_empty else 1, "maxLength": self.longest}
        pattern = STORABLE if self.may_be_empty else WRITTEN
        return {"type": "string", "pattern": pattern} | {name: limit for name, limit in limits.items() if limit}


@dataclass(frozen=True, kw_only=True)
class Time:
    """RFC 3339 with an offset. Kept in UTC."""

    is_required: bool = False

    def check(self, name: str, value: Any) -> datetime:
        try:
            return rfc3339.parse(value)
        except rfc3339.InvalidTimeError as error:
            raise InvalidRecord("invalid_time", f"{name} {error}.") from error

    def schema(self) -> dict[str, Any]:
        return {"type": "string", **rfc3339.SCHEMA}


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number between two bounds, both taken; whole if `is_whole`."""

    low: float
    high: float
    is_whole: bool = False
    is_required: bool = False

    def check(self, name: str, value: Any) -> Any:
        # To JSON 7.0 is 7.
        is_number = isinstance(value, int) or (isinstance(value, float) and (not self.is_whole or value.is_integer()))
        if not is_number or isinstance(value, bool):
            raise wrong_type(name, "a whole number" if self.is_whole else "a number", value)
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise InvalidRecord("out_of_range", f"{name} must lie between {self.low:,} and {self.high:,}.")
        return int(value) if self.is_whole else value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer" if self.is_whole else "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]
    is_required: bool = False

    def check(self, name: str, value: Any) -> str:
        if value not in self.words:
            raise InvalidRecord("unknown_value", f"{name} must be one of: {', '.join(self.words)}.")
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, kw_only=True)
class Messages:
    """A plain string, or a list of chat messages."""

    is_required: bool = False

    def check(self, name: str, value: Any) -> str | list[Any]:
        if type(value) is not str and type(value) is not list:
            raise wrong_type(name, "text or a list of messages", value)
        if problem := messages.validate(value):
            raise InvalidRecord("invalid_messages", f"{name} {problem}.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": messages.SCHEMA}]}


@dataclass(frozen=True, kw_only=True)
class Anything:
    """An object whose fields are the sender's own."""

    is_required: bool = False

    def check(self, name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type(name, "an object", value)
        if not _FLAT.issuperset(map(type, value.values())) and is_deeper_than(value, MAX_DEPTH):
            raise InvalidRecord("too_deep", f"{name} is nested deeper than {MAX_DEPTH} levels. Flatten it.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass(frozen=True, kw_only=True)
class Object:
    """An object of known fields."""

    fields: Shape
    is_required: bool = False

    def check(self, name: str, value: Any) -> dict[str, Any]:
        return checked(value, self.fields, where=name)

    def schema(self) -> dict[str, Any]:
        return object_schema(self.fields)


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """At most `most` objects of known fields."""

    fields: Shape
    most: int
    is_required: bool = False

    def check(self, name: str, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise wrong_type(name, "a list", value)
        if len(value) > self.most:
            raise InvalidRecord("too_long", f"{name} has {len(value):,} entries; at most {self.most:,} are taken.")
        try:
            return [_all_well(one, self.fields) for one in value]
        except (KeyError, InvalidRecord):
            return [checked(one, self.fields, where=f"{name}[{index}]") for index, one in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "maxItems": self.most, "items": object_schema(self.fields)}


def is_deeper_than(value: object, levels: int) -> bool:
    """Level by level and not by recursion: what is sent must not decide how deep the stack gets."""
    level = [value]
    for _ in range(levels):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(parent: object) -> list[object]:
    inside = parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ()
    return [child for child in inside if isinstance(child, dict | list)]
