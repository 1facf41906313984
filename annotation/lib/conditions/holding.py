"""Whether a condition holds for a case: pure, and at most a few comparisons a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from annotation.lib.conditions import fields
from annotation.lib.conditions.case import Case, Value
from annotation.lib.conditions.shape import Group, Line


def holds(condition: Group, case: Case) -> bool:
    """Whether the condition, which `shape.parse` has let through, holds."""
    return _holds(condition, case, {})


def lines_of(condition: Group) -> Iterator[Line]:
    """All lines, in their order."""
    for part in condition.parts:
        if isinstance(part, Line):
            yield part
        else:
            yield from lines_of(part)


def fields_of(condition: Group) -> list[str]:
    """The fields that it reads, each once, in their order."""
    return list(dict.fromkeys(line.field for line in lines_of(condition)))


def _holds(part: Group | Line, case: Case, known: dict[str, Value]) -> bool:
    """`known`: what was read of this case already."""
    if isinstance(part, Line):
        if part.field not in known:
            known[part.field] = fields.read(case, part.field)
        return _COMPARE[part.comparison](known[part.field], part.value)
    told = (_holds(one, case, known) for one in part.parts)
    return all(told) if part.all is not None else any(told)


def _equals(found: Value, wanted: Any) -> bool:
    """Text letter by letter; a number also where it was sent or written as text."""
    if found is None:
        return False
    if isinstance(found, bool) or isinstance(wanted, bool):
        return _spelled(found) == _spelled(wanted)
    one, other = fields.number(found), fields.number(wanted)
    return one == other if one is not None and other is not None else _spelled(found) == _spelled(wanted)


def _spelled(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)


def _ordered(compare: Callable[[float, Any], bool]) -> Callable[[Value, Any], bool]:
    def told(found: Value, wanted: Any) -> bool:
        value = fields.number(found)
        return value is not None and compare(value, wanted)

    return told


def _folded(compare: Callable[[str, str], bool]) -> Callable[[Value, Any], bool]:
    def told(found: Value, wanted: Any) -> bool:
        return isinstance(found, str) and compare(found.casefold(), wanted.casefold())

    return told


_COMPARE: Final[Mapping[str, Callable[[Value, Any], bool]]] = {
    "equals": _equals,
    "one_of": lambda found, wanted: any(_equals(found, one) for one in wanted),
    "at_least": _ordered(lambda found, wanted: found >= wanted),
    "at_most": _ordered(lambda found, wanted: found <= wanted),
    "between": _ordered(lambda found, wanted: wanted[0] <= found <= wanted[1]),
    "contains": _folded(lambda found, wanted: wanted in found),
    "starts_with": _folded(lambda found, wanted: found.startswith(wanted)),
    "is_missing": lambda found, wanted: found is None,
}
