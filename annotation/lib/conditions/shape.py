"""The form of a condition, checked before anything is stored or compared: errors say where, and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

import orjson
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from annotation.lib.conditions import fields

MAX_DEPTH: Final = 3
"""Groups within groups, the outermost counted."""

MAX_LINES: Final = 40
MAX_TEXT: Final = 200
"""Characters of a text that is compared with."""

MAX_LISTED: Final = 50
MAX_NUMBER: Final = 1e15
MAX_SPELLED: Final = 40_000
"""Characters of a condition that is written as JSON."""

_MAX_PARTS: Final = MAX_LINES * (MAX_LISTED + 5)

Comparison: TypeAlias = Literal[
    "equals", "one_of", "at_least", "at_most", "between", "contains", "starts_with", "is_missing"
]
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)

_ORDERED: Final = ("at_least", "at_most", "between")
_WITHIN: Final = ("contains", "starts_with")
_Plain: TypeAlias = str | bool | int | float


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, and where: names and positions from the outermost group inwards."""

    loc: tuple[str | int, ...]
    message: str

    @property
    def where(self) -> str:
        """Such as `all[2].any[0].value`; empty for the whole."""
        spelled = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.loc)
        return spelled.removeprefix(".")


class InvalidConditionError(ValueError):
    """The condition can't be taken; `problems` say where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{one.where or 'condition'}: {one.message}" for one in problems))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Line(_Strict):
    """One comparison of a field with a value. `between` takes [low, high], `one_of` a list, `is_missing` none."""

    field: str
    comparison: Comparison
    value: _Plain | list[_Plain] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Line:
        kind = fields.kind_of(self.field)
        if kind is None:
            raise ValueError(f"there is no field “{self.field[:60]}”: choose one of the list")
        _check_comparison(self.comparison, kind)
        _CHECKS[self.comparison](self.value, kind)
        return self


class Group(_Strict):
    """Either `all` or `any`, and at least one line or group in it."""

    all: Annotated[list[Node], Field(min_length=1, max_length=MAX_LINES)] | None = None
    any: Annotated[list[Node], Field(min_length=1, max_length=MAX_LINES)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Group:
        if (self.all is None) == (self.any is None):
            raise ValueError("a group has either “all” or “any”")
        return self

    @property
    def parts(self) -> list[Line | Group]:
        return self.all if self.all is not None else self.any or []


def _tag(value: Any) -> str:
    named = value if isinstance(value, dict) else {}
    return "group" if "all" in named or "any" in named else "line"


Node = Annotated[Annotated[Line, Tag("line")] | Annotated[Group, Tag("group")], Discriminator(_tag)]
Group.model_rebuild()


def parse(value: object) -> Group:
    """The condition that was sent. Raises InvalidConditionError; what it costs to find out is bounded."""
    _check_bounds(value)
    try:
        found = Group.model_validate(value)
    except ValidationError as error:
        told = dict.fromkeys(_problem(one) for one in error.errors(include_url=False))
        raise InvalidConditionError(list(told)) from error
    except RecursionError as error:
        raise InvalidConditionError([Problem(loc=(), message="is nested too deep")]) from error
    _check_size(found)
    return found


def loads(text: str) -> Group:
    """The condition that was written as JSON. Raises InvalidConditionError."""
    if len(text) > MAX_SPELLED:
        raise InvalidConditionError([Problem(loc=(), message=f"is longer than {MAX_SPELLED:,} characters")])
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise InvalidConditionError([Problem(loc=(), message=f"is not JSON: {error}")]) from error
    return parse(value)


def dump(condition: Group) -> dict[str, Any]:
    """As it is stored, and as `parse` takes it again."""
    name = "all" if condition.all is not None else "any"
    return {name: [dump(part) if isinstance(part, Group) else _dumped(part) for part in condition.parts]}


def _dumped(line: Line) -> dict[str, Any]:
    value = {} if line.value is None else {"value": line.value}
    return {"field": line.field, "comparison": line.comparison, **value}


def _check_bounds(value: object) -> None:
    """Part by part and not by recursion: what was sent must not decide how deep the stack gets."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    seen = 0
    while waiting:
        loc, one = waiting.pop()
        seen += 1
        if seen > _MAX_PARTS or len(loc) > 2 * MAX_DEPTH + 2:
            told = f"is too large: at most {MAX_LINES} lines in {MAX_DEPTH} levels of groups are taken"
            raise InvalidConditionError([Problem(loc=loc[:4], message=told)])
        if isinstance(one, str) and (wrong := _wrong_text(one)):
            raise InvalidConditionError([Problem(loc=loc, message=wrong)])
        waiting += _parts(loc, one)


