"""Attributes are flat: lists of objects have numbers in their names, and nested values are JSON in a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from annotation.lib.otlp.shape import Attributes

LONGEST_ID = 200
_DIGITS = 6


def unpacked(value: Any) -> Any:
    """What a JSON text holds, if it is a list or an object; every other value as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            # Cut short by a limit of the sender, or no JSON at all: a text says more than nothing.
            return value
    return value


def numbered(attributes: Attributes, prefix: str) -> list[dict[str, Any]]:
    """The objects behind `<prefix>.<number>.<name>`, in the order of their numbers, each by the rest of its names."""
    found: dict[int, dict[str, Any]] = {}
    start = f"{prefix}."
    for name, value in attributes.items():
        if not name.startswith(start):
            continue
        number, _, rest = name[len(start) :].partition(".")
        if number.isascii() and number.isdecimal() and len(number) <= _DIGITS:
            found.setdefault(int(number), {})[rest] = value
    return [found[number] for number in sorted(found)]


def first_text(attributes: Attributes, *names: str) -> str | None:
    """The first of these that is there and not empty, as text."""
    for name in names:
        value = attributes.get(name)
        if value not in (None, "") and not isinstance(value, list | dict):
            return str(value)
    return None


def id_in(attributes: Attributes, name: str) -> str | None:
    """An id that others give, if it is one: short, and without characters that can't be stored."""
    found = first_text(attributes, name)
    return found if found and len(found) <= LONGEST_ID and found.isprintable() else None


def first_number(attributes: Attributes, name: str, otherwise: int) -> int:
    value = attributes.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def text_of(value: object) -> str:
    """A value as a text: texts as they are, all others as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return str(value)


def mapping(value: object) -> Mapping[str, Any]:
    found = unpacked(value)
    return found if isinstance(found, dict) else {}
