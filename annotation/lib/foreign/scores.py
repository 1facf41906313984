"""What scores, feedback and choices of other tools mean as signals: rules such as `user_thumb:0=thumbs_down`.

Nothing is lost: what no rule knows is a signal under its own name, which is kept and counted, and queued once a
taxonomy version knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KIND = 60
LEAVE_OUT = "-"
_RULE = re.compile(r"(?P<name>[^=]+?)(?::(?P<value>[^=:]*))?=(?P<kind>[a-z0-9_.-]{1,60})")

_THUMBS = ("user_thumb", "user-thumb", "thumbs", "thumb", "user_feedback", "user-feedback", "feedback", "user_score")
_UP = ("1", "true", "positive", "thumbs_up", "up", "good", "like")
_DOWN = ("0", "-1", "false", "negative", "thumbs_down", "down", "bad", "dislike")


class InvalidRuleError(ValueError):
    """The text is not a rule; the message says how one looks."""

    def __init__(self, rule: str) -> None:
        super().__init__(
            f"“{rule}” is no rule. Write the score's name, its value and the kind of signal, such as "
            f"user_thumb:0=thumbs_down; without a value it holds for all, and =- leaves the score out."
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """By (name, value in lower case; None: any value): the kind."""

    kinds: Mapping[tuple[str, str | None], str] = field(default_factory=lambda: DEFAULT)

    def kind(self, name: str, value: object) -> str | None:
        """The kind of signal that this score is; None where it is to be left out."""
        low = name.strip().lower()
        for key in ((low, spelled(value)), (low, None)):
            if key in self.kinds:
                found = self.kinds[key]
                return None if found == LEAVE_OUT else found
        return name.strip()[:KIND] or "score"

    def lines(self) -> list[str]:
        """As they are written, one after the other."""
        return [f"{name}{'' if value is None else ':' + value}={kind}" for (name, value), kind in self.kinds.items()]


DEFAULT: Mapping[tuple[str, str | None], str] = {
    (name, value): kind
    for name in _THUMBS
    for kind, values in (("thumbs_up", _UP), ("thumbs_down", _DOWN))
    for value in values
}


def parse(lines: Iterable[str], *, with_default: bool) -> Rules:
    """The rules of these lines, before the default ones or in their place. Raises InvalidRuleError."""
    given = dict(_parsed(line) for line in lines if line.strip())
    return Rules(
        {**given, **{key: kind for key, kind in DEFAULT.items() if key not in given}} if with_default else given
    )


def default_sentence() -> str:
    return (
        f"Scores named {', '.join(_THUMBS)} are thumbs_up for {', '.join(_UP)} and thumbs_down for {', '.join(_DOWN)}; "
        "any other score is kept as a signal under its own name."
    )


def spelled(value: object) -> str:
    """A value as rules write it: whole numbers without a point, in lower case."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip().lower()


def signal(
    *, name: str, value: Any, at: str | None, id: str | None, rules: Rules, **details: Any
) -> dict[str, Any] | None:
    """The signal that a score is, with all that was said about it; None where a rule leaves it out."""
    kind = rules.kind(name, value)
    if kind is None:
        return None
    told = {"name": name, "value": value, **details}
    filled = {key: one for key, one in told.items() if one is not None and one != ""}
    return {"kind": kind, "observed_at": at, "details": filled} | ({"id": id} if id else {})


def _parsed(line: str) -> tuple[tuple[str, str | None], str]:
    found = _RULE.fullmatch(line.strip())
    if found is None:
        raise InvalidRuleError(line.strip()[:100])
    value = found["value"]
    return (found["name"].strip().lower(), None if value is None else value.strip().lower()), found["kind"]
