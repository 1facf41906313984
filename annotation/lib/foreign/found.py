"""What one value of a file turns out to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from annotation.lib.foreign.scores import Rules


@dataclass(frozen=True, slots=True)
class Answer:
    """An interaction, as `POST /api/v1/interactions` takes it."""

    record: Any


@dataclass(frozen=True, slots=True)
class Act:
    """A signal that comes apart from its interaction, as `POST /api/v1/signals` takes it."""

    record: Any


@dataclass(frozen=True, slots=True)
class Aside:
    """What is no interaction and no signal, and is left out: said and counted."""

    what: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Unusable:
    """What should have been one of them and can't be read: a stable code, a sentence, the id where there is one."""

    code: str
    message: str
    id: str | None = None


Found: TypeAlias = Answer | Act | Aside | Unusable


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What whoever imports has said: the feature of what names none, what scores mean, where fields stand, the time
    of what has none."""

    feature: str | None = None
    rules: Rules = field(default_factory=Rules)
    fields: Mapping[str, str] = field(default_factory=dict)
    occurred_at: str | None = None


Mapper: TypeAlias = Callable[[Any, Wishes], Iterable[Found]]


def record(values: Mapping[str, Any], wishes: Wishes) -> dict[str, Any]:
    """The fields that say something, with the feature."""
    filled = {name: value for name, value in values.items() if value is not None and value not in ("", [], {})}
    return filled if wishes.feature is None else {"feature": wishes.feature, **filled}


def text(value: object) -> str | None:
    """An id, a name or a user as text; None where there is none."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def not_an_object(value: object, what: str) -> Unusable:
    kind = "a list" if isinstance(value, list) else "no object"
    return Unusable("wrong_type", f"This is {kind}; {what} is an object. Is it a file of another format?")