def _parts(loc: tuple[str | int, ...], value: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """At most one more than can be taken of each, so that a huge one costs no more than a large one."""
    pairs: Iterator[tuple[Any, object]] = iter(())
    if isinstance(value, dict):
        pairs = iter(value.items())
    elif isinstance(value, list | tuple):
        pairs = iter(enumerate(value))
    for place, (name, part) in enumerate(pairs):
        if place > _MAX_PARTS:
            return
        if isinstance(name, str):
            yield (*loc, name[:20]), name
        yield (*loc, name if isinstance(name, int) else str(name)[:20]), part


def _wrong_text(text: str) -> str:
    """What is wrong with a text of a condition, in words; empty where nothing is."""
    if len(text) > MAX_TEXT:
        return f"has {len(text):,} characters; at most {MAX_TEXT} are taken"
    if any(char < " " or "\ud800" <= char <= "\udfff" for char in text):
        return "holds a control character or half of a character: take it out"
    return ""


def _check_size(condition: Group) -> None:
    lines = 0
    waiting: list[tuple[int, Line | Group]] = [(1, condition)]
    while waiting:
        depth, one = waiting.pop()
        if isinstance(one, Line):
            lines += 1
            continue
        if depth > MAX_DEPTH:
            told = f"groups are nested in more than {MAX_DEPTH} levels: take some out"
            raise InvalidConditionError([Problem(loc=(), message=told)])
        waiting += [(depth + 1, part) for part in one.parts]
    if lines > MAX_LINES:
        raise InvalidConditionError([Problem(loc=(), message=f"has {lines} lines; at most {MAX_LINES} are taken")])


def _problem(error: Any) -> Problem:
    loc = tuple(part for part in error["loc"] if part not in ("line", "group"))
    if error["type"].endswith("_type") and "value" in loc:
        # One for each type that it could be would say the same many times.
        return Problem(loc=loc[: loc.index("value") + 1], message="must be a text, a number, yes or no, or a list")
    message = _MESSAGES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return Problem(loc=loc, message=message[:1].lower() + message[1:])


_MESSAGES: Final = {
    "extra_forbidden": "is nothing that is known here: a line has field, comparison and value; a group all or any",
    "literal_error": f"must be one of: {', '.join(COMPARISONS)}",
    "missing": "is missing",
    "model_type": "must be an object with all or any, or with field, comparison and value",
    "too_long": f"has too many entries: at most {MAX_LINES} are taken",
    "too_short": "is empty: a group has at least one line",
}


def _check_comparison(comparison: Comparison, kind: fields.Kind) -> None:
    if comparison in _ORDERED and kind in ("text", "truth"):
        raise ValueError("only numbers are at least, at most or between")
    if comparison in _WITHIN and kind in ("number", "truth"):
        raise ValueError("only texts contain or start with something")
    if comparison == "one_of" and kind == "truth":
        raise ValueError("it can only equal yes, or be missing")


def _check_one(value: object, kind: fields.Kind) -> None:
    if value is None or isinstance(value, list):
        raise ValueError("it needs one value")
    if kind == "truth" and not isinstance(value, bool):
        raise ValueError("it can only equal yes (true)")
    if kind == "number":
        _check_number(value)
    elif kind == "text" and not isinstance(value, str):
        raise ValueError("it needs a text")
    elif not isinstance(value, str | bool):
        _check_number(value)


def _check_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it needs a number")
    if not -MAX_NUMBER <= value <= MAX_NUMBER or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"numbers lie between −{MAX_NUMBER:,.0f} and {MAX_NUMBER:,.0f}")  # noqa: RUF001


def _check_list(value: object, kind: fields.Kind) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_LISTED:
        raise ValueError(f"it needs a list of 1 to {MAX_LISTED} values")
    for one in value:
        _check_one(one, kind)


def _check_ends(value: object, kind: fields.Kind) -> None:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("it needs two numbers, the lower one first")
    for one in value:
        _check_number(one)
    if value[0] > value[1]:
        raise ValueError("the lower number comes first")


def _check_text(value: object, kind: fields.Kind) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("it needs a text to look for")


def _check_none(value: object, kind: fields.Kind) -> None:
    if value is not None:
        raise ValueError("it takes no value")


_CHECKS: Final = {
    "equals": _check_one,
    "one_of": _check_list,
    "at_least": lambda value, kind: _check_number(value),
    "at_most": lambda value, kind: _check_number(value),
    "between": _check_ends,
    "contains": _check_text,
    "starts_with": _check_text,
    "is_missing": _check_none,
}
