"""A condition as the lines of a form: what is typed becomes values, and back. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.lib import conditions
from annotation.lib.conditions import Group, InvalidConditionError, Line, Problem

_YES = ("yes", "true", "1")


@dataclass(kw_only=True)
class Typed:
    """One line of the form as it was typed; `problems` are what is wrong with it."""

    field: str = ""
    comparison: str = "equals"
    value: str = ""
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.field or self.value)


def condition(every: Sequence[Typed], some: Sequence[Typed]) -> Group:
    """All of `every`, and at least one of `some` where there are any. Empty lines are passed over.

    Raises InvalidConditionError, and leaves at each line what is wrong with it.
    """
    written = [(one, _line(one)) for one in [*every, *some] if not one.is_empty]
    for one, line in written:
        _check(one, line)
    if any(one.problems for one, _line_ in written):
        raise InvalidConditionError([Problem(loc=(), message=_("look at what stands beside its lines"))])
    told = {id(one): line for one, line in written}
    all_of = [told[id(one)] for one in every if id(one) in told]
    any_of = [told[id(one)] for one in some if id(one) in told]
    if not all_of and not any_of:
        raise InvalidConditionError([Problem(loc=(), message=_("write at least one line"))])
    if not all_of:
        return conditions.parse({"any": any_of})
    return conditions.parse({"all": [*all_of, {"any": any_of}] if any_of else all_of})


def typed(condition: Group) -> tuple[list[Typed], list[Typed]] | None:
    """The lines of the two parts of the form that make this condition; None where no lines do."""
    if condition.any is not None:
        lines = _plain(condition.any)
        return None if lines is None else ([], lines)
    *every, last = condition.all or []
    if isinstance(last, Line):
        lines = _plain([*every, last])
        return None if lines is None else (lines, [])
    first, some = _plain(every), _plain(last.any or [])
    return None if not first or not some else (first, some)


def _plain(parts: Sequence[Line | Group]) -> list[Typed] | None:
    lines = [one for one in parts if isinstance(one, Line)]
    if len(lines) < len(parts):
        return None
    shown = [Typed(field=one.field, comparison=one.comparison, value=spelled(one.value)) for one in lines]
    # A comma in a listed text would part it, and a number as text would become one.
    same = all(
        _line(one) == conditions.dump(Group(all=[line]))["all"][0] for one, line in zip(shown, lines, strict=True)
    )
    return shown if same else None


def spelled(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, list):
        return ", ".join(spelled(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else "" if value is None else str(value)


def _check(one: Typed, line: dict[str, Any]) -> None:
    if not one.field:
        one.problems = [_("Say what is compared: choose a field.")]
        return
    try:
        conditions.parse({"all": [line]})
    except InvalidConditionError as error:
        one.problems = [f"{problem.message[:1].upper()}{problem.message[1:]}." for problem in error.problems]


def _line(one: Typed) -> dict[str, Any]:
    line: dict[str, Any] = {"field": one.field, "comparison": one.comparison}
    value = _value(one)
    return line if value is None else line | {"value": value}


def _value(one: Typed) -> Any:
    kind = conditions.kind_of(one.field)
    if one.comparison == "is_missing":
        return one.value or None
    if one.comparison in ("one_of", "between"):
        is_number = one.comparison == "between" or kind == "number"
        return [_single(part.strip(), is_number) for part in one.value.split(",") if part.strip()]
    if kind == "truth":
        return True if one.value.casefold() in _YES else one.value
    return _single(one.value, kind == "number" or one.comparison in ("at_least", "at_most"))


def _single(text: str, is_number: bool) -> Any:
    if not is_number:
        return text
    try:
        return int(text) if len(text) < 20 and text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text
